"""The six indices of how a team works, each from 0 to 1, with the numbers and the deals that it comes from.

Definitions, thresholds and their sources: docs/coaching.md. All but variability are better where they are higher.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from models.interval import Interval, share_of
from streams.revenue.conduct import Conduct
from streams.revenue.follow import BATCH
from streams.revenue.heeding import Asked
from streams.revenue.ladder import Climb, Ladder, disorder, fit, unevenness, way_of
from streams.revenue.practice import Practice
from streams.revenue.sample import Sample
from streams.state.calendar import Calendar
from streams.state.opportunity import HOUR

IndexName = Literal["conformance", "variability", "evidence", "hygiene", "cadence", "feedback"]
#: Under so many of what an index counts nothing is said of it.
FEWEST: dict[IndexName, int] = {
    "conformance": 10, "variability": 10, "evidence": 10, "hygiene": 10, "cadence": 8, "feedback": 10,
}  # fmt: skip
#: A rep's own index counts like this many of the team's.
SHRINKAGE = 20
#: Deals that are named as evidence.
SHOWN = 5
_WEEK_HOURS, _QUARTER_HOURS = 7 * 24, 91 * 24


class Index(Struct, frozen=True, kw_only=True):
    """One index. `value` is none where there is too little to say; `words` say why, or what it is made of."""

    name: IndexName
    value: float | None
    #: With 95 % certainty; none where the value is, and for variability.
    interval: Interval | None = None
    #: Of how many `counted`.
    of: int
    counted: str
    words: str
    #: Deals that lower it most.
    deals: tuple[str, ...] = ()
    #: What else there is to know, by name.
    parts: dict[str, float] = {}


def indices_of(sample: Sample, ladder: Ladder, practice: Practice, as_of: int, timezone: str) -> tuple[Index, ...]:
    """The six indices of a sample."""
    calendar = Calendar(practice.country, timezone)
    return (
        _conformance(sample, ladder),
        _variability(sample, ladder),
        _evidence(sample),
        _hygiene(sample),
        _cadence(sample, practice),
        _feedback(sample, practice, calendar, as_of),
    )


def shrunk(own: Index, team: Index) -> float | None:
    """A rep's index, pulled towards the team's by n / (n + 20), where n is how many the rep has of what is counted.

    The weight that an empirical Bayes estimate gives to n cases beside a prior worth 20 (Efron and Morris 1977,
    Scientific American 236(5):119-127); 20 is set by us. None where the team has no value.
    """
    if team.value is None:
        return None
    if own.value is None:
        return team.value
    weight = own.of / (own.of + SHRINKAGE)
    return weight * own.value + (1 - weight) * team.value


def _index(
    name: IndexName, hits: float, of: int, counted: str, words: str, deals: Iterable[str] = (), **parts: float
) -> Index:
    if of < FEWEST[name]:
        few = f"too few {counted} to say ({of}, and {FEWEST[name]} are needed)"
        return Index(name=name, value=None, of=of, counted=counted, words=few, parts=parts)
    found = share_of(min(max(hits, 0.0), of), of)
    assert found is not None
    return Index(
        name=name, value=found.value, interval=found, of=of, counted=counted, words=words,
        deals=tuple(deals)[:SHOWN], parts=parts,
    )  # fmt: skip


def fits_of(closed: Iterable[Conduct], ladder: Ladder) -> list[tuple[float, str]]:
    """How well each closed deal with stages fits the ladder, the worst first."""
    found = []
    for each in closed:
        way = way_of(each, ladder)
        if way and ladder.top > 0:
            found.append((fit(way, each.status == "won", ladder.top), each.id))
    return sorted(found)


def _conformance(sample: Sample, ladder: Ladder) -> Index:
    fits = fits_of(sample.closed, ladder)
    whole = sum(value == 1.0 for value, _ in fits)
    return _index(
        "conformance",
        sum(value for value, _ in fits),
        len(fits),
        "closed deals",
        f"{whole} of {len(fits)} closed deals climbed the ladder step by step",
        [name for value, name in fits if value < 1.0],
        whole=float(whole),
    )


def _variability(sample: Sample, ladder: Ladder) -> Index:
    climbs = sample.climbs
    goes, stays = disorder(climbs, ladder.top + 1), unevenness(climbs)
    known = [each for each in (goes, stays) if each is not None]
    if len(climbs) < FEWEST["variability"] or not known:
        return _index("variability", 0, min(len(climbs), FEWEST["variability"] - 1), "stage changes", "")
    words = f"{len(climbs)} stage changes; how uncertain the next stage is: {_number(goes)}, how much stays differ: "
    return Index(
        name="variability",
        value=sum(known) / len(known),
        of=len(climbs),
        counted="stage changes",
        words=words + _number(stays),
        deals=tuple(dict.fromkeys(each.deal for each in climbs if not each.is_advance or each.skipped))[:SHOWN],
        parts={name: each for name, each in (("disorder", goes), ("unevenness", stays)) if each is not None},
    )


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def _evidence(sample: Sample) -> Index:
    advances = advances_of(sample.climbs)
    proven = sum(not each.step.lacks for each in advances)
    lacks = Counter(lack for each in advances for lack in each.step.lacks)
    words = f"{proven} of {len(advances)} advances had all their milestones at the time"
    if lacks:
        words += "; missing: " + ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in lacks.most_common())
    worst = sorted(advances, key=lambda each: (-len(each.step.lacks), each.deal, each.step.at))
    found = _index(
        "evidence",
        proven,
        len(advances),
        "advances",
        words,
        dict.fromkeys(each.deal for each in worst if each.step.lacks),
        **{name: float(count) for name, count in sorted(lacks.items())},
    )
    return _by_deals(found, len({each.deal for each in advances}))


def advances_of(climbs: Iterable[Climb]) -> list[Climb]:
    """The changes of stage that went up."""
    return [each for each in climbs if each.is_advance]


def _by_deals(index: Index, deals: int) -> Index:
    """Widen the interval to that of so many deals: what is counted of one deal is alike."""
    if index.value is None:
        return index
    interval = share_of(index.value * deals, deals)
    return Index(
        name=index.name, value=index.value, interval=interval, of=index.of, counted=index.counted, words=index.words,
        deals=index.deals, parts=index.parts,
    )  # fmt: skip


def _hygiene(sample: Sample) -> Index:
    whole, deals = sample.span("open_ms"), sample.deals_open
    if not whole:
        return _index("hygiene", 0, 0, "open deals", "")
    parts = {name: sample.span(f"{name}_ms") / whole for name in ("step", "date", "touch", "clean")}
    words = (
        f"of the time in which {deals} deals were open: with a next step ahead {parts['step']:.0%}, with a close date "
        f"ahead {parts['date']:.0%}, with recent contact {parts['touch']:.0%}, with all three {parts['clean']:.0%}"
    )
    lost = sorted((tally.clean_ms - tally.open_ms, deal) for deal, tally in sample.tallies if tally.open_ms)
    names = dict.fromkeys(deal for missing, deal in lost if missing)
    return _index("hygiene", parts["clean"] * deals, deals, "open deals", words, names, **parts)


def batchiness(sample: Sample, practice: Practice) -> float:
    """By how much more than their share of the time edits crowd into the 48 hours before calls and quarter ends."""
    edits, batched = sample.span("edits"), sample.span("batched")
    if not edits:
        return 0.0
    hours = BATCH / HOUR
    expected = hours / _QUARTER_HOURS
    if practice.call_weekday is not None:
        expected = 1 - (1 - expected) * (1 - hours / _WEEK_HOURS)
    return max(0.0, (batched / edits - expected) / (1 - expected))


def _cadence(sample: Sample, practice: Practice) -> Index:
    crowded = batchiness(sample, practice)
    words = f"a manager looked into deals in {sample.inspected} of {sample.weeks} weeks"
    if crowded >= 0.005:
        words += f"; {crowded:.0%} of edits crowd before calls and quarter ends"
    hits = sample.inspected - crowded * sample.weeks
    return _index("cadence", hits, sample.weeks, "weeks", words, batchiness=crowded, inspected=float(sample.inspected))


def in_time(alert: Asked, practice: Practice, calendar: Calendar, as_of: int) -> bool | None:
    """Whether somebody turned to an alert in time; none where it was over before that time was, or the time still runs.

    An alert that ends by itself, as when the buyer writes, shows nothing of whoever should have turned to it.
    """
    due = calendar.after_business_hours(alert.opened_at, practice.alert_hours)
    if alert.turned_at is not None and alert.turned_at <= due:
        return True
    over = alert.ended_at is not None and alert.ended_at <= due
    return None if over or as_of <= due else False


def _feedback(sample: Sample, practice: Practice, calendar: Calendar, as_of: int) -> Index:
    known = [
        (name, said) for name, each in sample.alerts if (said := in_time(each, practice, calendar, as_of)) is not None
    ]
    hits = sum(said for _, said in known)
    runs = [each for _, each in sample.runs if each.followed_at is not None or each.ended_at is not None]
    followed = sum(each.followed_at is not None for each in runs)
    words = f"somebody turned to {hits} of {len(known)} alerts within {practice.alert_hours:g} business hours"
    words += f"; {followed} of {len(runs)} plays were followed" if runs else ""
    late = dict.fromkeys(name for name, said in known if not said)
    return _index("feedback", hits, len(known), "alerts", words, late, plays=float(len(runs)), followed=float(followed))
