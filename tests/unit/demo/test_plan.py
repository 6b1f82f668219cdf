"""The hidden course of deals."""

from hypothesis import given
from hypothesis import strategies as st

from streams.demo.calendar import MINUTES_A_DAY, is_working
from streams.demo.people import Organisation, introduce
from streams.demo.plan import LADDER, Mood, Outcome, Plan, draw
from streams.demo.settings import Kind, WorldSettings

ORGANISATION = Organisation(3, WorldSettings())
#: 2026-03-02.
DAY = 739_677
numbers = st.integers(0, 100_000)


def plan_of(number: int, settings: WorldSettings | None = None) -> tuple[Kind, Plan]:
    """Return kind and plan of a deal."""
    organisation = ORGANISATION if settings is None else Organisation(3, settings)
    deal = introduce(organisation, number)
    return deal.kind, draw(organisation.stream("plan", number), deal, organisation.settings, DAY + number % 360)


@given(numbers)
def test_phases_follow_each_other_without_a_gap(number: int) -> None:
    """From the first day to the last each day belongs to one phase."""
    _, plan = plan_of(number)

    assert plan.phases[0].since <= plan.created // MINUTES_A_DAY
    assert all(each.since < each.until for each in plan.phases)
    assert all(one.until == two.since for one, two in zip(plan.phases, plan.phases[1:], strict=False))
    assert plan.phases[-1].until == plan.closed // MINUTES_A_DAY + 1


@given(numbers, st.integers(160, 400))
def test_no_deal_lives_longer_than_the_longest_life(number: int, longest: int) -> None:
    """Whatever the kind, and with a reopening to come, the life fits into its bound."""
    _, plan = plan_of(number, WorldSettings(longest_life_days=longest, cycle_days=150.0))

    assert (plan.closed - plan.created) / MINUTES_A_DAY <= longest - 70


@given(numbers)
def test_stages_rise_with_time(number: int) -> None:
    """Stages are entered one after the other, and a won deal has seen all of them."""
    _, plan = plan_of(number)

    assert [stage for stage, _ in plan.stages] == list(range(len(plan.stages)))
    assert [day for _, day in plan.stages] == sorted(day for _, day in plan.stages)
    assert plan.outcome is not Outcome.WON or len(plan.stages) == len(LADDER)


@given(numbers)
def test_deals_are_opened_and_closed_on_working_days(number: int) -> None:
    """Nobody opens or closes a deal on a Sunday."""
    code = introduce(ORGANISATION, number).region.code
    _, plan = plan_of(number)

    assert is_working(code, plan.created // MINUTES_A_DAY)
    assert is_working(code, plan.closed // MINUTES_A_DAY)


@given(numbers)
def test_a_fade_is_what_its_kind_says(number: int) -> None:
    """Fading deals fade, single-threaded ones lose their contact, healthy ones do neither."""
    kind, plan = plan_of(number)
    moods = {phase.mood for phase in plan.phases}

    assert (plan.faded_day is not None) >= (Mood.SILENT in moods)
    assert (plan.left_day is not None) == (kind is Kind.SINGLE_THREADED)
    if kind is Kind.HEALTHY:
        assert plan.faded_day is None
    if kind is Kind.FADING:
        assert {Mood.FADING, Mood.SILENT} <= moods
    if kind is Kind.BUDGET_DEFERRED:
        assert Mood.RESTING in moods
    if kind is Kind.NOT_READY:
        assert Mood.NURTURED in moods
