"""What was said: every alert by its latest message, idempotent by (id, sequence), bounded in memory.

A topic repeats itself after a takeover, so a message counts only where its sequence is greater than the last one heard.
Open alerts are kept while they are open, ended ones up to a limit, the oldest leave first; what left is remembered by
number for a while longer, so that a repeat does not bring it back.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from operator import itemgetter

from msgspec import Struct
from msgspec.structs import replace

from streams.alerts.alert import Alert, Transition
from streams.alerts.plays import Play
from streams.state.watch import Severity

_MAX_PLAYS = 1_000


class AlertMove(Struct, frozen=True, array_like=True):
    """One step in the life of an alert: what happened when, how severe it was from then on, and whose doing it was."""

    transition: Transition
    at: int
    severity: Severity
    #: Who did it and what they wrote, where a person did.
    by: str = ""
    note: str = ""
    #: Why it ended, or a reason of it.
    why: str = ""


class Episode(Struct, frozen=True, kw_only=True):
    """One alert from its opening on. `said` is the last message with evidence, `ended` the one that resolved it."""

    id: str
    sequence: int
    said: Alert | None = None
    ended: Alert | None = None
    moves: tuple[AlertMove, ...] = ()

    @property
    def last(self) -> Alert:
        """The latest message."""
        latest = self.ended or self.said
        assert latest is not None, "an episode begins with a message"
        return latest


class AlertLog:
    """All alerts of all deals. `hear` takes a message in; the rest answers."""

    def __init__(self, *, max_ended: int, max_open: int, max_feed: int, max_heard: int) -> None:
        """Begin with nothing said; keep at most so many ended and open alerts, feed lines, and numbers heard."""
        self._limits = (max_ended, max_open)
        self._max_feed = max_feed
        self._max_heard = max_heard
        self._ended: dict[str, Episode] = {}
        self._open: dict[str, Episode] = {}
        self._by_deal: dict[str, dict[str, None]] = {}
        self._heard: dict[str, int] = {}
        self._plays: dict[tuple[str, int], Play] = {}
        self._feed: list[tuple[int, str, int, Alert]] = []

    def hear(self, alert: Alert) -> bool:
        """Take in one message; False where it repeats what is known."""
        known = self.get(alert.id)
        if alert.sequence <= max(self._heard.get(alert.id, 0), known.sequence if known else 0):
            return False
        self._heard.pop(alert.id, None)
        self._heard[alert.id] = alert.sequence
        _shorten(self._heard, self._max_heard)
        alert = self._slim(alert)
        self._keep(_extended(self._open.pop(alert.id, None) or self._ended.pop(alert.id, None), alert))
        insort(self._feed, (alert.at, alert.id, alert.sequence, alert), key=itemgetter(0, 1, 2))
        del self._feed[: -self._max_feed]
        return True

    def get(self, alert: str) -> Episode | None:
        """An alert by its id."""
        return self._open.get(alert) or self._ended.get(alert)

    def of_deal(self, opportunity: str) -> list[Episode]:
        """A deal's alerts, open and ended, the latest first."""
        known = (self.get(each) for each in self._by_deal.get(opportunity, ()))
        return sorted((each for each in known if each), key=lambda each: (-each.last.opened_at, each.id))

    def forget_deal(self, opportunity: str) -> None:
        """Forget a deal's alerts, since the deal itself is forgotten or erased."""
        for alert in list(self._by_deal.get(opportunity, ())):
            self._remove(alert, opportunity)
        self._feed = [entry for entry in self._feed if entry[3].opportunity != opportunity]

    def latest(self) -> Iterator[Alert]:
        """The latest messages, newest first."""
        return (entry[3] for entry in reversed(self._feed))

    def __len__(self) -> int:
        """How many alerts are kept."""
        return len(self._open) + len(self._ended)

    def _slim(self, alert: Alert) -> Alert:
        """Let the words of equal plays be one object: thousands of alerts share a dozen of them."""
        if alert.play is None:
            return alert
        key = (alert.play.id, alert.play.version)
        if key not in self._plays and len(self._plays) >= _MAX_PLAYS:
            return alert
        known = self._plays.setdefault(key, alert.play)
        if known.steps != alert.play.steps or known.success != alert.play.success:
            return alert
        slim = replace(alert.play, title=known.title, steps=known.steps, success=known.success)
        return replace(alert, play=replace(slim, situation=known.situation))

    def _keep(self, episode: Episode) -> None:
        shelf, limit = (self._ended, self._limits[0]) if episode.ended else (self._open, self._limits[1])
        shelf[episode.id] = episode
        self._by_deal.setdefault(episode.last.opportunity, {})[episode.id] = None
        while len(shelf) > limit:
            oldest = next(iter(shelf))
            self._remove(oldest, shelf[oldest].last.opportunity)

    def _remove(self, alert: str, opportunity: str) -> None:
        self._open.pop(alert, None)
        self._ended.pop(alert, None)
        ids = self._by_deal.get(opportunity, {})
        ids.pop(alert, None)
        if not ids:
            self._by_deal.pop(opportunity, None)


def _extended(episode: Episode | None, alert: Alert) -> Episode:
    why = alert.resolution or (alert.ended[0].why if alert.ended else "")
    move = AlertMove(alert.transition, alert.at, alert.severity, alert.by, alert.note, why)
    moves = (*(episode.moves if episode else ()), move)
    if alert.status == "resolved":
        said = episode.said if episode else None
        return Episode(id=alert.id, sequence=alert.sequence, said=said, ended=alert, moves=moves)
    return Episode(id=alert.id, sequence=alert.sequence, said=alert, moves=moves)


def _shorten(numbers: dict[str, int], limit: int) -> None:
    while len(numbers) > limit:
        del numbers[next(iter(numbers))]
