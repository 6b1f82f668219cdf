"""When connectors are down and what they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.demo.calendar import DAY_MS
from streams.demo.outages import BURST_MS, HOUR_MS, Outage, Outages, control_lines
from streams.demo.people import Organisation
from streams.demo.settings import WorldSettings
from streams.demo.story import SOURCES
from streams.events.control import ConnectorGap, ConnectorHeartbeat
from streams.events.decode import decode

#: 2026-01-05T00:00:00Z.
ORIGIN = 1_767_571_200_000
FRAGILE = WorldSettings(outages_per_year=12.0, outage_lost_share=0.5)


def outages(settings: WorldSettings = FRAGILE) -> Outages:
    """Outages of a small organisation."""
    return Outages(Organisation(9, settings), ORIGIN)


def all_of(found: Outages, days: int = 360) -> list[Outage]:
    """Every outage that begins within so many days."""
    return [each for day in range(days) for each in found.began(day)]


def test_there_are_about_as_many_as_asked_for() -> None:
    """Twelve a year of each connector, over three years."""
    begun = len(all_of(outages(), 1_095))

    assert begun == pytest.approx(3 * 12 * len(SOURCES), rel=0.15)


def test_each_one_begins_ends_and_lasts_as_told() -> None:
    """An outage found by its beginning is found by its end and in between, and lasts within the range."""
    found = outages()
    least, most = FRAGILE.outage_hours
    for each in all_of(found):
        assert least * HOUR_MS <= each.until - each.since <= most * HOUR_MS
        assert found.at(each.source, each.since) == each == found.at(each.source, each.until - 1)
        assert found.at(each.source, each.until) is None
        assert each in found.ended((each.until - ORIGIN) // DAY_MS)


def test_the_crm_never_forgets() -> None:
    """Some outages lose what happened, but those of the CRM never do."""
    found = all_of(outages())

    assert {each.lossy for each in found if each.source != "/crm"} == {True, False}
    assert not any(each.lossy for each in found if each.source == "/crm")


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_what_was_held_back_keeps_its_order(one: int, two: int) -> None:
    """After the return everything arrives within the burst, in the old order."""
    outage = Outage("/mail", 0, 10**7 + 1, False)
    first, second = outage.delivered(min(one, two)), outage.delivered(max(one, two))

    assert outage.until < first <= second <= outage.until + BURST_MS + 60_000


def test_heartbeats_come_every_hour_from_every_source() -> None:
    """A day without outages has 24 heartbeats of each of the four connectors, complete up to a full hour."""
    found = outages(WorldSettings(outages_per_year=0.0))
    events = [decode(value, None, at) for at, value in control_lines(found, 3)]

    assert len(events) == 24 * len(SOURCES)
    assert all(isinstance(each, ConnectorHeartbeat) and each.time.minute == 0 for each in events)


@pytest.mark.parametrize(("minutes", "count"), [(0, 0), (15, 96), (60, 24), (7, 205), (1_440, 1)])
def test_the_interval_of_heartbeats_is_a_setting(minutes: int, count: int) -> None:
    """Over days the number of heartbeats is that of the intervals; zero means none."""
    found = outages(WorldSettings(outages_per_year=0.0, heartbeat_minutes=minutes))
    spoken = [len(control_lines(found, day)) / len(SOURCES) for day in range(1, 15)]

    assert sum(spoken) / 14 == pytest.approx(count, abs=1)


def test_a_connector_that_is_down_is_silent_and_says_so_afterwards() -> None:
    """No heartbeat during an outage nor before the burst is over; then one gap with both its ends."""
    found = outages()
    for each in all_of(found, 120):
        first, last = ((instant - ORIGIN) // DAY_MS for instant in (each.since, each.until))
        spoken = [
            (at, decode(value, None, at)) for day in range(first, last + 1) for at, value in control_lines(found, day)
        ]
        mine = [(at, event) for at, event in spoken if not hasattr(event, "reason") and event.source == each.source]
        gaps = [event for _, event in mine if isinstance(event, ConnectorGap)]
        beats = [at for at, event in mine if isinstance(event, ConnectorHeartbeat)]

        assert not [at for at in beats if each.since <= at < each.until + BURST_MS]
        assert [gap.data.until is not None and gap.data.since < gap.data.until for gap in gaps] == [True]
