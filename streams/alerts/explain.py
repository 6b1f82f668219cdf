"""A risk in words: what drives it, each with a sentence and its share, so that the numbers add up."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from models.rank import rank_of
from models.risk import Contribution
from models.schema import INDEX, PHASES, Vector
from models.score import probability, score
from models.snapshot import Weights
from streams.alerts.alert import Driver, RiskStatement
from streams.alerts.drivers import GROUP_OF, GROUPS
from streams.alerts.usual import usual_gap
from streams.alerts.view import View
from streams.alerts.whatif import what_if
from streams.alerts.words import days, percent, rank
from streams.features.measure import measure
from streams.labels.outcome import TARGETS

#: A feature whose share is at least so much of the strongest one's of its driver is named beside it.
_ALSO_NAMED = 0.5
#: From this share on it is said that the usual rate speaks, too.
_USUAL_NAMED = 0.05
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _span(known: str, never: str) -> Callable[[float | None], str]:
    return lambda value: never if value is None else known.format(days(value))


def _number(known: str, never: str = "") -> Callable[[float | None], str]:
    one = known.replace("contacts", "contact").replace("proposals", "proposal").replace("replies", "reply")
    one = one.replace("messages", "message").replace("events", "event").replace("times", "time")
    one = one.replace("next steps", "next step").replace("people", "person")

    def say(value: float | None) -> str:
        if value is None:
            return never
        return (one if value == 1 else known).format(f"{value:g}")

    return say


_PHRASES: dict[str, Callable[[float | None], str]] = {
    "phase": lambda value: f"phase: {PHASES[int(value or 0)]}",
    "age": _span("the deal is {} old", ""),
    "since_contact": _span("{} since the last contact", "no contact yet"),
    "since_event": _span("{} since anything happened", ""),
    "stage_age": _span("{} in the current stage", "stage unknown"),
    "position": _number("stage {} on the sales ladder", "no rank on the sales ladder"),
    "contacts": _number("{} contacts so far"),
    "contacts_7d": _number("{} contacts in the last 7 days"),
    "contacts_2d": _number("{} contacts in the last 2 days"),
    "mean_gap": _span("a contact every {} so far", "too few contacts for a rhythm"),
    "longest_gap": _span("longest gap so far {}", "no gap between contacts yet"),
    "last_gap": _span("{} between the last two contacts", "fewer than two contacts"),
    "proposals": _number("{} proposals sent"),
    "since_proposal": _span("{} since the last proposal", "no proposal yet"),
    "replies": _number("{} replies of the buyer"),
    "since_reply": _span("{} since the buyer's last reply", "the buyer never replied"),
    "unanswered": _number("{} of our messages without an answer"),
    "events": _number("{} events so far"),
    "events_2d": _number("{} events in the last 2 days"),
    "amount": lambda value: "no amount" if value is None else f"amount of about {10**value:,.0f}",
    "weekday": lambda value: f"it is {_WEEKDAYS[int(value or 0)]}",
    "next_steps": _number("{} next steps planned so far"),
    "since_next_step": _span("{} since a next step was planned", "no next step was ever planned"),
    "meeting_in": _span("next meeting in {}", "no meeting planned"),
    "to_close": lambda value: _to_close(value),
    "pushes": _number("close date pushed {} times"),
    "people": _number("{} people of the buyer engaged"),
    "last_call": lambda value: _last_call(value),
}


def _text(known: str, none: str) -> Callable[[str], str]:
    return lambda text: known.format(text) if text else none


def _kind(known: str, none: str) -> Callable[[str], str]:
    return lambda kind: known.format(kind.replace("_", " ")) if kind else none


_WORDS: dict[str, Callable[[str], str]] = {
    "stage": _text("the stage is {}", "no stage is known"),
    "owner": _text("the deal is {}'s", "the deal has no owner"),
    "lead_source": _text("the deal came from {}", "nobody knows where the deal came from"),
    "contact_by": _text("the last contact was {}'s", "nobody is known to have had a contact"),
    "last_event": _kind("the last event was: {}", "nothing has happened yet"),
    "event_before": _kind("the event before it was: {}", "there was no event before it"),
    "next_step": _text("the next step is: {}", "no next step is planned"),
}


def _last_call(value: float | None) -> str:
    if value is None:
        return "no call yet"
    return f"last call took {value:.0f} minutes" if value >= 1 else "last call was short, or of unknown length"


def _to_close(value: float | None) -> str:
    if value is None:
        return "no close date"
    return f"{days(value)} until the planned close" if value >= 0 else f"close date over for {days(-value)}"


def phrase(name: str, value: float | str | None) -> str:
    """Say one feature's number, or one word, as a sentence."""
    return _WORDS[name](value) if isinstance(value, str) else _PHRASES[name](value)


def explain(view: View, model: Weights, chance: Callable[[Vector], float] | None = None) -> RiskStatement:
    """Say why a model gives a deal its probability: level and drivers sum to its log-odds.

    `chance` is the model's probability of a measurement, for those who have a faster way to it than the model itself.
    """
    vector = measure(view.facts, view.now)
    risk = score(model, vector)
    members: list[list[Contribution]] = [[] for _ in GROUPS]
    for group, each in zip(GROUP_OF, risk.contributions, strict=True):
        members[group].append(each)
    drivers = [
        Driver(_sentence(each, vector, view), group.name, sum(one.log_odds for one in each))
        for group, each in zip(GROUPS, members, strict=True)
    ]
    target = next(each for each in TARGETS if each == model.target)
    phase = int(vector.numbers[INDEX["phase"]] or 0)
    return RiskStatement(
        target=risk.target,
        probability=risk.probability,
        log_odds=risk.log_odds,
        level=risk.level,
        base_rate=risk.base_rate,
        cases=risk.trained,
        model_version=risk.version,
        drivers=tuple(sorted(drivers, key=lambda each: -abs(each.log_odds or 0.0))),
        comparable=PHASES[phase],
        comparable_rate=model.rates[phase] if model.rates else model.base_rate,
        what_if=what_if(view.facts, view.now, view.policy.timezone, target, chance or partial(probability, model)),
        learned_share=model.learned_share,
        rank=rank_of(risk.probability, model.quantiles),
    )


def _sentence(members: list[Contribution], vector: Vector, view: View) -> str:
    """The strongest feature of a driver in words, those nearly as strong that pull the same way, and what is usual."""
    ranked = sorted(members, key=lambda each: (-abs(each.log_odds), each.feature))
    first = ranked[0]
    least = _ALSO_NAMED * abs(first.log_odds)
    named = [each for each in ranked if each.log_odds * first.log_odds > 0.0 and abs(each.log_odds) >= least] or [first]
    said = [words for each in named[:2] if (words := phrase(each.feature, vector.value(each.feature)))]
    if any(each.feature == "since_contact" for each in named[:2]) and vector.value("since_contact") is not None:
        said.append(usual_gap(view).words)
    return "; ".join(said)


def provenance(statement: RiskStatement) -> str:
    """What the model rests on: its cases, and how much of the usual rate is still in what it says."""
    cases = f"{statement.cases:,} cases"
    usual = 1.0 - statement.learned_share
    return cases if usual < _USUAL_NAMED else f"{cases}, {percent(usual)} still the usual rate"


def headline(statement: RiskStatement) -> str:
    """One line for a terminal or a table: the probability beside the base rate, and its rank where there is one."""
    among = "" if statement.rank is None else f"; {rank(statement.rank)}"
    return f"{percent(statement.probability)} ({percent(statement.base_rate)} is usual{among})"
