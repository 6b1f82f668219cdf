"""All plays that a partition goes by: one value."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from streams.plays.definition import PlayDefinition


class Playbook(Struct, frozen=True, gc=False):
    """Plays, the most specific first; made by `playbook_of`.

    `standing` are those that are called for by how the deal stands, at any look, instead of by an alert that is told.
    """

    plays: tuple[PlayDefinition, ...] = ()
    standing: tuple[PlayDefinition, ...] = ()
    by_id: dict[str, PlayDefinition] = {}

    def of(self, play: str) -> PlayDefinition | None:
        """The play of an id."""
        return self.by_id.get(play)

    def with_plays(self, others: Iterable[PlayDefinition], off: Iterable[str] = ()) -> Playbook:
        """This playbook with plays added, or put in the place of those of the same id; without those that are `off`."""
        known = {**self.by_id, **{play.id: play for play in others}}
        silent = frozenset(off)
        return playbook_of(play for play in known.values() if play.id not in silent)


def playbook_of(plays: Iterable[PlayDefinition]) -> Playbook:
    """Put plays into their order: by priority, then by id."""
    ordered = tuple(sorted(plays, key=lambda play: (-play.priority, play.id)))
    standing = tuple(play for play in ordered if play.trigger.on != "alert")
    return Playbook(ordered, standing, {play.id: play for play in ordered})
