"""What moves a risk, in the handful of words in which a sales manager thinks: each takes in several features.

The share of a driver in a score is the sum of its features' shares, so drivers add up as exactly as features do.
"""

from __future__ import annotations

from typing import NamedTuple

from models.schema import NAMES


class Group(NamedTuple):
    """A driver: its name, and the features and words that it takes in."""

    name: str
    features: tuple[str, ...]


GROUPS: tuple[Group, ...] = (
    Group("silence", ("since_contact", "since_event", "last_gap", "mean_gap", "longest_gap")),
    Group("activity", ("contacts", "contacts_7d", "contacts_2d", "events", "events_2d", "last_call")),
    Group(
        "dialogue",
        ("replies", "since_reply", "unanswered", "contact_by", "last_event", "event_before"),
    ),
    Group("progress", ("phase", "age", "stage_age", "position", "stage")),
    Group("proposal", ("proposals", "since_proposal")),
    Group("plan", ("next_steps", "since_next_step", "next_step", "meeting_in", "to_close", "pushes")),
    Group("kind of deal", ("people", "amount", "owner", "lead_source", "weekday")),
)

#: Which driver takes in a feature, by the feature's place in `NAMES`.
GROUP_OF: tuple[int, ...] = tuple(
    next(index for index, group in enumerate(GROUPS) if name in group.features) for name in NAMES
)
