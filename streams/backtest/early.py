"""Warned early enough? What alerts, rules of thumb and models said before silences and missed close dates. Pure.

Each kind of event has its spells (`spells.py`) and everything that warns of it is judged alike (`warned.py`): the
product's rules by the target they are shown with, a rule of thumb that anybody could set up in an afternoon, and the
models' daily probabilities. A probability can warn at any precision; so beside each rule of thumb stands the threshold
at which the model is just as precise, and what it has to give there is recall and days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from streams.alerts.alert import Alert
from streams.alerts.registry import RULES
from streams.backtest.lives import Life
from streams.backtest.predictions import Question
from streams.backtest.spells import plans, silences
from streams.backtest.tellings import Telling, tellings
from streams.backtest.warned import AtThreshold, Course, Daily, Instants, Warned
from streams.labels.outcome import INACTIVITY, SILENCE, SLIPPAGE

QUIET_DAYS = (2, 3, 4, 5, 6, 7)
DAYS_TO_CLOSE = (21, 14, 7, 3)
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_SILENCE_TARGETS: tuple[str, ...] = (INACTIVITY, SILENCE)
_TARGET_OF = {rule.name: rule.target for rule in RULES}


class PlainRule(Struct, frozen=True):
    """A rule of thumb with its number of days, and each model from the threshold at which it is just as precise."""

    days: int
    figures: Warned
    as_precise: dict[str, AtThreshold | None]


class Foresight(Struct, frozen=True, kw_only=True):
    """All warnings of one kind of event: decided spells, how many of them ended in it, and who warned."""

    spells: int
    happened: int
    rules: dict[str, Warned]
    together: Warned
    plain: tuple[PlainRule, ...]
    models: dict[str, tuple[AtThreshold, ...]]


def foresee_silence(
    lives: Mapping[str, Life], ended_at: int, alerts: Iterable[Alert], questions: Iterable[Question], share: float
) -> Foresight:
    """Judge who warned that a silence would reach the deal's inactivity horizon.

    The rule of thumb is "no contact for N days", told at that very moment. `share` is owners times weeks.
    """
    course = Course(silences(lives, ended_at), share)
    told = [each for each in tellings(alerts) if _TARGET_OF.get(each.rule, SILENCE) in _SILENCE_TARGETS]
    plain = {days: course.after_start(days) for days in QUIET_DAYS}
    return _foresight(course, told, questions, plain, about=_SILENCE_TARGETS)


def foresee_slips(
    lives: Mapping[str, Life], ended_at: int, alerts: Iterable[Alert], questions: Iterable[Question], share: float
) -> Foresight:
    """Judge who warned that a planned close date would pass without a win.

    The rule of thumb is "the close is at most N days away", told of every deal that is still open then.
    """
    course = Course(plans(lives, ended_at), share)
    told = [each for each in tellings(alerts) if _TARGET_OF.get(each.rule) == SLIPPAGE]
    plain = {days: course.before_due(days) for days in DAYS_TO_CLOSE}
    return _foresight(course, told, questions, plain, about=(SLIPPAGE,))


def _foresight(
    course: Course,
    told: list[Telling],
    questions: Iterable[Question],
    plain: Mapping[int, Instants],
    about: tuple[str, ...],
) -> Foresight:
    opened: dict[str, list[tuple[str, int]]] = {}
    for each in told:
        if each.move == "told":
            opened.setdefault(each.rule, []).append((each.opportunity, each.at))
    said: dict[str, list[tuple[str, int, float]]] = {}
    for question in questions:
        for target, probability in question.said.items():
            if target in about:
                said.setdefault(target, []).append((question.opportunity, question.at, probability))
    daily = {target: Daily(course, said[target]) for target in sorted(said)}
    rules = [_plain(days, course.judge(first), daily) for days, first in plain.items()]
    return Foresight(
        spells=int(course.due.size),
        happened=int(course.happened.sum()),
        rules={rule: course.judge(course.first_signals(opened[rule])) for rule in sorted(opened)},
        together=course.judge(course.first_signals(each for signals in opened.values() for each in signals)),
        plain=tuple(each for each in rules if each.figures.warned),
        models={target: tuple(each.at(threshold) for threshold in THRESHOLDS) for target, each in daily.items()},
    )


def _plain(days: int, figures: Warned, daily: Mapping[str, Daily]) -> PlainRule:
    precision = figures.precision
    if precision is None:
        return PlainRule(days, figures, {})
    return PlainRule(days, figures, {target: each.as_precise_as(precision) for target, each in daily.items()})
