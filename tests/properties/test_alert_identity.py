"""Law: a deal has one alert at a time. Its id depends on what opened it; it opens once, and may come back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.alert import Alert, alert_id
from streams.alerts.registry import RULES
from streams.events import activity, deal
from streams.events.envelope import Event
from streams.state.watch import ReasonState
from tests.builders import (
    SameModels,
    Timeline,
    a_clock,
    a_market,
    moment,
    ms,
    some_models,
)
from tests.properties.test_delivery_order import troubled_histories
from tests.strategies import Faults, faults, histories, in_order, law

_LOUD = some_models(inactivity=0.75, slippage=0.7, cases=500)
_TEXT = st.text(max_size=12).filter(lambda text: "\0" not in text)
_KEYS = st.tuples(_TEXT, st.sampled_from([rule.name for rule in RULES]), st.integers(ms(-9_999), ms(9_999)))


@law(200)
@given(_KEYS, _KEYS)
def test_an_id_stands_for_one_episode_of_one_rule_on_one_deal(
    one: tuple[str, str, int], other: tuple[str, str, int]
) -> None:
    """Ids are equal exactly when deal, rule and episode are."""
    assert (one == other) == (alert_id(*one) == alert_id(*other))


def test_an_id_never_changes() -> None:
    """Ids are part of the contract: consumers remember them across releases."""
    assert alert_id("opp-1", "silent", ms(0)) == "al-f27d11f8c9305734916c"


def check_lives(alerts: list[Alert]) -> None:
    """Each id opens once, counts its transitions, and a deal has one alert at a time."""
    lives: dict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        lives[alert.id].append(alert)
    for life in lives.values():
        assert list(range(1, len(life) + 1)) == [alert.sequence for alert in life]
        said = [alert.transition for alert in life]
        assert said[0] == "opened"
        assert said.count("opened") == 1
        assert {after for one, after in pairwise(said) if one == "resolved"} <= {"reopened"}
        assert [each.status == "resolved" for each in life] == [each == "resolved" for each in said]
        assert len({alert.opened_at for alert in life}) == 1
        assert sorted(alert.at for alert in life) == [alert.at for alert in life]
        for alert in life:
            rules = [reason.rule for reason in alert.reasons]
            assert bool(rules) == (alert.status != "resolved")
            assert len(set(rules)) == len(rules)
            assert rules[:1] == ([] if alert.status == "resolved" else [alert.rule])
    _check_one_at_a_time(alerts)


def _check_one_at_a_time(alerts: list[Alert]) -> None:
    """A deal's next alert opens when the one before is over."""
    live: dict[str, str] = {}
    for alert in alerts:
        assert live.get(alert.opportunity, alert.id) == alert.id
        live[alert.opportunity] = alert.id
        if alert.status == "resolved":
            del live[alert.opportunity]


#: Models that change their mind every other day: what they find comes and goes during one and the same episode.
_WAVERING = SameModels(_LOUD, {day: some_models(cases=500) if day % 4 == 2 else _LOUD for day in range(0, 60, 2)})


@law(60)
@given(troubled_histories())
def test_an_alert_opens_once_and_comes_back_only_after_its_end(trouble: tuple[list[Event], Faults]) -> None:
    """However a history is delivered and models waver: each id opens once, and no number is left out."""
    check_lives(Timeline(shelf=_WAVERING).tell(*trouble[1].values, a_clock(40)).alerts)


def test_alerts_of_a_market_open_once_and_come_back_only_after_their_end() -> None:
    """The same holds for a whole market."""
    alerts = Timeline(_LOUD).tell(*a_market(deals=12, days=40), a_clock(60)).alerts
    assert len(alerts) > 50
    check_lives(alerts)


#: Events that only ever push a cause on: nothing that was taken back comes again.
FORWARD = (
    deal.Created,
    deal.StageChanged,
    activity.CallLogged,
    activity.EmailSent,
    activity.MeetingHeld,
    deal.Won,
    deal.Lost,
)
#: Its episode is the push at which it opened, so it follows the order of delivery.
_BY_DELIVERY = "pushed_repeatedly"
_NOON = 45.5


@st.composite
def _forward_histories(draw: st.DrawFn) -> tuple[list[Event], Faults]:
    history = draw(histories(kinds=FORWARD))
    return history, draw(faults(history))


def _watched(values: Iterable[Event | bytes]) -> dict[str, dict[str, ReasonState]]:
    """Live through values, look at every deal once more at the same instant, and return the alerts of each."""
    timeline = Timeline().tell(*values, a_clock(_NOON))
    for name in sorted(timeline.partition.deals):
        timeline.tell(activity.MarketingTouched(id="last", source="/late", subject=name, time=moment(_NOON)))
    return {name: state.watch.reasons for name, state in timeline.partition.deals.items()}


def _open(watched: dict[str, dict[str, ReasonState]]) -> set[tuple[str, str, int]]:
    return {
        (name, rule, reason.episode)
        for name, reasons in watched.items()
        for rule, reason in reasons.items()
        if not reason.gone
    }


@law(60)
@given(_forward_histories())
def test_delivery_order_makes_no_difference_to_open_alerts(trouble: tuple[list[Event], Faults]) -> None:
    """After a final advance of the clock, shuffled, duplicated and late delivery leaves the same alerts open."""
    history, delivered = trouble
    assert _open(_watched(in_order(history))) == _open(_watched(delivered.values))


@law(60)
@given(troubled_histories())
def test_delivery_order_only_decides_what_was_told_before(trouble: tuple[list[Event], Faults]) -> None:
    """Whatever happens to a deal: an alert that is open after one delivery is open, or was told, after every other."""
    history, delivered = trouble
    one, other = _watched(in_order(history)), _watched(delivered.values)
    for left, right in ((one, other), (other, one)):
        for name, rule, episode in _open(left):
            assert rule in right[name]
            assert episode == right[name][rule].episode or rule == _BY_DELIVERY
