"""Counts of stays: added, taken back, bounded."""

from __future__ import annotations

from models.dwell import EDGES, MAX_STAGES, WATCHED_DAYS, Dwell, StageDwell, Stay, observe_stays

_EPOCH = 20_000


def test_stays_are_counted_by_end_and_length() -> None:
    """An ended stay has its bin, its end and where it led; one that goes on its day."""
    told = [
        (Stay("offer", 2, _EPOCH - 9, 2.5, "forward", "contract"), 2),
        (Stay("offer", 2, _EPOCH - 9, 2.0, "won"), 1),
        (Stay("offer", 2, _EPOCH), 3),
    ]
    dwell = observe_stays(Dwell(), told, _EPOCH)
    two = EDGES.index(2.0)
    assert dwell.stages["offer"] == StageDwell(
        position=2,
        ends={"forward": (*(0,) * two, 2), "won": (*(0,) * two, 1)},
        moves={"forward": {"contract": 2}},
        going={_EPOCH: 3},
    )
    assert observe_stays(dwell, [(stay, -times) for stay, times in told], _EPOCH + 1) == Dwell()


def test_more_cannot_be_taken_back_than_was_told() -> None:
    """A learner that begins anew hears of stays that end without having heard of their beginning."""
    dwell = observe_stays(Dwell(), [(Stay("offer", 2, 1), -1), (Stay("offer", 2, 1, 3.0, "lost"), 1)], _EPOCH)
    assert dwell.stages["offer"].going == {}
    assert sum(dwell.stages["offer"].ends["lost"]) == 1


def test_old_stays_are_kept_together() -> None:
    """What goes on for more than the days that are watched takes one number, and can still end."""
    dwell = observe_stays(Dwell(), [(Stay("offer", 2, _EPOCH - day), 1) for day in (0, 300, 500, 600)], _EPOCH)
    assert dwell.stages["offer"].going == {_EPOCH - WATCHED_DAYS: 2, _EPOCH - 300: 1, _EPOCH: 1}
    later = observe_stays(dwell, [], _EPOCH + 200)
    assert later.stages["offer"].going == {_EPOCH + 200 - WATCHED_DAYS: 3, _EPOCH: 1}
    ended = observe_stays(later, [(Stay("offer", 2, _EPOCH - 600), -1)], _EPOCH + 200)
    assert sum(ended.stages["offer"].going.values()) == 3


def test_invented_stages_do_not_grow_the_counts_without_end() -> None:
    """Beyond so many stages new ones are left out, known ones still counted."""
    told = [(Stay(f"stage-{number}", None, _EPOCH), 1) for number in range(MAX_STAGES + 5)]
    dwell = observe_stays(Dwell(), told, _EPOCH)
    assert len(dwell.stages) == MAX_STAGES
    assert observe_stays(dwell, [told[0]], _EPOCH).stages["stage-0"].going == {_EPOCH: 2}


def test_a_day_without_stays_changes_nothing() -> None:
    """The very same counts are handed on."""
    dwell = observe_stays(Dwell(), [(Stay("offer", 2, _EPOCH), 1)], _EPOCH)
    assert observe_stays(dwell, [], _EPOCH + 1) is dwell
