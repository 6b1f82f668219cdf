"""A risk in words: the features that moved it most, each as a sentence, and the rest, so that the numbers add up."""

from __future__ import annotations

from collections.abc import Callable

from models.risk import Risk
from models.schema import PHASES, Vector
from streams.alerts.alert import Driver, RiskStatement
from streams.alerts.words import days, percent

#: Features named one by one; the others are summed up, so that a person can read it.
NAMED = 5
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


def explain(risk: Risk, vector: Vector) -> RiskStatement:
    """Turn a risk into a statement whose level and drivers sum to its log-odds."""
    ranked = sorted(risk.contributions, key=lambda each: (-abs(each.log_odds), each.feature))
    drivers = [
        Driver(phrase(each.feature, vector.value(each.feature)), each.feature, each.log_odds) for each in ranked[:NAMED]
    ]
    drivers.append(Driver("everything else", "", sum(each.log_odds for each in ranked[NAMED:])))
    return RiskStatement(
        target=risk.target,
        probability=risk.probability,
        log_odds=risk.log_odds,
        level=risk.level,
        base_rate=risk.base_rate,
        cases=risk.trained,
        model_version=risk.version,
        drivers=tuple(drivers),
    )


def headline(statement: RiskStatement) -> str:
    """One line for a terminal or a table: the probability beside the base rate."""
    return f"{percent(statement.probability)} ({percent(statement.base_rate)} is usual)"
