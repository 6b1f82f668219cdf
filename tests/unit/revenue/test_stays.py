"""The stays and lives of deals as the record tells them; days are counted from Monday 2024-01-01."""

from __future__ import annotations

from models.closing import Closings
from models.dwell import Dwell, observe_stays
from streams.events.envelope import Event
from streams.labels.stays import changed_stays
from streams.revenue.record import on_record
from streams.revenue.stays import dwell_of, lives, stays
from streams.state.fold import Arrival, fold
from streams.state.memory import DealState
from streams.state.opportunity import DAY
from tests.builders import (
    a_deletion,
    a_loss,
    a_market,
    a_merge,
    a_reopening,
    a_restoration,
    a_second_thought,
    a_stage,
    a_win,
    an_opportunity,
    ms,
)
from tests.seeing import moves

Told = list[tuple[str, float, str | None, str]]


def told(*events: Event, day: float = 40) -> Told:
    """The stays as of a day: stage, days, how it ended, and where it led."""
    return [(each.stage, each.days, each.end, each.to) for each in stays(moves(events), ms(day))]


def test_a_stay_ends_with_a_move_or_with_the_deal() -> None:
    """Forward and back go by the ladder; what goes on is as long as it is known."""
    climbed = (an_opportunity(0), a_stage(5, "offer", 2), a_stage(9, "discovery", 1), a_stage(10, "offer", 2))
    stages: Told = [
        ("discovery", 5, "forward", "offer"),
        ("offer", 4, "back", "discovery"),
        ("discovery", 1, "forward", "offer"),
    ]
    assert told(*climbed) == [*stages, ("offer", 30, None, "")]
    assert told(*climbed, a_win(12)) == [*stages, ("offer", 2, "won", "")]
    assert told(an_opportunity(0), a_loss(3, no_decision=True)) == [("discovery", 3, "no_decision", "")]
    assert told(an_opportunity(0), a_loss(3), day=2) == [("discovery", 2, None, "")]


def test_what_is_reopened_goes_on_as_if_it_had_not_ended() -> None:
    """The loss is taken back; the next end is that of the whole stay."""
    lost = (an_opportunity(0), a_loss(3), a_reopening(8))
    assert told(*lost) == [("discovery", 40, None, "")]
    assert told(*lost, a_win(20)) == [("discovery", 20, "won", "")]


def test_a_deal_that_is_deleted_or_merged_has_no_end_of_its_own() -> None:
    """It is there again when it is restored, with the end that it had."""
    won = (an_opportunity(0), a_stage(2, "offer", 2), a_win(6))
    first = ("discovery", 2, "forward", "offer")
    assert told(*won, a_deletion(9)) == [first]
    assert told(*won, a_deletion(9), a_restoration(11)) == [first, ("offer", 4, "won", "")]
    assert told(an_opportunity(0), a_merge(4)) == []


def test_a_loss_that_a_late_win_came_before_is_a_win() -> None:
    """The record is put right when the win arrives."""
    assert told(an_opportunity(0), a_loss(9), a_win(8)) == [("discovery", 8, "won", "")]


def test_a_market_is_counted_as_the_learner_counts_it() -> None:
    """Deals that are won and lost, reopened, merged, deleted and restored: the same stays, so the same closings."""
    events = [each for each in a_second_thought(a_market(deals=40, days=50)) if each.subject]
    states: dict[str, DealState] = {}
    counted = Dwell()
    for offset, event in enumerate(events):
        before = states.get(event.subject)
        after = fold(before, event, Arrival(offset.to_bytes(8, "big"), offset, event.at), "UTC", 14)  # type: ignore[arg-type]
        states[event.subject] = after
        counted = observe_stays(counted, changed_stays(before, after, event, "UTC"), event.at // DAY)  # type: ignore[arg-type]
    found = dwell_of(stays(moves(events), ms(60)), ms(60))
    ended = {name: (stage.ends, stage.moves, sum(stage.going.values())) for name, stage in counted.stages.items()}
    assert {name: (stage.ends, stage.moves, sum(stage.going.values())) for name, stage in found.stages.items()} == ended
    epoch = ms(60) // DAY
    assert Closings(found, epoch).outlook("discovery", 3).won == Closings(counted, epoch).outlook("discovery", 3).won


def test_a_life_is_from_creation_to_the_end() -> None:
    """Deals that were deleted are nobody's record."""
    record = on_record(moves([an_opportunity(0), a_stage(4, "offer", 2), a_win(9)]), ms(40))
    assert [(each.days, each.end) for each in lives(record.values(), ms(40))] == [(9, "won")]
    gone = on_record(moves([an_opportunity(0), a_deletion(5)]), ms(40))
    assert lives(gone.values(), ms(40)) == []
