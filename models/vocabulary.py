"""Which words get a weight of their own: those that several deals have, in the order in which they became known.

A word that one deal alone has (a person of the buyer's, a next step in free text) can teach nothing about the others,
and a source that invents words must not let the models grow. A deal that says the same word day after day counts once
for as long as no other deal says it.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from models.hats import split_word
from models.schema import WORDS

#: A word must have been met so often, with a change of deal in between.
ADMITTED_AFTER = 8
#: So many words of a kind get a weight.
MOST_WORDS = 100
#: So many are counted; beyond that those met once are forgotten.
MOST_COUNTED = 20_000


class VocabularyState(Struct, frozen=True):
    """Words with a weight, in their order, and what is counted of the others (slot -> times, last deal)."""

    admitted: tuple[str, ...] = ()
    counted: dict[str, tuple[int, str]] = {}


class Vocabulary:
    """The words met so far. A deterministic function of the cases in their order."""

    def __init__(self, state: VocabularyState | None = None) -> None:
        """Begin with none, or continue from `state`."""
        state = state or VocabularyState()
        self.admitted: dict[str, None] = dict.fromkeys(state.admitted)
        self._counted = dict(state.counted)
        self._sizes = [0] * len(WORDS)
        for slot in self.admitted:
            self._sizes[_kind(slot)] += 1

    def meet(self, deal: str, slots: Iterable[str]) -> None:
        """Take in the words of one case."""
        for slot in slots:
            if slot in self.admitted:
                continue
            times, last = self._counted.get(slot, (0, ""))
            if last == deal:
                continue
            if times + 1 >= ADMITTED_AFTER and self._sizes[_kind(slot)] < MOST_WORDS:
                self._counted.pop(slot, None)
                self.admitted[slot] = None
                self._sizes[_kind(slot)] += 1
            else:
                self._counted[slot] = (min(times + 1, ADMITTED_AFTER), deal)
        if len(self._counted) > MOST_COUNTED:
            self._counted = {slot: seen for slot, seen in self._counted.items() if seen[0] > 1}
            if len(self._counted) > MOST_COUNTED:
                self._counted = {}

    def state(self) -> VocabularyState:
        """Everything to continue from."""
        return VocabularyState(tuple(self.admitted), dict(self._counted))


def _kind(slot: str) -> int:
    found = split_word(slot)
    if found is None:
        raise ValueError(f"{slot} is no word")
    return found[0]
