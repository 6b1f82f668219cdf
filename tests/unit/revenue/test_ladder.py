"""How well a way fits the ladder, and how much ways and stays differ."""

import pytest

from streams.revenue.conduct import Conduct, Step
from streams.revenue.ladder import OFF, Climb, Ladder, climbs_of, disorder, fit, ladder_of, unevenness, way_of
from streams.revenue.practice import Practice

DAY = 86_400_000
LADDER = Ladder(ranks=(1, 2, 3, 4, 5))


def a_deal(*ranks: int | None, days: tuple[int, ...] = ()) -> Conduct:
    """A deal that entered stages of these ranks, on these days or one a day."""
    places = days or range(len(ranks))
    steps = [
        Step(day * DAY, f"e{place}", f"s{rank}", rank, "rep", day * DAY)
        for place, (rank, day) in enumerate(zip(ranks, places, strict=True))
    ]
    return Conduct(id="d", at=0, steps=tuple(steps))


@pytest.mark.parametrize(
    ("way", "won", "expected"),
    [
        ((0, 1, 2, 3, 4), True, 1.0),
        ((0, 1, 2), False, 1.0),  # lost where it stood: that far it went by the ladder
        ((0, 1, 2), True, 0.6),  # won without the last two rungs
        ((0, 2, 3, 4), True, 0.8),
        ((0, 4), True, 0.4),
        ((0, 1, 0, 1, 2), False, 0.6),  # back and up again costs two
        ((2, 3, 4), True, 0.6),
        ((OFF, 0, 1), False, 2 / 3),
        ((OFF,), False, 0.0),
    ],
)
def test_a_skip_costs_one_rung_and_a_step_back_two(way: tuple[int, ...], won: bool, expected: float) -> None:
    """One minus the edits that are needed, over the longer of way and ladder."""
    assert fit(way, won, LADDER.top) == pytest.approx(expected)


def test_a_stage_that_is_said_twice_is_one_stay() -> None:
    """CRMs say a stage again when something else of it changes."""
    assert way_of(a_deal(1, 1, 2, 2, 3), LADDER) == (0, 1, 2)


def test_a_declared_ladder_goes_by_names() -> None:
    """Stages that it does not know are on no rung, whatever rank they have."""
    ladder = ladder_of(Practice(ladder=("s1", "s3")), [])

    assert way_of(a_deal(1, 2, 3), ladder) == (0, OFF, 1)


def test_without_a_declared_ladder_all_ranks_that_were_used_are_it() -> None:
    """So a team that never enters a stage does not make it vanish, as long as others do."""
    assert ladder_of(Practice(), [a_deal(10, 30), a_deal(20), a_deal(None)]).ranks == (10, 20, 30)


def test_climbs_have_their_stay() -> None:
    """Three days on the first rung, four on the second, and over the third."""
    first, second = climbs_of(a_deal(1, 2, 4, days=(0, 3, 7)), LADDER)

    assert (first.since, first.to, first.stayed, first.is_advance, first.skipped) == (0, 1, 3 * DAY, True, 0)
    assert (second.since, second.to, second.stayed, second.skipped) == (1, 3, 4 * DAY, 1)


def _climbs(*pairs: tuple[int, int], stayed: int = DAY) -> list[Climb]:
    step = Step(0, "e", "s", 1, "rep", 0)
    return [Climb("d", step, since, to, stayed) for since, to in pairs]


def test_disorder_is_nothing_where_all_go_the_same_way() -> None:
    """And everything where they go anywhere alike."""
    assert disorder(_climbs((0, 1), (0, 1), (1, 2)), 5) == 0
    assert disorder(_climbs((0, 1), (0, 2), (0, 3), (0, 4), (0, OFF)), 5) == pytest.approx(1.0)
    assert disorder([], 5) is None


def test_stays_that_are_alike_are_even() -> None:
    """The coefficient of variation of 1, 1, 4 days is 0.71, which is 0.41 of one."""
    climbs = [each for days in (1, 1, 4) for each in _climbs((0, 1), stayed=days * DAY)]

    assert unevenness(climbs) == pytest.approx(0.4142, abs=1e-4)
    assert unevenness(_climbs((0, 1), (0, 1), (0, 1))) == 0
    assert unevenness(climbs[:2]) is None
