"""The generator's teams have habits that nobody tells the matrix and the coach: they find them, and no others.

Every share is judged by its own interval: what was planted is told from every other team beyond it, and in a world in
which all work alike the intervals cover what all have in common as often as they promise.
"""

from collections import defaultdict
from datetime import UTC, datetime
from statistics import mean

import pytest

from models.interval import Interval, difference_of
from streams.demo.reviews import REVIEWED_WEEKS
from streams.demo.settings import Style, TeamHabit, WorldSettings
from streams.demo.world import World, generate
from streams.revenue.coaching import sheets_of, team_sheets_of
from streams.revenue.company import Company
from streams.revenue.conduct import WEEK
from streams.revenue.consistency import evenness, recent_touches
from streams.revenue.indicator import Indicator
from streams.revenue.indicators import indicators_of
from streams.revenue.indices import indices_of
from streams.revenue.logbook import Logbook
from streams.revenue.matrix import Matrix, matrix_of
from streams.revenue.quarters import quarters_back
from streams.revenue.sample import gather
from streams.state.opportunity import DAY
from tests.conducting import seen_in

BOOK, SKIPS, ALONE, PLANLESS, FAVOURING, REVIEWED = (
    "team-de-1", "team-uk-1", "team-fr-1", "team-us-1", "team-uk-2", "team-de-2",
)  # fmt: skip
PLANTED = {
    BOOK: (TeamHabit.BY_THE_BOOK, TeamHabit.WEEKLY_REVIEW),
    SKIPS: (TeamHabit.SKIPS_STAGES,),
    ALONE: (TeamHabit.SINGLE_THREADS,),
    PLANLESS: (TeamHabit.NO_NEXT_STEPS,),
    FAVOURING: (TeamHabit.FAVOURITES,),
    REVIEWED: (TeamHabit.WEEKLY_REVIEW,),
}
DEALS, DAYS = 760, 240
#: From when on as many deals end as begin.
SETTLED = 120 * DAY


class Watched:
    """A world as the matrix and the coach see it on its last day."""

    def __init__(self, seed: int, settings: WorldSettings) -> None:
        """Play it, with all the faults of its feeds."""
        world = World(seed, datetime(2026, 1, 5, tzinfo=UTC), settings)
        self.company = Company(teams={rep.id: rep.team for rep in world.organisation.reps})
        self.book = Logbook(self.company)
        self.as_of = 0
        #: Of each team and week the value that is looked after, and the evenness of touches.
        self.weekly: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
        for each in seen_in((line.at, line.value) for line in generate(world, DEALS, DAYS)):
            if self.as_of // WEEK != each.at // WEEK and self.as_of > world.origin + SETTLED:
                self._look()
            self.book.see(each)
            self.as_of = each.at

    def _look(self) -> None:
        """Note how evenly each team looks after its open deals, this week."""
        found = gather(self.book, self.as_of)
        for team in found.teams:
            reps = found.reps_of(team)
            told = next(each for each in indicators_of(found, reps, ()) if each.name == "all_deals")
            counts = [recent_touches(deal, self.as_of) for rep in reps for deal in found.open_deals(rep)]
            if told.value is not None and (even := evenness(counts)) is not None:
                self.weekly[team].append((told.value.value, even))

    @property
    def matrix(self) -> Matrix:
        """Its matrix."""
        return matrix_of(self.book, self.as_of)

    def indicators(self) -> dict[str, dict[str, Indicator]]:
        """Of each team its indicators by name; those of all reps together under an empty name."""
        found = gather(self.book, self.as_of)
        quarters = quarters_back(self.company, self.as_of, 2)
        reps = {team: found.reps_of(team) for team in found.teams} | {"": found.reps}
        return {team: {each.name: each for each in indicators_of(found, who, quarters)} for team, who in reps.items()}


def settings(**changed: object) -> WorldSettings:
    """Eight teams of six whose deals are over soon, so that many end within the window."""
    return WorldSettings(reps=48, cycle_days=45.0, heartbeat_minutes=0, **changed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def planted() -> Watched:
    """A world in which six of eight teams have habits."""
    return Watched(16, settings(team_habits=PLANTED))


@pytest.fixture(scope="module")
def control() -> Watched:
    """A world in which all reps of all teams work alike."""
    return Watched(16, settings(styles={Style.DILIGENT: 1.0}))


def test_teams_come_to_the_levels_that_were_planted(planted: Watched) -> None:
    """A manager who looks every week makes a process formal; without one it is informal, however well it is kept."""
    levels = {row.team: row.process.level for row in planted.matrix.rows}

    assert len(levels) == 8
    assert {team for team, level in levels.items() if level == "formal"} == {BOOK, REVIEWED}
    assert set(levels.values()) == {"formal", "informal"}
    assert planted.matrix.row(SKIPS).process.failed[0].gate.of in ("conformance", "cadence")
    assert planted.matrix.row(BOOK).process.failed[0].gate.of == "feedback"


def _assert_alone(found: dict[str, tuple[float, float]], team: str, *, lower: bool = True) -> None:
    """Hold that a team's share differs from each other team's beyond the interval of the difference."""
    share, weight = found[team]
    for other, (theirs, cases) in found.items():
        if other in (team, ""):
            continue
        gap = difference_of(share * weight, weight, theirs * cases, cases)
        assert gap is not None
        assert (gap.high < 0) if lower else (gap.low > 0), (team, other, gap)


@pytest.mark.parametrize(
    ("name", "team"),
    [("several_people", ALONE), ("next_steps", PLANLESS), ("stage_by_stage", SKIPS)],
)
def test_each_habit_stands_out_in_its_indicator(planted: Watched, name: str, team: str) -> None:
    """The team with the habit is below every other one, by more than chance explains."""
    told = {each: indicators[name] for each, indicators in planted.indicators().items()}
    # A deal that nobody turns to has no next step, either: favourites are one more reason for few of those.
    others = {each for each in told if each != FAVOURING}
    found = {each: told[each].value for each in others}

    assert all(value is not None for value in found.values())
    _assert_alone({each: (value.value, told[each].weight) for each, value in found.items() if value is not None}, team)


def test_skipped_stages_show_in_conformance_and_variability(planted: Watched) -> None:
    """The lowest fit and the greatest disorder of all teams, and the least where they go by the book.

    Not all of theirs fit: an event that a feed has lost looks like a stage that was skipped.
    """
    rows = {row.team: row.process for row in planted.matrix.rows}
    fits = {team: each.index("conformance") for team, each in rows.items()}
    disorder = {team: each.index("variability").parts["disorder"] for team, each in rows.items()}

    _assert_alone({team: (each.value or 0.0, each.of) for team, each in fits.items()}, SKIPS)
    assert (fits[BOOK].value or 0.0) > 0.98
    assert max(disorder, key=lambda team: disorder[team]) == SKIPS
    assert min(disorder, key=lambda team: disorder[team]) == BOOK


def test_the_cadence_is_the_one_that_was_planted(planted: Watched) -> None:
    """Its interval covers the share of weeks in which there was a review; the others have none."""
    for row in planted.matrix.rows:
        cadence = row.process.index("cadence")
        assert cadence.interval is not None
        if row.team in (BOOK, REVIEWED):
            assert cadence.interval.low <= REVIEWED_WEEKS <= cadence.interval.high
        else:
            assert cadence.value == 0.0


def test_favourites_show_in_what_is_left_untouched(planted: Watched) -> None:
    """Week by week, the team with favourites has the most value that nobody turns to, and the least even touches."""
    assert len(planted.weekly) == 8
    for place in (0, 1):
        usual = {team: mean(each[place] for each in weeks) for team, weeks in planted.weekly.items()}
        lowest, other, *_ = sorted(usual, key=lambda team: usual[team])

        assert lowest == FAVOURING
        assert usual[lowest] < usual[other]


def test_the_coach_says_first_what_was_planted(planted: Watched) -> None:
    """On the team's sheet, and of nobody else."""
    firsts = {sheet.name: sheet.points[0] for sheet in team_sheets_of(planted.book, planted.as_of) if sheet.points}
    worse = {team: point.about for team, point in firsts.items() if point.kind == "improve"}

    for team, about in ((SKIPS, "stage_by_stage"), (ALONE, "several_people"), (PLANLESS, "next_steps")):
        assert worse.pop(team) == about
    assert FAVOURING in worse
    assert BOOK not in worse


def test_the_coach_finds_the_reps_who_work_with_one_person(planted: Watched) -> None:
    """Of that team every rep with enough deals hears it, and next to nobody else."""
    theirs, heard, known = set(), set(), set()
    for sheet in sheets_of(planted.book, planted.as_of):
        if planted.company.teams[sheet.name] == ALONE:
            theirs.add(sheet.name)
        told = next(each.indicator for each in sheet.compared if each.indicator.name == "several_people")
        if told.value is not None:
            known.add(sheet.name)
        if any(point.about == told.name and point.kind == "improve" for point in sheet.points):
            heard.add(sheet.name)

    assert len(known & theirs) >= 5
    assert heard & theirs == known & theirs
    assert len(heard - theirs) <= 0.05 * len(known)


def test_where_all_work_alike_the_intervals_cover_what_they_have_in_common(control: Watched) -> None:
    """As often as they promise: 95 of 100 times. They are wide rather than narrow, so it is more."""
    found = gather(control.book, control.as_of)
    quarters = quarters_back(control.company, control.as_of, 2)
    args = found.ladder, control.book.practice, found.as_of, control.company.timezone
    common = {each.name: each.value for each in indices_of(found.sample(found.reps, quarters), *args)}
    told = control.indicators()
    pairs: list[tuple[Interval, float]] = []
    for row in control.matrix.rows:
        for index in row.process.indices:
            value = common[index.name]
            if index.interval is not None and value is not None:
                pairs.append((index.interval, value))
        for name, each in told[row.team].items():
            whole = told[""][name].value
            if each.value is not None and whole is not None:
                pairs.append((each.value, whole.value))

    missed = [pair for pair in pairs if not pair[0].low <= pair[1] <= pair[0].high]
    assert len(pairs) > 60
    assert len(missed) <= 0.05 * len(pairs)


def test_where_all_work_alike_the_coach_has_next_to_nothing_to_say(control: Watched) -> None:
    """Of the sheets of people and teams who work as all others do, at most one in twenty has a point."""
    sheets = [*sheets_of(control.book, control.as_of), *team_sheets_of(control.book, control.as_of)]
    said = [each for sheet in sheets for each in sheet.compared if each.indicator.value is not None]
    worse = [sheet for sheet in sheets if any(point.kind == "improve" for point in sheet.points)]

    assert len(sheets) == 56
    assert len(said) > 200
    assert len(worse) <= 0.05 * len(sheets)


def test_where_all_work_alike_no_level_differs(control: Watched) -> None:
    """And none is suspicious."""
    assert {row.process.level for row in control.matrix.rows} == {"informal"}
    assert not [row for row in control.matrix.rows if row.suspicion]
