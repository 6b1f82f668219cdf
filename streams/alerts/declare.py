"""What a rule declares of itself: what it looks at, its parameters with unit, bounds and origin, its words.

Everything that is said of rules elsewhere (the documentation, `dealwatch rules`, the page, the errors about a file with
parameters) is read from here, so it cannot say anything else than what runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from streams.alerts.evidence import Words
from streams.alerts.parameters import Parameters
from streams.alerts.view import Finding, Verdict, View
from streams.labels.outcome import Target
from streams.state.watch import Severity

NOTHING = Verdict()
Pause = Literal["hold", "meeting"]


@dataclass(frozen=True, slots=True)
class Begins:
    """The parameter that says from when on a rule speaks: the one that people's votes move (`heed.py`).

    `severe` is the parameter of its next severity, which is never moved, and past which this one is not moved. Alerts
    get rarer as the parameter rises, or, where it is a `ceiling`, as it falls.
    """

    parameter: str
    severe: str = ""
    ceiling: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by name: what it means and looks at, its condition, its words, and what ends it.

    `target` is the risk that it is shown with. `severities` says what each severity means that it may have; `example`
    is a title as it says it. What to do about it is a play's business (`streams/plays`).
    """

    name: str
    meaning: str
    looks_at: tuple[str, ...]
    parameters: type[Parameters]
    severities: Mapping[Severity, str]
    target: Target
    check: Callable[[View], Verdict]
    say: Callable[[View, Finding], Words]
    example: str
    clears_when: str
    resolved: str
    #: What votes move; none where the rule tells a fact that has no threshold.
    begins: Begins | None = None
    #: What mutes the rule for a while: a hold, a planned meeting.
    paused_by: tuple[Pause, ...] = ()
    #: Rules that speak of the same episode in other words: what a person says to one is said to them.
    kin: tuple[str, ...] = ()
    #: The fact without which it has nothing to say (where it is none or 0), so that it need not be asked.
    needs: str = ""
