"""Law: what the learner hears of stays in all depends on the set of events, not on how they were delivered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from models.dwell import Dwell, observe_stays
from streams.events import deal
from streams.events.envelope import Event
from streams.labels.lesson import Lesson, StaysChanged
from streams.labels.stays import Told
from streams.state.opportunity import DAY
from tests.builders import Timeline, a_clock, ms
from tests.strategies import Faults, faults, histories, in_order, law

_MOVES = (
    *(deal.Created, deal.StageChanged, deal.Won, deal.Lost, deal.Reopened, deal.MergedInto, deal.Deleted),
    *(deal.Restored, deal.AmountChanged),
)


def _lived(values: Iterable[Event | bytes]) -> Timeline:
    return Timeline().tell(*values, a_clock(30))


def _told(lessons: Iterable[Lesson]) -> list[Told]:
    return [told for each in lessons if isinstance(each, StaysChanged) for told in each.stays]


@st.composite
def troubled_histories(draw: st.DrawFn) -> tuple[list[Event], Faults]:
    """A history of moves, and how it was delivered."""
    history = draw(histories(kinds=_MOVES, most=20))
    return history, draw(faults(history))


@law(120)
@given(troubled_histories())
def test_stays_are_counted_once_however_events_are_delivered(trouble: tuple[list[Event], Faults]) -> None:
    """Late, shuffled and repeated delivery tells the same stays; no more is taken back than was told; open is open."""
    history, delivered = trouble
    sums = []
    for timeline in (_lived(in_order(history)), _lived(delivered.values)):
        net: Counter[tuple[str, object]] = Counter()
        going = 0
        for lesson in timeline.lessons:
            if isinstance(lesson, StaysChanged):
                for stay, times in lesson.stays:
                    net[lesson.opportunity, stay] += times
                    going += times if stay.days is None else 0
        assert all(times >= 0 for times in net.values())
        assert going == sum(state.facts.is_open for state in timeline.partition.deals.values())
        sums.append({key: times for key, times in net.items() if times})
    assert sums[0] == sums[1]


@law(30)
@given(histories(kinds=_MOVES, most=20))
def test_the_order_within_an_epoch_does_not_matter(history: list[Event]) -> None:
    """Counts are added up: told backwards they are the same, and so is every byte of them."""
    told = _told(_lived(history).lessons)
    epoch = ms(30) // DAY
    there, back = observe_stays(Dwell(), told, epoch), observe_stays(Dwell(), told[::-1], epoch)
    assert {name: (it.ends, it.moves, it.going) for name, it in there.stages.items()} == {
        name: (it.ends, it.moves, it.going) for name, it in back.stages.items()
    }
