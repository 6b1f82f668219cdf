"""The mapping of BPI 2012 on the real log: figures known from elsewhere, and what the log promises its readers."""

from collections import Counter, defaultdict
from datetime import UTC, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from streams.connectors.eventfile import read_lines
from streams.connectors.history.convert import Conversion, convert
from streams.events.activity import CallLogged, is_contact
from streams.events.control import BackfillStarted, is_control
from streams.events.deal import Created, Lost, StageChanged, Won
from streams.events.decode import decode
from streams.events.envelope import Event
from tests.conftest import BPI_MAPPING, Converted

pytestmark = pytest.mark.shared_data

LATER = 4_102_444_800_000  # 2100-01-01


@pytest.fixture(scope="module")
def conversion(bpi_events: Converted) -> Conversion:
    """Return the account of the one conversion that all tests share."""
    return bpi_events.account


@pytest.fixture(scope="module")
def events(bpi_events: Converted) -> list[Event]:
    """Return the events, each of which decodes with its opportunity as key."""
    assert bpi_events.account.events_written
    found: list[Event] = []
    for line in read_lines(bpi_events.path):
        event = decode(line, None, LATER)
        assert isinstance(event, Event), event
        found.append(event)
    return found


@pytest.fixture(scope="module")
def deals(events: list[Event]) -> dict[str, list[Event]]:
    """Return the events of each deal, in order."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if not is_control(event):
            found[event.subject].append(event)
    return found


def test_every_row_is_accounted_for(conversion: Conversion) -> None:
    """The figures are those of the data's own description; no row is without a rule."""
    assert conversion.rows_read == 150_256
    assert conversion.opportunities == 7_455
    assert conversion.events_by_kind == {
        "call_logged": 37_241,
        "stage_changed": 17_320,
        "next_step_changed": 11_863,
        "created": 7_455,
        "lost": 6_119,
        "proposal_sent": 3_904,
        "email_received": 1_958,
        "won": 1_336,
    }
    assert conversion.left_out_by_reason["start of call (gives its duration)"] == 36_563
    assert conversion.left_out_by_reason["repeated won"] == 2 * 1_336
    assert conversion.left_out_by_reason["internal work"] == 12_105
    assert not [reason for reason in conversion.left_out_by_reason if reason.startswith("no ")]
    assert conversion.inactivity_horizon_days == 7


def test_every_deal_is_created_first_and_ends_once(deals: dict[str, list[Event]]) -> None:
    """No deal is open at the end of the log, and none has two outcomes."""
    for deal in deals.values():
        assert isinstance(deal[0], Created)
        assert sum(isinstance(each, Created) for each in deal) == 1
        assert sum(isinstance(each, Won | Lost) for each in deal) == 1


def test_losses_tell_a_refusal_from_silence(events: list[Event]) -> None:
    """A cancelled application is no decision; a declined one is the lender's."""
    losses = Counter((each.data.reason, each.data.no_decision) for each in events if isinstance(each, Lost))

    assert losses == {
        ("declined by the lender", False): 4_401,
        ("customer withdrew or never answered", True): 1_718,
    }


def test_the_planned_close_is_exactly_thirty_days_after_the_creation(deals: dict[str, list[Event]]) -> None:
    """To the millisecond, also across the end of summer time."""
    for deal in deals.values():
        created = deal[0]
        assert isinstance(created, Created)
        assert created.data.close_at == created.time + timedelta(hours=30 * 24)
        assert created.data.amount is not None
        assert created.data.currency == "EUR"
        assert created.data.timezone == "Europe/Amsterdam"


def test_stages_go_up_the_ladder(deals: dict[str, list[Event]]) -> None:
    """Positions of a deal's stages never fall."""
    for deal in deals.values():
        positions = [each.data.position for each in deal if isinstance(each, StageChanged)]
        assert all(before < after for before, after in pairwise(positions) if before is not None and after is not None)


def test_calls_have_the_duration_from_their_start(events: list[Event]) -> None:
    """All but the 678 calls that have no start have one of less than a week; most last minutes."""
    seconds = sorted(each.data.duration_seconds for each in events if isinstance(each, CallLogged))

    assert 30 < seconds[len(seconds) // 2] < 1_200
    assert seconds[-1] < 7 * 86_400


def test_events_are_in_the_order_of_time_and_ids_in_that_of_a_deal(
    events: list[Event], deals: dict[str, list[Event]]
) -> None:
    """Readers that sort by time, then by id, see what the file says."""
    assert [each.time for each in events] == sorted(each.time for each in events)
    for deal in deals.values():
        assert deal == sorted(deal, key=lambda each: (each.time, each.id))
    assert isinstance(events[0], BackfillStarted)
    assert events[0].data.inactivity_horizon_days == 7


def test_the_same_log_gives_the_same_bytes(bpi_log: Path, bpi_events: Converted, tmp_path: Path) -> None:
    """Converting again changes nothing."""
    again = tmp_path / "again.jsonl.gz"
    assert convert(bpi_log, BPI_MAPPING, again) == bpi_events.account
    assert again.read_bytes() == bpi_events.path.read_bytes()


def test_the_checkpoints_of_december_are_those_that_others_counted(deals: dict[str, list[Event]]) -> None:
    """The data's description counts 20,155 daily checkpoints, 16.5 % inactive, and 18,251, 73.7 % slipping.

    It counts a deal to the month of its creation in UTC, and takes any contact within the seven days, even one logged
    after the deal was lost.
    """
    day, inactive, slipped = timedelta(days=1), [], []
    for deal in deals.values():
        born, end = deal[0].time, next(each for each in deal if isinstance(each, Won | Lost))
        if born.astimezone(UTC).strftime("%Y-%m") != "2011-12":
            continue
        alive = [each.time for each in deal if is_contact(each) or isinstance(each, Won)]
        for age in range(1, -((born - end.time) // day)):
            now = born + age * day
            inactive.append(not any(now < each <= now + 7 * day for each in alive))
            if age < 30:
                slipped.append(not (isinstance(end, Won) and end.time <= born + 30 * day))

    assert (len(inactive), round(sum(inactive) / len(inactive), 3)) == (20_155, 0.165)
    assert (len(slipped), round(sum(slipped) / len(slipped), 3)) == (18_251, 0.737)
