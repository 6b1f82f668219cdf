"""Who warned: the product's rules, rules of thumb and models beside each other."""

from __future__ import annotations

import pytest

from streams.backtest.early import foresee_silence, foresee_slips
from streams.backtest.lives import Life
from streams.backtest.predictions import Question
from streams.labels.outcome import INACTIVITY, NO_DECISION, SILENCE, SLIPPAGE, WIN
from streams.state.opportunity import DAY
from tests.builders import ms
from tests.unit.cli.samples import an_alert

#: One deal that falls silent after day 4 and one that talks every third day; both plan to close on day 20.
LIVES = {
    "dead": Life(ms(0), 7 * DAY, {ms(4)}, [(ms(0), ms(20))], []),
    "live": Life(ms(0), 7 * DAY, {ms(3 * number) for number in range(1, 8)}, [(ms(0), ms(20))], [(ms(18.5), "won")]),
}
ENDED = ms(24)


def asked(name: str, day: float, **said: float) -> Question:
    """Return what the models said of a deal on a day."""
    return Question(name, ms(day), said)


def test_a_model_beside_the_rule_that_is_as_precise() -> None:
    """The rule of 5 days is right each time, two days ahead; the model is as precise from 60 % on, two days earlier."""
    questions = [
        asked("dead", 6, **{INACTIVITY: 0.4, WIN: 0.9}),
        asked("dead", 7, **{INACTIVITY: 0.6}),
        asked("live", 5, **{INACTIVITY: 0.5, SLIPPAGE: 0.9}),
    ]
    found = foresee_silence(LIVES, ENDED, [], questions, share=1.0)
    # two silences of the first deal, the last one long; six of the second and what its win cut short
    assert (found.spells, found.happened) == (9, 1)
    by_days = {each.days: each for each in found.plain}
    assert sorted(by_days) == [2, 3, 4, 5, 6]  # the horizon itself is no warning
    assert (by_days[2].figures.warned, by_days[4].figures.warned) == (8, 2)
    assert by_days[5].figures.precision == 1.0
    as_precise = by_days[5].as_precise[INACTIVITY]
    assert as_precise is not None
    assert as_precise.threshold == 0.6
    assert as_precise.figures.lead_days == pytest.approx(4.0)
    assert by_days[5].figures.lead_days == pytest.approx(2.0)
    assert set(found.models) == {INACTIVITY}


def test_alerts_are_judged_by_what_their_rule_is_about() -> None:
    """A silence alert says nothing about the close date; escalations and resolutions are no warnings of their own."""
    alerts = [
        an_alert(opportunity="dead", rule="going_quiet", at=ms(6)),
        an_alert(opportunity="dead", rule="silent", at=ms(8)),
        an_alert(opportunity="live", rule="silent", at=ms(7)),
        an_alert(opportunity="live", rule="silent", at=ms(10), transition="escalated"),
        an_alert(opportunity="dead", rule="slipping", at=ms(9)),
        an_alert(opportunity="dead", rule="close_date_missed", at=ms(20)),
    ]
    silence = foresee_silence(LIVES, ENDED, alerts, [], share=1.0)
    assert {rule: (each.warned, each.right) for rule, each in silence.rules.items()} == {
        "going_quiet": (1, 1),
        "silent": (2, 1),
    }
    assert silence.together.warned == 2
    assert silence.together.lead_days == pytest.approx(5.0)
    slips = foresee_slips(LIVES, ENDED, alerts, [asked("dead", 2, **{SLIPPAGE: 0.7, INACTIVITY: 0.1})], share=1.0)
    assert (slips.spells, slips.happened) == (2, 1)
    assert {rule: (each.warned, each.recall, each.told) for rule, each in slips.rules.items()} == {
        "slipping": (1, 1.0, 1.0),
        "close_date_missed": (0, 0.0, 1.0),
    }
    assert {each.days: each.figures.precision for each in slips.plain} == {21: 0.5, 14: 0.5, 7: 0.5, 3: 0.5}
    assert set(slips.models) == {SLIPPAGE}


def test_both_questions_about_silence_are_judged_by_it() -> None:
    """The one about the days ahead, and the one about this silence; questions about the deal's end are not."""
    said = {INACTIVITY: 0.2, SILENCE: 0.8, WIN: 0.3, NO_DECISION: 0.4}
    found = foresee_silence(LIVES, ENDED, [], [asked("dead", 6, **said)], share=1.0)
    assert set(found.models) == {INACTIVITY, SILENCE}


def test_no_deal_no_warning() -> None:
    """Nothing in, zeros out."""
    for found in (foresee_silence({}, 0, [], [], 1.0), foresee_slips({}, 0, [], [], 1.0)):
        assert (found.spells, found.happened, found.rules, found.plain, found.models) == (0, 0, {}, (), {})
