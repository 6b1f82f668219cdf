"""All plays that a partition goes by: one value."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from streams.plays.definition import PlayDefinition


class Playbook(Struct, frozen=True, gc=False):
    """Plays, the most specific first."""

    plays: tuple[PlayDefinition, ...] = ()

    def of(self, play: str) -> PlayDefinition | None:
        """The play of an id, also one that is switched off."""
        return next((each for each in self.plays if each.id == play), None)

    def with_plays(self, others: Iterable[PlayDefinition], off: Iterable[str] = ()) -> Playbook:
        """This playbook with plays added, or put in the place of those of the same id; without those that are `off`."""
        known = {play.id: play for play in self.plays}
        known.update((play.id, play) for play in others)
        silent = frozenset(off)
        return playbook_of(play for play in known.values() if play.id not in silent)


def playbook_of(plays: Iterable[PlayDefinition]) -> Playbook:
    """Put plays into their order: by priority, then by id."""
    return Playbook(tuple(sorted(plays, key=lambda play: (-play.priority, play.id))))
