"""Two hosts have the same result only if every state and every alert is the same."""

from streams.alerts.alert import encode_alert
from streams.bench.digest import digest_of
from streams.state.codec import encode_deal, encode_partition
from streams.state.feeds import PartitionState
from streams.state.memory import DealState
from streams.state.opportunity import Opportunity
from streams.state.watch import Watch
from tests.unit.cli.samples import an_alert

STATES = [
    encode_deal(DealState(facts=Opportunity(id=name, events=events), watch=Watch(origin=0)))
    for name, events in (("one", 3), ("two", 4))
]
ALERTS = [encode_alert(an_alert(sequence=number)) for number in (1, 2)]


def test_order_repeats_and_a_partition_s_own_books_make_no_difference() -> None:
    """A host may say an alert twice, write states in any order, and keep its books as it likes."""
    books = encode_partition(PartitionState(offset=7))
    expected = digest_of(STATES, ALERTS)
    assert expected.counted == 7
    assert digest_of([STATES[1], books, STATES[0]], [ALERTS[1], *ALERTS]) == expected


def test_a_missing_or_changed_state_or_alert_makes_a_difference() -> None:
    """Each of them alone."""
    expected = digest_of(STATES, ALERTS)
    changed = STATES[0].replace(b'"events":3', b'"events":2')
    assert changed != STATES[0]
    for states, alerts in ((STATES[:1], ALERTS), ([changed, STATES[1]], ALERTS), (STATES, ALERTS[:1])):
        assert digest_of(states, alerts) != expected
