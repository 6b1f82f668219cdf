"""The play as an alert says it: what to do, by whom and by when, and what shows that it worked."""

from __future__ import annotations

from msgspec import Struct

from streams.plays.definition import Who


class StepDue(Struct, frozen=True, omit_defaults=True):
    """When a step is due and who takes it; whether it was seen to be done, and whether its time is over."""

    due: int
    who: Who = "owner"
    done: bool = False
    over: bool = False


class Play(Struct, frozen=True, omit_defaults=True):
    """Advice: what to do, in order, and what shows that it worked. `run` names its run on `deal.plays`."""

    id: str
    version: int
    title: str
    steps: tuple[str, ...]
    success: str
    #: The situation that it is for, in words.
    situation: str = ""
    #: For whom it is, and who that is; empty where nobody is known.
    who: Who = "owner"
    owner: str = ""
    #: Its run on `deal.plays`; empty where it was played lately and is not begun again.
    run: str = ""
    started_at: int | None = None
    #: When it will have failed.
    ends_at: int | None = None
    #: Whether somebody was seen to follow it.
    followed: bool = False
    #: One for each of the steps, in their order; none without a run.
    schedule: tuple[StepDue, ...] = ()


class Withheld(Struct, frozen=True, omit_defaults=True):
    """The play that is not shown for this deal, to see what difference it makes; and its run on `deal.plays`."""

    play: str
    version: int
    run: str = ""
