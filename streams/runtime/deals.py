"""A partition's deals: those at work decoded, all others as the bytes that the engine's store has.

A decoded deal takes several times the memory of its packed bytes, and of many open deals few have news in any minute.
So what was looked at or changed stays decoded up to a number; the least recently used leave first, some at a time, and
only once the store has their latest state.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, MutableMapping, Set

from streams.engine.task import StateStore
from streams.state.codec import PARTITION_KEY, decode_deal
from streams.state.memory import DealState


class StoredDeals(MutableMapping[str, DealState]):
    """The deals of one partition. From `unsettled` to `settled` the store is behind, and all of them stay.

    `get` raises `msgspec.ValidationError` for a state that cannot be read.
    """

    def __init__(self, store: StateStore, at_work: int) -> None:
        """Read from `store`; keep `at_work` deals decoded, and those that could not leave yet."""
        self._store = store
        self._at_work = at_work
        self._decoded: OrderedDict[str, DealState] = OrderedDict()
        self._gone: set[str] = set()
        self._settled = True

    def get(self, name: str, default: DealState | None = None) -> DealState | None:  # type: ignore[override]
        """Return a deal, or `default` where there is none."""
        deal = self._decoded.get(name)
        if deal is not None:
            self._decoded.move_to_end(name)
            return deal
        value = None if name in self._gone else self._store.get(name.encode())
        if value is None:
            return default
        deal = self._decoded[name] = decode_deal(value)
        return deal

    def unsettled(self) -> None:
        """Note that no deal is `dirty` any more, and that the store does not have them yet."""
        self._settled = False

    def settled(self, dirty: Set[str]) -> None:
        """Note that the store has every deal as it is now, but for the `dirty` ones."""
        self._gone &= dirty
        self._settled = True

    def leave(self, dirty: Set[str], at_most: int) -> None:
        """Let up to `at_most` deals go that are not at work, if the store has them: all but the `dirty` ones."""
        if not self._settled:
            return
        decoded = self._decoded
        for _ in range(min(at_most, len(decoded) - self._at_work)):
            if next(iter(decoded)) in dirty:
                return
            decoded.popitem(last=False)

    def __getitem__(self, name: str) -> DealState:
        """Return a deal; raises KeyError."""
        deal = self.get(name)
        if deal is None:
            raise KeyError(name)
        return deal

    def __setitem__(self, name: str, deal: DealState) -> None:
        """Change a deal or add one."""
        self._decoded[name] = deal
        if self._gone:
            self._gone.discard(name)

    def __delitem__(self, name: str) -> None:
        """Forget a deal; raises KeyError."""
        if name not in self:
            raise KeyError(name)
        self._decoded.pop(name, None)
        self._gone.add(name)

    def __contains__(self, name: object) -> bool:
        """Whether there is such a deal; decodes none."""
        if name in self._decoded:
            return True
        return isinstance(name, str) and name not in self._gone and self._store.get(name.encode()) is not None

    def __iter__(self) -> Iterator[str]:
        """Go through the names, those at work first."""
        yield from self._decoded
        for key, _ in self._store.items():  # noqa: PERF102  # a store is no dictionary
            if key != PARTITION_KEY and (name := key.decode()) not in self._decoded and name not in self._gone:
                yield name

    def __len__(self) -> int:
        """How many there are; goes through all of them."""
        return sum(1 for _ in self)
