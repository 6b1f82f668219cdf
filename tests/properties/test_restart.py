"""Law: a partition that died and went on from what was kept is the partition that lived through.

A checkpoint first sends everything that was asked for, then writes the changed deals, then its own record; a crash may
leave any prefix of that. Records are then offered again from the offset of the partition's record.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from models.scorer import Scorer
from streams.alerts.policy import Policy
from streams.effects import Effect
from streams.partition import ModelShelf, Partition
from streams.state.admit import SEEN_EVENTS
from streams.state.codec import decode_deal, decode_partition, encode_deal, encode_partition, gist_of, mark_in
from streams.state.feeds import PartitionState
from streams.state.history import points_of
from streams.state.memory import DealState
from tests.builders import (
    Delivery,
    SameModels,
    a_call,
    a_clock,
    a_close_date,
    a_heartbeat,
    a_loss,
    a_market,
    a_message,
    a_win,
    an_opportunity,
    deliveries,
    some_models,
    some_moving_models,
)
from tests.strategies import Faults, faults, histories, law

_MODELS = some_models(inactivity=0.75, slippage=0.7, cases=500)
_SCORER = Scorer(_MODELS)
_END = a_clock(40)


def _partition() -> Partition:
    return Partition(0, 1, Policy(), SameModels(_MODELS))


class _Topic:
    """A compacted changelog: the latest bytes of every deal and of the partition."""

    def __init__(self) -> None:
        self.deals: dict[str, bytes] = {}
        self.partition = encode_partition(PartitionState())

    def write(self, partition: Partition, at_most: int | None = None) -> None:
        """Take a checkpoint; with `at_most`, die after so many deals were written."""
        names = sorted(partition.dirty)
        for name in names[:at_most]:
            state = partition.deals.get(name)
            if state is None:
                self.deals.pop(name, None)
            else:
                self.deals[name] = encode_deal(state)
        if at_most is None:
            self.partition = encode_partition(partition.state)
            partition.dirty.clear()

    def restored(self) -> Partition:
        """Build a partition from what was kept."""
        return resumed(self.deals, self.partition, SameModels(_MODELS))


def resumed(deals: dict[str, bytes], state: bytes, shelf: ModelShelf) -> Partition:
    """Build a partition from what a checkpoint has of it."""
    kept = {name: decode_deal(value) for name, value in deals.items()}
    partition = Partition(0, 1, Policy(), shelf, kept)
    for name, value in deals.items():
        mark = mark_in(gist_of(name.encode(), value))
        assert mark is not None
        partition.note(name, mark)
    partition.resume(decode_partition(state))
    return partition


def _live(partition: Partition, records: Sequence[Delivery]) -> list[Effect]:
    effects = []
    for record in records:
        assert partition.handle(record)
        effects += [effect for effect, _ in partition.drain()]
    return effects


def _outcome(partition: Partition) -> tuple[dict[str, DealState], PartitionState]:
    return dict(partition.deals), partition.state


def _distinct(effects: list[Effect]) -> set[str]:
    return {repr(effect) for effect in effects}


@st.composite
def logs(draw: st.DrawFn) -> list[Delivery]:
    """The records of a troubled history, long enough to see alerts and answers."""
    delivered: Faults = draw(histories(most=10).flatmap(faults))
    return deliveries([*delivered.values, _END])


@law(25)
@given(logs())
def test_restarting_after_any_record_changes_nothing(log: list[Delivery]) -> None:
    """Kept, thrown away and restored after any record, a partition goes on exactly like one that lived through."""
    lived = _partition()
    snapshots, marks, effects = [], [0], list[Effect]()
    topic = _Topic()
    for record in log:
        effects += _live(lived, [record])
        topic.write(lived)
        snapshots.append((dict(topic.deals), topic.partition))
        marks.append(len(effects))
    for step, (deals, partition) in enumerate(snapshots):
        topic.deals, topic.partition = dict(deals), partition
        restored = topic.restored()
        assert effects[marks[step + 1] :] == _live(restored, log[step + 1 :])
        assert _outcome(lived) == _outcome(restored)


@law(60)
@given(logs(), st.data())
def test_a_torn_checkpoint_changes_nothing(log: list[Delivery], data: st.DataObject) -> None:
    """A crash between the deals of a checkpoint and its partition record ends in the same states and effects."""
    kept = data.draw(st.integers(0, len(log) - 1), label="records in the last whole checkpoint")
    died = data.draw(st.integers(kept, len(log)), label="records before the crash")
    lived = _partition()
    expected = _live(lived, log)

    topic = _Topic()
    first = _partition()
    sent = _live(first, log[:kept])
    topic.write(first)
    sent += _live(first, log[kept:died])
    topic.write(first, at_most=data.draw(st.integers(0, len(first.dirty)), label="deals written"))
    second = topic.restored()
    sent += _live(second, log[kept:])

    assert _outcome(lived)[0] == _outcome(second)[0]
    assert _distinct(expected) == _distinct(sent)


@law(60)
@given(logs(), st.data())
def test_a_torn_checkpoint_counts_every_record_once(log: list[Delivery], data: st.DataObject) -> None:
    """Records that are offered again after a torn checkpoint are booked as they were the first time."""
    kept = data.draw(st.integers(0, len(log) - 1), label="records in the last whole checkpoint")
    died = data.draw(st.integers(kept, len(log)), label="records before the crash")
    lived = _partition()
    _live(lived, log)
    topic = _Topic()
    first = _partition()
    _live(first, log[:kept])
    topic.write(first)
    _live(first, log[kept:died])
    topic.write(first, at_most=data.draw(st.integers(0, len(first.dirty)), label="deals written"))
    second = topic.restored()
    _live(second, log[kept:])
    assert lived.state == second.state


class _LateModels:
    """A shelf whose models of a day come after they were asked for so many times."""

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._asked: dict[int, int] = {}

    def models_of(self, epoch: int) -> Scorer | None:
        """Return nothing at first."""
        self._asked[epoch] = self._asked.get(epoch, 0) + 1
        return _SCORER if self._asked[epoch] > self._patience else None


def test_waiting_for_models_changes_nothing_even_when_killed_meanwhile() -> None:
    """A partition that is killed again and again while it waits for models ends where one ends that never waited."""
    log = deliveries([*a_market(deals=4, days=20), a_clock(40)])
    lived = _partition()
    expected = _live(lived, log)

    topic, sent, shelf = _Topic(), list[Effect](), _LateModels(patience=2)
    waiting = Partition(0, 1, Policy(), shelf)
    position = 0
    while position < len(log):
        if waiting.handle(log[position]):
            position += 1
            sent += [effect for effect, _ in waiting.drain()]
            continue
        sent += [effect for effect, _ in waiting.drain()]
        topic.write(waiting)
        waiting = resumed(topic.deals, topic.partition, shelf)
    assert expected == sent
    assert _outcome(lived) == _outcome(waiting)


def _torn(log: list[Delivery], kept: int, died: int) -> tuple[Partition, list[Effect]]:
    """Live through a log with a torn checkpoint: all deals were written, the partition's record was not."""
    topic, first = _Topic(), _partition()
    sent = _live(first, log[:kept])
    topic.write(first)
    sent += _live(first, log[kept:died])
    topic.write(first, at_most=len(first.dirty))
    second = topic.restored()
    return second, sent + _live(second, log[kept:])


_FORGOTTEN = deliveries(
    [
        an_opportunity(0),
        an_opportunity(0.5, subject="opp-2"),
        a_call(1),
        a_loss(2),
        a_win(3, subject="opp-2"),
        a_message(400, id="afterthought"),
        a_heartbeat(403.5),
        a_clock(404),
        a_call(404.2, subject="opp-3"),
    ]
)


def test_a_forgotten_deal_stays_forgotten_after_a_torn_checkpoint() -> None:
    """A deal that was forgotten just before a crash is not raised from the dead by its last record."""
    lived = _partition()
    expected = _live(lived, _FORGOTTEN)
    second, sent = _torn(_FORGOTTEN, kept=5, died=7)
    assert lived.deals == second.deals
    assert _distinct(expected) == _distinct(sent)


def test_forgetting_is_counted_once_whatever_the_checkpoint() -> None:
    """Events of forgotten deals are counted the same whether or not a crash came between."""
    lived = _partition()
    _live(lived, _FORGOTTEN)
    second, _ = _torn(_FORGOTTEN, kept=6, died=7)
    assert lived.deals == second.deals
    assert lived.state == second.state


def test_a_contradiction_is_dead_also_when_offered_again() -> None:
    """An id that came twice with different contents is booked as dead before and after a torn checkpoint."""
    contradiction = a_call(1, seconds=1)
    log = deliveries([an_opportunity(0), a_call(1), contradiction, a_call(2)])
    lived = _partition()
    _live(lived, log)
    second, _ = _torn(log, kept=1, died=4)
    assert lived.deals == second.deals
    assert lived.state.counts == second.state.counts


def test_a_busy_deal_is_not_folded_twice_after_a_torn_checkpoint() -> None:
    """More events of one deal between two checkpoints than the ring of ids remembers are still folded once."""
    log = deliveries([an_opportunity(0), *(a_call(1 + step / 10_000) for step in range(SEEN_EVENTS + 20))])
    lived = _partition()
    _live(lived, log)
    second, _ = _torn(log, kept=1, died=len(log))
    assert lived.deals["opp-1"].facts.calls == second.deals["opp-1"].facts.calls


def test_a_score_history_goes_on_after_a_restart_on_any_day() -> None:
    """Kept and restored on any day of a small market, histories end as those of a partition that lived through."""
    log = deliveries([*a_market(deals=6, days=30), a_clock(30)])
    shelf = SameModels(some_moving_models())
    lived = Partition(0, 1, Policy(), shelf)
    snapshots, topic = list[tuple[int, dict[str, bytes], bytes]](), _Topic()
    for number, record in enumerate(log, start=1):
        _live(lived, [record])
        if number % 60 == 0:
            topic.write(lived)
            snapshots.append((number, dict(topic.deals), topic.partition))
    assert max(len(points_of(deal.watch.history)) for deal in lived.deals.values()) > 8
    for number, deals, state in snapshots:
        restored = resumed(deals, state, shelf)
        _live(restored, log[number:])
        assert _outcome(lived) == _outcome(restored)


def test_a_history_with_a_close_date_is_forgotten_after_its_retention() -> None:
    """A closed deal leaves the state once nothing is owed any more."""
    partition = _partition()
    _live(partition, deliveries([an_opportunity(0), a_close_date(1, 30), a_call(2), a_loss(5), a_clock(404)]))
    assert {"opp-1"} == set(partition.deals)
    assert partition.handle(Delivery(99, deliveries([a_clock(406)])[0].value))
    assert partition.deals == {}
