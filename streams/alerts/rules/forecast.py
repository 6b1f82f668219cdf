"""Rules about what is said of the deal's worth: an amount that falls, a commit that nothing supports."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from streams.alerts.alert import Driver
from streams.alerts.declare import NOTHING, Begins, Rule
from streams.alerts.evidence import Words, last_contact
from streams.alerts.parameters import CLEARS_AT, Parameters, parameter
from streams.alerts.rules.bars import knows
from streams.alerts.view import Finding, Verdict, View
from streams.alerts.words import count, day, percent
from streams.labels.outcome import INACTIVITY, WIN
from streams.state.opportunity import DAY

_COMMIT = "commit"


class AmountFalling(Parameters, frozen=True, kw_only=True, gc=False):
    """How far an amount must fall."""

    share: Annotated[float, parameter("share", "of the amount that is gone: info", "domain: 20 %", gt=0, lt=1)] = 0.2
    warning_share: Annotated[
        float, parameter("share", "of the amount that is gone: warning", "twice that", gt=0, lt=1)
    ] = 0.4
    window_days: Annotated[
        float, parameter("days", "after the last fall it is no news", "exit of the scope check: 14 days", ge=1, le=180)
    ] = 14.0

    def __post_init__(self) -> None:
        """Refuse what would be a warning before it is an info."""
        if self.warning_share < self.share:
            raise ValueError("warning_share must not be less than share")


class StaleCommit(Parameters, frozen=True, kw_only=True, gc=False):
    """How recent the contact of a committed deal must be."""

    days: Annotated[int, parameter("business days", "without contact: info", "judged", ge=1, le=90)] = 7
    warning_days: Annotated[
        int, parameter("business days", "without contact: warning", "InsightSquared: 10", ge=1, le=180)
    ] = 10

    def __post_init__(self) -> None:
        """Refuse what would be a warning before it is an info."""
        if self.warning_days < self.days:
            raise ValueError("warning_days must not be less than days")


class DoubtfulCommit(Parameters, frozen=True, kw_only=True, gc=False):
    """How likely a committed deal must be."""

    probability: Annotated[
        float, parameter("probability", "of a win, below which a commit is doubtful: info", "TopOPPS: 0.4", gt=0, lt=1)
    ] = 0.4
    warning_probability: Annotated[float, parameter("probability", "of a win: warning", "TopOPPS: 0.2", gt=0, lt=1)] = (
        0.2
    )
    min_cases: Annotated[
        int, parameter("cases", "cases from which on the model is believed", "judged", ge=1, le=1_000_000)
    ] = 300

    def __post_init__(self) -> None:
        """Refuse what would be a warning before it is an info."""
        if self.warning_probability > self.probability:
            raise ValueError("warning_probability must not be more than probability")


def amount_falling(view: View) -> Verdict:
    """The amount has fallen by a good part within a short time."""
    facts = view.facts
    if facts.amount_fell_at is None:
        return NOTHING
    settings, slot = view.settings_of(AmountFalling), view.told("amount_falling")
    over = facts.amount_fell_at + int(settings.window_days * DAY)
    gone = _gone(facts.amount, facts.amount_top)
    if view.now >= over or gone < settings.share * (1.0 if slot is None else CLEARS_AT):
        return NOTHING
    episode = facts.amount_fell_at if slot is None else slot.episode
    return Verdict(Finding(episode, "warning" if gone >= settings.warning_share else "info"), over)


def stale_commit(view: View) -> Verdict:
    """The deal is committed for the forecast, and the buyer has not been heard of for long."""
    facts = view.facts
    if facts.forecast_category != _COMMIT or view.resting:
        return NOTHING
    settings, since = view.settings_of(StaleCommit), view.silent_since
    due = view.calendar.after_business_days(since, settings.days)
    if view.now < due:
        return Verdict(look_at=due)
    worse = view.calendar.after_business_days(since, settings.warning_days)
    if view.now < worse:
        return Verdict(Finding(since, "info", view.untrusted), worse)
    return Verdict(Finding(since, "warning", view.untrusted))


def doubtful_commit(view: View) -> Verdict:
    """The deal is committed for the forecast, and the model does not expect a win."""
    facts = view.facts
    if facts.forecast_category != _COMMIT or facts.forecast_at is None:
        return NOTHING
    settings = view.settings_of(DoubtfulCommit)
    if not knows(view, WIN, settings.min_cases):
        return NOTHING
    outlook = view.outlooks[WIN]
    # Where few deals are won at all, a low number is no contradiction by itself: it must be below what is usual, too.
    bar = min(settings.probability, outlook.base_rate)
    if outlook.probability >= (bar if view.told("doubtful_commit") is None else bar / CLEARS_AT):
        return NOTHING
    low = outlook.probability < min(settings.warning_probability, outlook.base_rate)
    return Verdict(Finding(facts.forecast_at, "warning" if low else "info"))


def _gone(amount: str | None, top: str | None) -> float:
    """The share of an amount that is gone."""
    if amount is None or top is None or not Decimal(top):
        return 0.0
    return float(1 - Decimal(amount) / Decimal(top))


def _say_amount_falling(view: View, _finding: Finding) -> Words:
    """From how much to how much, and when."""
    facts = view.facts
    gone, top = percent(_gone(facts.amount, facts.amount_top)), Decimal(facts.amount_top or 0)
    now = f"{Decimal(facts.amount or 0):,f} {facts.currency}".strip()
    return f"Amount down by {gone}, to {now}", (
        Driver(f"{now} now, {top:,f} before; last change {day(facts.amount_fell_at or view.now)}"),
        Driver(f"the amount was changed {count(facts.amount_changes, 'time')}"),
    )


def _say_stale_commit(view: View, finding: Finding) -> Words:
    """For how long nothing was heard, and since when it is committed."""
    waited = count(view.business_days_since(finding.episode), "business day")
    since = "" if view.facts.forecast_at is None else f" since {day(view.facts.forecast_at)}"
    return f"Committed, and no contact for {waited}", (
        Driver(f"forecast category commit{since}; no contact for {waited}"),
        last_contact(view),
    )


def _say_doubtful_commit(view: View, finding: Finding) -> Words:
    """How likely a win is beside what is usual, and since when it is committed."""
    outlook = view.outlooks[WIN]
    chance = percent(outlook.probability)
    return f"Committed, and {chance} likely to be won", (
        Driver(f"forecast category commit since {day(finding.episode)}"),
        Driver(f"{chance} chance to win; {percent(outlook.base_rate)} is usual"),
    )


AMOUNT_FALLING = Rule(
    name="amount_falling",
    meaning="The amount has fallen by a good part, in one step or in several within a month each.",
    looks_at=("changes of the amount in one currency",),
    parameters=AmountFalling,
    severities={"info": "a fifth is gone", "warning": "two fifths are gone"},
    target=WIN,
    check=amount_falling,
    say=_say_amount_falling,
    begins=Begins("share", "warning_share"),
    example="Amount down by 25 %, to 9,000 EUR",
    clears_when="the amount rises clearly, or stays as it is for two weeks",
    resolved="the amount rose or stayed as it is",
    needs="amount_fell_at",
)
STALE_COMMIT = Rule(
    name="stale_commit",
    meaning="The deal is committed for the forecast, and the buyer has not been heard of for long.",
    looks_at=("the forecast category", "the last contact", "business days", "holds", "planned meetings", "the feed"),
    parameters=StaleCommit,
    severities={"info": "the commit rests on old news", "warning": "two working weeks without the buyer"},
    target=INACTIVITY,
    check=stale_commit,
    say=_say_stale_commit,
    begins=Begins("days", "warning_days"),
    example="Committed, and no contact for 7 business days",
    clears_when="the buyer makes contact, or the category changes",
    resolved="the buyer made contact or the category changed",
    paused_by=("hold", "meeting"),
    needs="forecast_category",
)
DOUBTFUL_COMMIT = Rule(
    name="doubtful_commit",
    meaning="The deal is committed for the forecast, and the model does not expect a win.",
    looks_at=("the forecast category", "the model of winning"),
    parameters=DoubtfulCommit,
    severities={"info": "less likely than is usual", "warning": "unlikely to be won"},
    target=WIN,
    check=doubtful_commit,
    say=_say_doubtful_commit,
    begins=Begins("probability", "warning_probability", ceiling=True),
    example="Committed, and 30 % likely to be won",
    clears_when="the chance rises clearly above the threshold, or the category changes",
    resolved="the chance rose or the category changed",
    needs="forecast_category",
)
