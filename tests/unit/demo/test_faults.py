"""Deliveries: what arrives, when, how often, and how it is recorded."""

from collections import Counter

import pytest

from streams.demo.faults import Delivery, deliver
from streams.demo.outages import Outages
from streams.demo.people import Organisation
from streams.demo.settings import WorldSettings
from streams.demo.story import Arrival, Story, tell
from streams.events.envelope import millis

#: 2026-01-05T00:00:00Z and its day.
ORIGIN, MONDAY = 1_767_571_200_000, 739_621
QUIET = {
    "duplicate_rate": 0.0,
    "late_rate": 0.0,
    "out_of_order_rate": 0.0,
    "malformed_rate": 0.0,
    "outages_per_year": 0.0,
}


def delivered(settings: WorldSettings, deals: int = 60) -> list[tuple[Story, list[Delivery]]]:
    """Tell some deals and deliver them."""
    organisation = Organisation(21, settings)
    outages = Outages(organisation, ORIGIN)
    stories = [tell(organisation, Arrival(number, MONDAY + number // 4)) for number in range(deals)]
    return [(story, deliver(organisation, story, outages)) for story in stories]


def test_without_faults_everything_arrives_once_and_in_order() -> None:
    """Each event comes within two minutes, and each feed keeps the order of a deal."""
    for story, deliveries in delivered(WorldSettings(**QUIET)):  # type: ignore[arg-type]
        assert len(deliveries) == len(story.events)
        assert not any(each.fault for each in deliveries)
        last = dict.fromkeys(("/crm", "/mail", "/calendar", "/marketing"), 0)
        for event, delivery in zip(story.events, deliveries, strict=True):
            assert 0 < delivery.at - millis(event.time) < 220_000
            assert delivery.at >= last[event.source]
            last[event.source] = delivery.at


@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        ("duplicate_rate", "duplicate"),
        ("late_rate", "late"),
        ("out_of_order_rate", "out_of_order"),
        ("malformed_rate", "malformed"),
    ],
)
def test_a_fault_comes_at_its_rate_and_is_recorded(setting: str, fault: str) -> None:
    """Of all events the share that was asked for has the fault, and nothing else goes wrong."""
    told = delivered(WorldSettings(**{**QUIET, setting: 0.1}))  # type: ignore[arg-type]
    events = sum(len(story.events) for story, _ in told)
    faults: Counter[str] = Counter(each.fault.fault for _, deliveries in told for each in deliveries if each.fault)

    assert set(faults) == {fault}
    assert faults[fault] / events == pytest.approx(0.1, abs=0.02)


def test_a_duplicate_is_the_same_bytes_again() -> None:
    """A duplicate follows the first delivery with the very same value."""
    for _, deliveries in delivered(WorldSettings(**{**QUIET, "duplicate_rate": 0.3})):  # type: ignore[arg-type]
        for index, each in enumerate(deliveries):
            if each.fault:
                assert each.value == deliveries[index - 1].value
                assert each.at > deliveries[index - 1].at


def test_delays_are_within_their_ranges() -> None:
    """Late means hours to days, out of order minutes to hours, as set."""
    settings = WorldSettings(**{**QUIET, "late_rate": 0.3, "out_of_order_rate": 0.3})  # type: ignore[arg-type]
    hours: dict[str, list[float]] = {"late": [], "out_of_order": []}
    for _, deliveries in delivered(settings):
        for each in deliveries:
            if each.fault:
                hours[each.fault.fault].append(each.fault.delay_ms / 3_600_000)

    assert settings.late_hours[0] <= min(hours["late"]) < 10
    assert 60 < max(hours["late"]) <= settings.late_hours[1]
    assert settings.out_of_order_minutes[0] / 60 <= min(hours["out_of_order"])
    assert max(hours["out_of_order"]) <= settings.out_of_order_minutes[1] / 60


def test_nothing_arrives_during_an_outage_and_nothing_is_unaccounted_for() -> None:
    """What falls into an outage is held back or lost, and recorded as such; the rest arrives."""
    settings = WorldSettings(outages_per_year=12.0, outage_lost_share=0.5)
    told = delivered(settings, deals=150)
    outages = Outages(Organisation(21, settings), ORIGIN)
    faults = Counter(each.fault.fault for _, deliveries in told for each in deliveries if each.fault)
    for story, deliveries in told:
        arrived = [each for each in deliveries if each.value is not None]
        extra = [each for each in deliveries if each.fault and each.fault.fault in ("duplicate", "malformed")]
        lost = [each for each in deliveries if each.value is None]
        sources = {event.id: event.source for event in story.events}

        assert len(arrived) - len(extra) + len(lost) == len(story.events)
        for each in arrived:
            if each.fault:
                assert outages.at(sources[each.fault.event], each.at) is None

    assert faults["held"] > 50
    assert faults["lost"] > 10
