"""One deal as it was at an instant of the past: rebuilt from its partition's log, beside what was said of it then.

The core of `streams/replay/rebuild.py` folds the deal's events again, with the models of each of those days. What was
told to people is not computed but read from `deal.alerts`; where the two differ, that is said. So is what cannot be had
any more: models of a day, or the beginning of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing as closed_after

from msgspec.structs import replace

from models.scorer import Scorer
from models.snapshot import ModelSet, SnapshotRefused
from streams.access.kafka import Address
from streams.admin.alertlog import alert_of, is_open, latest
from streams.admin.dealfile import DealFile, closing, explained, looked_at, suggestion, wanted_epochs
from streams.admin.reading import Record, find_latest, latest_by_key, read_topic, spans
from streams.alerts.alert import Alert
from streams.alerts.policy import Policy
from streams.alerts.words import count
from streams.config.topics import Topics
from streams.errors import NotFound
from streams.events.envelope import moment_of
from streams.labels.scoring import read_scorer
from streams.replay.partitioner import partition_of
from streams.replay.rebuild import Rebuilt, rebuild
from streams.state.codec import decode_deal
from streams.state.opportunity import DAY

_MODELS_KEY = b"models-"

#: Called with what is read, how many offsets were gone through, and how many there are in all.
Tell = Callable[[str, int, int], None]


class PastModels:
    """The models of past days, decoded when they are needed; where a day has none, the ones before, which is noted."""

    def __init__(self, snapshots: dict[int, bytes]) -> None:
        """Have these snapshots, by epoch (UTC day)."""
        self._snapshots = snapshots
        self._decoded: tuple[int, Scorer] | None = None
        self._usable: dict[int, bool] = {}
        self.missing: dict[int, int | None] = {}
        """Epochs without models that can be used, and those of which epoch were taken (none: such as know nothing)."""

    def models_of(self, epoch: int) -> Scorer:
        """The models of an epoch, or the best there are."""
        for there in sorted((each for each in self._snapshots if each <= epoch), reverse=True):
            scorer = self._scorer(there)
            if scorer is not None:
                if there != epoch:
                    self.missing[epoch] = there
                return scorer
        self.missing[epoch] = None
        return _untrained(epoch)

    def set_of(self, epoch: int) -> ModelSet | None:
        """The models of exactly this epoch, none where there are none that can be used."""
        scorer = self._scorer(epoch) if epoch in self._snapshots else None
        return None if scorer is None else scorer.models

    def _scorer(self, epoch: int) -> Scorer | None:
        if self._decoded is not None and self._decoded[0] == epoch:
            return self._decoded[1]
        if not self._usable.get(epoch, True):
            return None
        try:
            scorer = read_scorer(self._snapshots[epoch])
        except SnapshotRefused:  # made for other features
            self._usable[epoch] = False
            return None
        self._decoded = (epoch, scorer)
        return scorer


def read_deal_at(
    bootstrap: Address, topics: Topics, opportunity: str, at: int, policy: Policy, tell: Tell = lambda *_: None
) -> DealFile:
    """Return a deal as it was known at the instant `at` (milliseconds).

    `policy` is what the settings say to the rules; what a rules file says is in the log. Raises `NotFound` where
    nothing was known of the deal then, with when it was first heard of, or similar ids.
    """
    kept = spans(bootstrap, topics.activity.name)
    key, number = opportunity.encode(), partition_of(opportunity.encode(), b"", len(kept))
    told = _Told(tell, {topics.models.name: None, topics.activity.name: number, topics.alerts.name: 0}, bootstrap)
    models = PastModels(_snapshots(bootstrap, topics.models.name, at // DAY, told))
    known: set[bytes] = set()
    with closed_after(_records(bootstrap, topics.activity.name, number, told)) as records:
        passed = _noting(records, known)
        found = rebuild(passed, opportunity, at, policy, models, number=number, partitions=len(kept))
    if found.state is None:
        raise _unknown(bootstrap, topics, opportunity, at, number, known)
    with closed_after(_records(bootstrap, topics.alerts.name, 0, told)) as records:
        said = [alert for each in records if each.key == key and (alert := alert_of(each.value)) is not None]
    notes = [
        _of_time(found, at),
        _of_the_log(topics.activity.name, number, kept[number][0], found.state.facts.created_at is not None),
        _of_models(models.missing),
    ]
    alerts, note = _alerts(bootstrap, topics.alerts.name, [each for each in said if each.at <= at], found.alerts)
    return _file(found, models, alerts, at, [*notes, note])


def _file(found: Rebuilt, models: PastModels, alerts: list[Alert], at: int, notes: list[str]) -> DealFile:
    state, now = found.state, found.now
    assert state is not None and now is not None
    epochs = {*wanted_epochs(state), now // DAY}
    sets = {epoch: there for epoch in sorted(epochs) if (there := models.set_of(epoch)) is not None}
    risks, note = explained(state, sets)
    made = DealFile(
        state=state,
        now=now,
        looked_at=looked_at(state),
        risks=risks,
        alerts=sorted(latest(alerts), key=is_open, reverse=True),
        closing=closing(state, now, sets) if found.forgotten_at is None else None,
        at=at,
    )
    return replace(made, note="\n".join(filter(None, (*notes, note))))


def _of_time(found: Rebuilt, at: int) -> str:
    if found.forgotten_at is not None:
        return f"it was over, and forgotten on {_day(found.forgotten_at)}; this is how it was before that"
    if found.now is not None and found.now < at:
        return f"its partition has heard of nothing after {_minute(found.now)}: that is how far this goes"
    return ""


def _of_the_log(topic: str, number: int, begin: int, created: bool) -> str:
    """What the log does not hold any more; `created` says that it holds the deal's creation."""
    if not begin:
        return ""
    cut = f"{topic} begins with record {begin:,} of partition {number}; what came before is cut off"
    if created:
        return f"{cut}: what was known of its feeds, and which rules held, may be missing"
    return f"{cut}, and the deal's creation with it: it is told from what is left, and was otherwise"


def _of_models(missing: dict[int, int | None]) -> str:
    """Which days were judged by the models of another day."""
    days = sorted(missing)
    if not days:
        return ""
    which = _day(days[0] * DAY) if len(days) == 1 else f"{len(days)} days from {_day(days[0] * DAY)} on"
    taken = missing[days[-1]]
    used = "such as have learned nothing" if taken is None else f"those of {_day(taken * DAY)}"
    if len(days) > 1 and taken is not None:
        used = f"the ones before, at last {used}"
    return f"the models of {which} cannot be had: {used} were used, so probabilities may have been others then"


def _alerts(bootstrap: Address, topic: str, said: list[Alert], rebuilt: list[Alert]) -> tuple[list[Alert], str]:
    """What was said by then, and a sentence where the rebuild would have said something else."""
    names = {(each.id, each.sequence) for each in said}
    expected = {(each.id, each.sequence) for each in rebuilt}
    if names == expected:
        return said, ""
    if spans(bootstrap, topic)[0][0] and not names - expected:
        return rebuilt, f"{topic} does not hold all that was said then: the alerts are as the rebuild says them"
    differing = " and ".join(
        f"{count(len(more), 'message')} that {whose}"
        for more, whose in ((names - expected, "only was said"), (expected - names, "only the rebuild has"))
        if more
    )
    return said, (
        f"the alerts are those that were said then; the rebuild differs by {differing}: models, settings or the "
        "version of Dealwatch were others, or a worker had not come so far"
    )


def _snapshots(bootstrap: Address, topic: str, until: int, told: _Told) -> dict[int, bytes]:
    """The snapshots of all days up to an epoch."""
    with closed_after(_records(bootstrap, topic, None, told)) as records:
        found = latest_by_key(records)
    epochs = {key[len(_MODELS_KEY) :]: record.value for key, record in found.items() if key.startswith(_MODELS_KEY)}
    snapshots = {int(epoch): value for epoch, value in epochs.items() if epoch.isdigit() and value is not None}
    return {epoch: value for epoch, value in snapshots.items() if epoch <= until}


def _unknown(bootstrap: Address, topics: Topics, name: str, at: int, number: int, known: set[bytes]) -> NotFound:
    record = find_latest(bootstrap, topics.state.name, name.encode(), [number]).get(number)
    then = f"nothing was known of {name} at {_minute(at)}"
    if record is not None and record.value is not None:
        born = decode_deal(record.value).facts.first_event_at
        return NotFound(f"{then}: its first event happened at {_minute(born)}; ask for a time after that")
    if not known:
        return NotFound(f"{then}, nor of any deal of its partition")
    return NotFound(f"{then}; {suggestion(name, [each.decode(errors='replace') for each in known])}")


def _noting(records: Iterator[Record], keys: set[bytes]) -> Iterator[Record]:
    for each in records:
        if each.key is not None:
            keys.add(each.key)
        yield each


def _records(bootstrap: Address, topic: str, partition: int | None, told: _Told) -> Generator[Record, None, None]:
    yield from read_topic(bootstrap, topic, None if partition is None else [partition], told.of(topic))


class _Told:
    """How far the reading of several topics is, as one number."""

    def __init__(self, tell: Tell, places: dict[str, int | None], bootstrap: Address) -> None:
        self._tell = tell
        self._sizes: dict[str, int] = {}
        for topic, partition in places.items():
            ends = spans(bootstrap, topic)
            chosen = ends.values() if partition is None else [ends[partition]]
            self._sizes[topic] = sum(end - begin for begin, end in chosen)
        self._done = dict.fromkeys(places, 0)

    def of(self, topic: str) -> Callable[[int, int], None]:
        """Return what hears how far the reading of a topic is."""

        def hear(done: int, _: int) -> None:
            for before in self._sizes:  # the one that is read now has all others behind it that come before
                if before == topic:
                    break
                self._done[before] = self._sizes[before]
            self._done[topic] = done
            self._tell(topic, sum(self._done.values()), sum(self._sizes.values()))

        return hear


def _untrained(epoch: int) -> Scorer:
    from models.learn import Learner  # a second to import, and rarely needed

    return Scorer(Learner().publish(epoch))


def _day(at: int) -> str:
    return moment_of(at).date().isoformat()


def _minute(at: int) -> str:
    return moment_of(at).strftime("%Y-%m-%d %H:%M UTC")
