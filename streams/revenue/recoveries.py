"""Door: events, reasons and plays of all deals -> what ended risk episodes, by rule, by kind of touch, and by play.

What ended is counted once, when it ends; the counts of several partitions add up. Episodes that go on are in none.
"""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from models.interval import Interval, difference_of, share_of
from streams.revenue import recovery
from streams.revenue.recovery import Happening, Recovery, Run, Watched
from streams.revenue.seen import Seen
from streams.revenue.settled import WHOLE
from streams.state.opportunity import DAY

#: Episodes below which a share says nothing, and deals that each arm of a play must have.
FEW = 20
#: Days to recovery are counted one by one up to here.
MOST_DAYS = 120


class RuleRecovery(Struct, frozen=True, kw_only=True):
    """How the episodes of one rule ended, the share that ended with the buyer, and the median of days until then."""

    rule: str
    ended: int
    buyer: int
    closed: int
    late_news: int
    otherwise: int
    recovered: Interval | None
    median_days: int | None


class KindRecovery(Struct, frozen=True, kw_only=True):
    """What is credited to a kind of touch, in episodes, and how often episodes ended with the buyer where it was tried.

    `without` is the same share where it was not tried. The difference is no effect: people try where there is hope.
    """

    kind: str
    credit: float
    share: float
    tried: int
    recovered: Interval | None
    without: Interval | None


class PlayRecovery(Struct, frozen=True, kw_only=True):
    """How often the episode in which a play was first called for ended with the buyer, played and withheld.

    The difference (played minus withheld) is the play's, since the arm is drawn by lot.
    """

    play: str
    version: int
    played: int
    held_out: int
    recovered_played: Interval | None
    recovered_held_out: Interval | None
    difference: Interval | None
    said: str


class RecoveryReport(Struct, frozen=True, kw_only=True):
    """What ended risk episodes; `going_on` are those that have not ended."""

    ended: int
    recovered: int
    going_on: int
    rules: tuple[RuleRecovery, ...]
    kinds: tuple[KindRecovery, ...]
    plays: tuple[PlayRecovery, ...]


class Recoveries:
    """The open episodes of all deals, and counts of those that ended."""

    def __init__(self) -> None:
        """Begin empty."""
        self.watched: dict[str, Watched] = {}
        self.counts: Counter[tuple[str, ...]] = Counter()

    def copy(self) -> Recoveries:
        """The same once more, which goes on by itself."""
        other = Recoveries()
        other.watched, other.counts = self.watched.copy(), self.counts.copy()
        return other

    def see(self, seen: Seen) -> None:
        """Take in an event of a deal."""
        self.happen(seen.after.id, recovery.happening_of(seen), seen.event.at)

    def happen(self, deal: str, what: Happening, at: int) -> None:
        """Take in what happened to a deal at an event time (milliseconds)."""
        known = self.watched.get(deal)
        if known is not None or not what.is_open:  # of a deal that is open and has no alert there is nothing to watch
            self.watched[deal] = recovery.happened(known or Watched(id=deal), what, at)

    def tell(self, deal: str, rules: tuple[str, ...], at: int) -> tuple[Recovery, ...]:
        """Take in which reasons a deal's alert has from an instant (milliseconds) on; return what ended with that."""
        watched, ends = self._deal(deal), []
        for episode in watched.episodes:
            if episode.rule not in rules:
                watched, end = recovery.ended(watched, episode.rule, at)
                if end is not None:
                    self.count(end)
                    ends.append(end)
        for rule in rules:
            watched = recovery.opened(watched, rule, at)
        self.watched[deal] = watched
        return tuple(ends)

    def call(self, deal: str, rule: str, run: Run) -> None:
        """Take in that a play was called for by a reason of a deal's alert."""
        self.watched[deal] = recovery.called_for(self._deal(deal), rule, run)

    def count(self, end: Recovery) -> None:
        """Count an episode that ended."""
        counts = self.counts
        counts["ended", end.rule, end.how] += 1
        for kind, part in end.credit:
            counts["credit", kind] += part
        for kind in end.tried:
            counts["tried", kind, "buyer" if end.how == "buyer" else "other"] += 1
        if end.took is not None:
            counts["days", end.rule, str(min(max(end.took, 0) // DAY, MOST_DAYS))] += 1
        for run in end.runs:
            arm = "held_out" if run.held_out else "played"
            counts["run", run.play, str(run.version), arm, "buyer" if end.how == "buyer" else "other"] += 1

    def report(self) -> RecoveryReport:
        """What ended risk episodes so far."""
        counts = self.counts
        ended = sum(count for key, count in counts.items() if key[0] == "ended")
        buyer = sum(count for key, count in counts.items() if key[0] == "ended" and key[2] == "buyer")
        kinds = {key[1] for key in counts if key[0] in ("credit", "tried")}
        runs = sorted({(key[1], int(key[2])) for key in counts if key[0] == "run"})
        found = [self._kind(kind, ended, buyer) for kind in sorted(kinds)]
        return RecoveryReport(
            ended=ended,
            recovered=buyer,
            going_on=sum(len(each.episodes) for each in self.watched.values()),
            rules=tuple(self._rule(rule) for rule in sorted({key[1] for key in counts if key[0] == "ended"})),
            kinds=tuple(sorted(found, key=lambda each: (-each.credit, each.kind))),
            plays=tuple(self._play(*run) for run in runs),
        )

    def _deal(self, deal: str) -> Watched:
        return self.watched.get(deal) or Watched(id=deal)

    def _rule(self, rule: str) -> RuleRecovery:
        counts = self.counts
        hows = {how: counts["ended", rule, how] for how in ("buyer", "closed", "late_news", "otherwise")}
        ended = sum(hows.values())
        days = [day for day in range(MOST_DAYS + 1) for _ in range(counts["days", rule, str(day)])]
        return RuleRecovery(
            rule=rule,
            ended=ended,
            buyer=hows["buyer"],
            closed=hows["closed"],
            late_news=hows["late_news"],
            otherwise=hows["otherwise"],
            recovered=share_of(hows["buyer"], ended) if ended >= FEW else None,
            median_days=days[(len(days) - 1) // 2] if days else None,
        )

    def _kind(self, kind: str, ended: int, buyer: int) -> KindRecovery:
        hits, misses = self.counts["tried", kind, "buyer"], self.counts["tried", kind, "other"]
        tried = hits + misses
        rest = ended - tried
        credit = self.counts["credit", kind] / WHOLE
        return KindRecovery(
            kind=kind,
            credit=credit,
            share=credit / buyer if buyer else 0.0,
            tried=tried,
            recovered=share_of(hits, tried) if tried >= FEW else None,
            without=share_of(buyer - hits, rest) if tried and rest >= FEW else None,
        )

    def _play(self, play: str, version: int) -> PlayRecovery:
        arms = {}
        for arm in ("played", "held_out"):
            hits, misses = (self.counts["run", play, str(version), arm, how] for how in ("buyer", "other"))
            arms[arm] = (hits, hits + misses)
        (hits, played), (other_hits, held_out) = arms["played"], arms["held_out"]
        difference = difference_of(hits, played, other_hits, held_out) if min(played, held_out) >= FEW else None
        return PlayRecovery(
            play=play,
            version=version,
            played=played,
            held_out=held_out,
            recovered_played=share_of(hits, played),
            recovered_held_out=share_of(other_hits, held_out),
            difference=difference,
            said=_verdict(difference),
        )


def _verdict(difference: Interval | None) -> str:
    if difference is None:
        return f"too few deals to tell: {FEW} are needed in each arm"
    if difference.low > 0:
        return "more recover where it is played"
    return "fewer recover where it is played" if difference.high < 0 else "no difference is shown"
