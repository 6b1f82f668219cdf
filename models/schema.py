"""What models know of a deal: features with their unit, meaning and knots, and words of which each has its own effect.

`streams/features/measure.py` measures them, in this order; a test holds the two together. A number of None means
"never" or "not known" and has a slot of its own, so that no number has to stand in for it.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal, NamedTuple

from msgspec import Struct


class Vector(NamedTuple):
    """One measurement of a deal: a number per feature of `FEATURES` and a text per word of `WORDS`, in that order."""

    numbers: tuple[float | None, ...]
    words: tuple[str, ...]

    def value(self, name: str) -> float | str | None:
        """The number or the text that was measured under a name."""
        index = INDEX[name]
        return self.numbers[index] if index < len(FEATURES) else self.words[index - len(FEATURES)]


Unit = Literal["days", "count", "rank", "log10 of the amount", "weekday", "phase", "minutes"]

# Fixed knots in days (research on real logs: +0.05 AUC over quantiles learned from the first, young, deals).
_DAYS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 9.0, 12.0, 16.0, 21.0, 28.0, 35.0, 50.0, 70.0, 120.0)
_COUNT = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 11.0, 15.0, 25.0, 50.0)
_SMALL = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
_AHEAD = (-30.0, -7.0, 0.0, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 18.0, 22.0, 26.0, 30.0, 45.0, 60.0, 90.0, 150.0)
_RANK = tuple(float(step) for step in range(11))
_AMOUNT = (2.5, 3.0, 3.5, 3.75, 4.0, 4.25, 4.5, 5.0, 5.5, 6.0)
_MINUTES = (0.0, 1.0, 3.0, 6.0, 10.0, 20.0, 40.0, 90.0)
_WEEKDAY = tuple(float(day) for day in range(7))
#: Where a deal stands between the two sides; every feature has its own effect in each phase.
PHASES = ("no contact", "in talks", "proposal out", "proposal answered")


class Feature(Struct, frozen=True):
    """One number about a deal. Categories (`categorical`) have no value between two knots."""

    name: str
    unit: Unit
    meaning: str
    knots: tuple[float, ...]
    categorical: bool = False


FEATURES: tuple[Feature, ...] = (
    Feature("phase", "phase", "where the deal stands between the sides", (0.0, 1.0, 2.0, 3.0), categorical=True),
    Feature("age", "days", "age of the deal", _DAYS),
    Feature("since_contact", "days", "since the last contact with the buyer", _DAYS),
    Feature("since_event", "days", "since anything happened", _DAYS),
    Feature("stage_age", "days", "in the current stage", _DAYS),
    Feature("position", "rank", "rank of the stage on the sales ladder", _RANK, categorical=True),
    Feature("contacts", "count", "contacts so far", _COUNT),
    Feature("contacts_7d", "count", "contacts in the last 7 days (at most 8)", _SMALL),
    Feature("contacts_2d", "count", "contacts in the last 2 days (at most 8)", _SMALL),
    Feature("mean_gap", "days", "usual gap between contacts", _DAYS),
    Feature("longest_gap", "days", "longest gap between contacts", _DAYS),
    Feature("last_gap", "days", "gap between the last two contacts", _DAYS),
    Feature("proposals", "count", "proposals sent", _SMALL),
    Feature("since_proposal", "days", "since the last proposal", _DAYS),
    Feature("replies", "count", "replies of the buyer", _SMALL),
    Feature("since_reply", "days", "since the buyer's last reply", _DAYS),
    Feature("unanswered", "count", "our messages since the buyer's last sign", _SMALL),
    Feature("events", "count", "events so far", _COUNT),
    Feature("events_2d", "count", "events in the last 2 days (at most 8)", _SMALL),
    Feature("amount", "log10 of the amount", "size of the deal", _AMOUNT),
    Feature("weekday", "weekday", "day of the week", _WEEKDAY, categorical=True),
    Feature("next_steps", "count", "next steps planned so far", _SMALL),
    Feature("since_next_step", "days", "since a next step was planned", _DAYS),
    Feature("meeting_in", "days", "until the next planned meeting", _DAYS),
    Feature("to_close", "days", "until the planned close", _AHEAD),
    Feature("pushes", "count", "times the close date was pushed", _SMALL),
    Feature("people", "count", "people of the buyer engaged", _SMALL),
    Feature("last_call", "minutes", "length of the last call", _MINUTES),
)


class Word(Struct, frozen=True):
    """One text about a deal, of whatever vocabulary a source has; the empty text stands for none."""

    name: str
    meaning: str


WORDS: tuple[Word, ...] = (
    Word("stage", "name of the stage"),
    Word("owner", "whose deal it is"),
    Word("lead_source", "where the deal came from"),
    Word("contact_by", "who of the seller's side had the last contact"),
    Word("last_event", "kind of the last event"),
    Word("event_before", "kind of the event before the last one"),
    Word("next_step", "the next step as planned"),
)

#: Of all numbers and words, in the order in which their shares of a score are said.
NAMES: tuple[str, ...] = (*(feature.name for feature in FEATURES), *(word.name for word in WORDS))
INDEX: dict[str, int] = {name: index for index, name in enumerate(NAMES)}


def fingerprint() -> str:
    """A short name of this exact list of features, knots and words: models trained on another list are refused."""
    text = ";".join(f"{f.name}:{f.categorical}:{','.join(map(repr, f.knots))}" for f in FEATURES)
    text += ";" + ",".join(word.name for word in WORDS)
    return blake2b(text.encode(), digest_size=6).hexdigest()
