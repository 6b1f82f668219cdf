"""Law: the log alone decides by which rules alerts go, wherever a partition died and whoever went on."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.alert import Alert
from streams.alerts.policy import Policy
from streams.effects import Publish
from streams.events.envelope import Event
from streams.partition import Partition
from streams.state.codec import encode_deal, encode_partition
from tests.builders import Delivery, SameModels, a_clock, deliveries, new_rules, some_models
from tests.properties.test_restart import resumed
from tests.strategies import histories, law

_MODELS = some_models(inactivity=0.75, slippage=0.7, win=0.3, base_rate=0.4, cases=500)
_CHANGES: list[dict[str, Any]] = [
    {},
    {"general": {"min_age_days": 0, "country": "NL", "usual_gap_days": 2}},
    {"rule": {"silent": {"on": False}, "going_quiet": {"on": False}}},
    {"rule": {"no_next_step": {"days": 1}, "waiting_for_us": {"hours": 0.5}, "dark_after_proposal": {"days": 1}}},
    {"team": {"one": {"owners": ["ann", "bob"], "country": "SA", "rule": {"slipping": {"on": False}}}}},
    {"rule": {"unheard_of": {}}},
]


@st.composite
def logs(draw: st.DrawFn) -> list[Delivery]:
    """Histories of deals, in order, with changes of rules and announcements of time in between."""
    events: list[Event] = []
    for event in draw(histories(least=3)):
        if draw(st.integers(0, 3)) == 0:
            events.append(new_rules(draw(st.integers(0, 90)), draw(st.sampled_from(_CHANGES))))
        events.append(event)
    events.append(a_clock(26))
    events.append(new_rules(0, draw(st.sampled_from(_CHANGES))))
    return deliveries([*events, a_clock(40)])


def _live(partition: Partition, records: list[Delivery]) -> list[Alert]:
    said = []
    for record in records:
        assert partition.handle(record)
        said += [effect.alert for effect, _ in partition.drain() if isinstance(effect, Publish)]
    return said


def _partition() -> Partition:
    return Partition(0, 1, Policy(), SameModels(_MODELS))


@given(logs(), st.data())
@law(60)
def test_a_partition_that_went_on_says_what_the_undisturbed_one_says(log: list[Delivery], data: st.DataObject) -> None:
    """The same alerts, the same states, the same rules, wherever it is cut."""
    undisturbed = _partition()
    expected = _live(undisturbed, log)
    cut = data.draw(st.integers(0, len(log)))
    first = _partition()
    said = _live(first, log[:cut])
    kept = {name: encode_deal(deal) for name, deal in first.deals.items()}
    second = resumed(kept, encode_partition(first.state), SameModels(_MODELS))
    said += _live(second, log[cut:])
    assert said == expected
    assert second.state == undisturbed.state
    assert dict(second.deals) == dict(undisturbed.deals)
    assert second.rules == undisturbed.rules


@given(logs())
@law(40)
def test_nothing_stays_open_of_a_rule_that_is_off(log: list[Delivery]) -> None:
    """At the next look at the latest, which is within a day for an open deal."""
    partition = _partition()
    _live(partition, log)
    for deal in partition.deals.values():
        off = partition.policy.team_of(deal.facts.owner).off
        assert not [name for name, reason in deal.watch.reasons.items() if name in off and not reason.gone]
