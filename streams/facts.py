"""What was noticed inside, as counted values: the pure rooms say it, the shell turns it into metrics and log lines."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Name(StrEnum):
    """The closed list of things that are noticed."""

    # An enum's own hash is a Python function; facts are counted several times an event.
    __hash__ = str.__hash__

    EVENT_IN = "event_in"
    EVENT_FOLDED = "event_folded"
    EVENT_DUPLICATE = "event_duplicate"
    EVENT_REPLAYED = "event_replayed"
    EVENT_DEAD = "event_dead"
    CONTROL_HEARD = "control_heard"
    DEAL_SCORED = "deal_scored"
    DEAL_TICKED = "deal_ticked"
    ALERT_MOVED = "alert_moved"
    REASON_MOVED = "reason_moved"
    PLAY_MOVED = "play_moved"
    VOTE_CAST = "vote_cast"
    QUESTION_ASKED = "question_asked"
    ANSWER_GIVEN = "answer_given"
    EPOCH_REACHED = "epoch_reached"


class Fact(NamedTuple):
    """Something noticed, with up to three low-cardinality dimensions (a kind, a rule, a severity, never a deal)."""

    name: Name
    first: str = ""
    second: str = ""
    third: str = ""
