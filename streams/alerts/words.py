"""Numbers as people say them."""

from __future__ import annotations

from streams.events.envelope import moment_of
from streams.labels.outcome import INACTIVITY, NO_DECISION, SILENCE, SLIPPAGE, WIN

_TEN = 10


def days(value: float) -> str:
    """A span in days: `4.2 days`, `1 day`, `23 days`."""
    text = f"{round(value, 1):g}" if value < _TEN else f"{round(value):,}"
    return f"{text} day" if text == "1" else f"{text} days"


def count(number: int, noun: str) -> str:
    """A count with its noun: `1 push`, `3 pushes`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun}{'es' if noun.endswith('sh') else 's'}"


def percent(probability: float) -> str:
    """A probability in whole percent, never 0 % or 100 %, which would claim certainty."""
    return f"{min(max(round(probability * 100), 1), 99)} %"


#: What a target is about, as it stands beside a probability.
_ABOUT: dict[str, str] = {
    INACTIVITY: "no contact within {horizon}",
    SILENCE: "this silence reaches {horizon}",
    SLIPPAGE: "not won by the planned close date",
    WIN: "won in the end",
    NO_DECISION: "no decision, if it is not won",
}


def about(target: str, horizon_days: int | None = None) -> str:
    """What a target is about: `no contact within 14 days`; without days it names the horizon."""
    return _ABOUT[target].format(horizon="the horizon" if horizon_days is None else count(horizon_days, "day"))


def rank(lower: int) -> str:
    """A rank among the open deals in words: `higher than 92 of 100 open deals`."""
    return f"higher than {lower} of 100 open deals"


def day(at: int) -> str:
    """The calendar day (UTC) of an instant in milliseconds."""
    return moment_of(at).date().isoformat()
