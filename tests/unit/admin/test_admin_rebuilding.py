"""How far a rebuild is, and for how long: two looks at what its groups have committed."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from streams.admin import rebuilding
from streams.admin.generation import Environment, Rebuild
from streams.admin.lag import Member
from streams.admin.rebuilding import RebuildStatus, status_of
from streams.config.settings import load
from streams.replay.generation import Generation

REBUILD = Rebuild(Environment(load()), Environment(load(prefix="v2.")))
RECORDS = 1_000


def looked(monkeypatch: pytest.MonkeyPatch, copied: list[int], handled: list[int], waiting: int) -> RebuildStatus:
    """What is found where the groups stand so at the first look, and so ten seconds later."""
    places: dict[str, Iterator[int]] = {
        REBUILD.group: iter(copied),
        REBUILD.new.group("track"): iter(handled),
    }
    clock = iter([100.0, 110.0])
    monkeypatch.setattr(rebuilding, "committed_places", lambda _, group, __: {0: next(places[group])})
    monkeypatch.setattr(rebuilding, "members", lambda *_: [Member("one", "here", ())])
    monkeypatch.setattr(rebuilding, "spans", lambda *_: {0: (0, RECORDS)})
    monkeypatch.setattr(rebuilding, "lag_of", lambda *_: waiting)
    monkeypatch.setattr(rebuilding, "read_generation", lambda *_: Generation(role="leads"))
    monkeypatch.setattr(rebuilding, "time", SimpleNamespace(monotonic=lambda: next(clock), sleep=lambda _: None))
    return status_of("127.0.0.1:1", REBUILD)


def test_what_is_still_to_be_copied_is_to_be_handled_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """400 of 1,000 are copied, 300 of them wait: 900 are to be handled, at 10 a second."""
    found = looked(monkeypatch, [200, 400], [0, 100], 300)
    assert (found.copied, found.per_second, found.left_seconds) == (400, 20.0, 30.0)
    assert (found.handled_per_second, found.handled_left_seconds) == (10.0, 90.0)


def test_what_stands_still_has_no_end_in_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    """No guess is better than one of for ever."""
    found = looked(monkeypatch, [400, 400], [100, 100], 300)
    assert (found.left_seconds, found.handled_left_seconds, found.handled_per_second) == (None, None, 0.0)
