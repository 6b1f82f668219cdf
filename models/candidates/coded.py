"""Measurements for learners that want dictionaries of numbers: nothing in them is missing, nothing is not-a-number."""

from __future__ import annotations

from collections.abc import Sequence

from models.candidates.candidate import Day
from models.hats import words_of
from models.schema import FEATURES, WORDS, Vector
from models.vocabulary import Vocabulary

#: Stands for "never" beside an indicator: days and counts are not negative, so a tree can cut it off.
NEVER = -1.0
#: Features that may be unknown, each of which has an indicator.
MAYBE_UNKNOWN = (
    "since_contact",
    "stage_age",
    "position",
    "mean_gap",
    "longest_gap",
    "last_gap",
    "since_proposal",
    "since_reply",
    "amount",
    "since_next_step",
    "meeting_in",
    "to_close",
    "last_call",
)
_NAMES = tuple(feature.name for feature in FEATURES)
_INDICATORS = tuple((_NAMES.index(name), f"{name}?") for name in MAYBE_UNKNOWN)


def numbers_of(vector: Vector) -> dict[str, float]:
    """Every number by its name, `NEVER` where it is unknown, and an indicator for each that may be."""
    coded = {name: NEVER if value is None else float(value) for name, value in zip(_NAMES, vector.numbers, strict=True)}
    for index, name in _INDICATORS:
        coded[name] = 1.0 if vector.numbers[index] is None else 0.0
    return coded


class Words:
    """The words that the product, too, would give a weight: said by several deals, at most a hundred of a kind."""

    def __init__(self) -> None:
        """Begin with none."""
        self._vocabulary = Vocabulary()

    def meet(self, day: Day) -> None:
        """Take in the words of a day, of the cases of all targets, as the product does."""
        for case in day.cases:
            self._vocabulary.meet(case.deal, words_of(case.vector))

    @property
    def known(self) -> dict[str, None]:
        """The slots of the words that count."""
        return self._vocabulary.admitted

    def one_hot(self, vector: Vector) -> dict[str, float]:
        """A one for each known word of a measurement."""
        known = self._vocabulary.admitted
        return {slot: 1.0 for slot in words_of(vector) if slot in known}

    def nominal(self, vector: Vector) -> dict[str, str]:
        """Each kind of word with its text, the empty one where it is not known."""
        known = self._vocabulary.admitted
        spoken = zip(WORDS, vector.words, words_of(vector), strict=True)
        return {word.name: text if slot in known else "" for word, text, slot in spoken}


def crossed(slots: dict[str, str], pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """A one for the slot of each feature, and for each pair of slots; `slots` is feature -> slot."""
    single = dict.fromkeys(slots.values(), 1.0)
    return single | {f"{slots[left]}&{slots[right]}": 1.0 for left, right in pairs}
