"""Alerts about silence, judged for each kind of deal."""

from __future__ import annotations

from streams.alerts.alert import Alert
from streams.backtest.kinds import by_kind
from streams.backtest.lives import Life
from streams.state.opportunity import DAY
from tests.unit.cli.samples import an_alert


def _opened(deal: str, day: int, rule: str = "going_quiet", transition: str = "opened") -> Alert:
    return an_alert(opportunity=deal, at=day * DAY, rule=rule, transition=transition)


def _life(*contacts: int) -> Life:
    return Life(0, 14 * DAY, {each * DAY for each in contacts})


def test_each_kind_has_its_own_figures_beside_the_rule() -> None:
    """A fading deal warned of on the fifth day of a silence that reached fourteen: nine days before the rule."""
    kinds = {"fade": "fading", "fine": "healthy", "gone": "healthy"}
    lives = {"fade": _life(10), "fine": _life(*range(5, 40, 5)), "other": _life(1)}
    alerts = [
        _opened("fade", 15),
        _opened("fade", 16, transition="resolved"),
        _opened("fine", 8),
        _opened("fine", 9, rule="stuck_in_stage"),
        _opened("other", 9),
    ]
    found = by_kind(kinds, lives, 40 * DAY, alerts, share=2.0)
    assert list(found) == ["fading", "healthy"]
    fading, healthy = found["fading"], found["healthy"]
    assert (fading.deals, fading.alerts, fading.rule) == (1, 1, 1)
    assert (fading.figures.recall, fading.figures.lead_days) == (1.0, 9.0)
    assert (healthy.deals, healthy.alerts, healthy.rule) == (1, 1, 0)
    assert (healthy.figures.recall, healthy.figures.precision) == (None, 0.0)


def test_without_a_truth_there_are_no_kinds() -> None:
    """A real log has none."""
    assert by_kind({}, {"fine": _life(3)}, 40 * DAY, [], share=1.0) == {}
