"""Which alerts a history deserves: read off small, hand-made histories."""

from datetime import UTC, date, datetime, timedelta

from streams.demo.expectation import History, expect
from streams.demo.truth import Expectation
from streams.events.activity import EmailReceived, MeetingData, MeetingScheduled
from streams.events.deal import (
    CloseDateChanged,
    CloseDateData,
    Created,
    CreatedData,
    Lost,
    NextStepChanged,
    NextStepData,
    StageChanged,
    StageData,
    Won,
)
from streams.events.envelope import Event, Origin
from streams.events.judgement import HoldCleared, HoldData, HoldSet, ReadinessChanged, ReadinessData

#: A Monday at ten in Berlin, months before summer time and weeks before the next holiday.
START = datetime(2026, 1, 12, 9, tzinfo=UTC)


def day(number: int) -> datetime:
    """The instant so many days after the start."""
    return START + timedelta(days=number)


def created(close: date | None = date(2026, 12, 31)) -> Created:
    """A deal opened on day 0."""
    return Created(id="0", source="/crm", time=START, subject="d", data=CreatedData(close_date=close))


def mail(number: int) -> EmailReceived:
    """A mail of the buyer."""
    return EmailReceived(id=f"mail-{number}", source="/mail", time=day(number), subject="d")


def date_set(number: int, close: date, origin: Origin = "human") -> CloseDateChanged:
    """A close date set on that day."""
    data = CloseDateData(close_date=close)
    return CloseDateChanged(id=f"date-{number}", source="/crm", time=day(number), subject="d", origin=origin, data=data)


def won(number: int) -> Won:
    """The end, won."""
    return Won(id="z", source="/crm", time=day(number), subject="d")


def lost(number: int) -> Lost:
    """The end, lost."""
    return Lost(id="z", source="/crm", time=day(number), subject="d")


def deserved(*events: Event, family: str, faded: datetime | None = None) -> list[tuple[int, int]]:
    """Return the spans of a family in whole days after the start."""
    history = History("de", events, START, events[-1].time, cycle_days=60.0)
    return [
        ((each.since - START).days, (each.until - START).days)
        for each in expect(history, faded, None)
        if isinstance(each, Expectation) and each.family == family
    ]


def test_ten_business_days_without_contact_are_a_silence() -> None:
    """The span begins ten working days after the last contact and ends with the next one."""
    assert deserved(created(), mail(1), mail(25), won(26), family="silent") == [(15, 25)]


def test_a_weekend_is_no_silence() -> None:
    """Contact every week and a half is no silence."""
    assert not deserved(created(), *(mail(each) for each in range(0, 60, 11)), won(61), family="silent")


def test_a_recorded_rest_is_no_silence() -> None:
    """From the hold to its resume date, or to its end, nobody need be alarmed."""
    hold = HoldSet(
        id="h", source="/crm", time=day(2), subject="d", data=HoldData(reason="budget", resume_date=date(2026, 2, 11))
    )
    cleared = HoldCleared(id="i", source="/crm", time=day(20), subject="d")

    assert deserved(created(), mail(1), hold, mail(40), won(41), family="silent") == [(29, 40)]
    assert deserved(created(), mail(1), hold, cleared, mail(40), won(41), family="silent") == [(20, 40)]


def test_a_buyer_known_not_to_be_ready_may_be_silent() -> None:
    """Not ready excuses the silence until ready, or to the end."""
    unready = ReadinessChanged(
        id="r", source="/crm", time=day(2), subject="d", data=ReadinessData(readiness="not_ready")
    )

    assert not deserved(created(), mail(1), unready, lost(90), family="silent")


def test_going_quiet_is_deserved_from_the_fade_on() -> None:
    """The hidden fade makes the span, if the deal stays open for a week."""
    assert deserved(created(), mail(1), lost(40), family="going_quiet", faded=day(10)) == [(10, 40)]
    assert not deserved(created(), mail(1), lost(12), family="going_quiet", faded=day(10))
    assert not deserved(created(), mail(1), lost(40), family="going_quiet")


def test_a_date_that_passes_is_missed_until_it_is_moved() -> None:
    """The span begins when the day of the close date is over."""
    events = (created(date(2026, 1, 30)), date_set(25, date(2026, 12, 31)), won(50))

    assert deserved(*events, family="close_date_missed") == [(18, 25)]
    assert deserved(*events, family="slipping") == [(4, 18)]


def test_a_deal_won_in_time_does_not_slip() -> None:
    """Neither does pulling the date in make it slip."""
    events = (created(date(2026, 6, 30)), date_set(20, date(2026, 4, 30)), won(30))

    assert not deserved(*events, family="slipping")
    assert not deserved(*events, family="close_date_missed")


def test_a_deal_lost_before_its_date_was_bound_to_slip() -> None:
    """What is lost is not won by its date; two weeks before the end one might have known."""
    assert deserved(created(date(2026, 6, 30)), lost(40), family="slipping") == [(26, 40)]


def test_two_pushes_are_repeated() -> None:
    """The span begins with the second push and lasts to the end; moving a default is no push."""
    human = [date_set(5, date(2026, 5, 1)), date_set(10, date(2026, 6, 1)), date_set(20, date(2026, 7, 1))]
    default = date_set(0, date(2026, 3, 31), origin="default")

    assert deserved(created(date(2026, 4, 1)), *human, won(50), family="pushed_repeatedly") == [(10, 50)]
    assert deserved(created(None), default, *human, won(50), family="pushed_repeatedly") == [(20, 50)]
    assert not deserved(created(None), default, *human[:2], won(50), family="pushed_repeatedly")


def test_twice_the_usual_stay_is_stuck() -> None:
    """Qualification usually takes 12 % of the cycle: 7 days of 60, so 14 are too many."""
    moved = StageChanged(id="s", source="/crm", time=day(20), subject="d", data=StageData(stage="Discovery"))

    assert deserved(created(), moved, won(30), family="stuck_in_stage") == [(14, 20)]


def test_five_business_days_without_a_plan_are_too_many() -> None:
    """A next step covers the time to its due day, a meeting the time until it begins."""
    step = NextStepChanged(id="n", source="/crm", time=day(1), subject="d", data=NextStepData(text="x", due=day(10)))
    meeting = MeetingScheduled(id="m", source="/calendar", time=day(11), subject="d", data=MeetingData(starts=day(21)))

    assert deserved(created(), step, meeting, won(40), family="no_next_step") == [(28, 40)]
    assert deserved(created(), step, won(40), family="no_next_step") == [(17, 40)]


def test_a_cleared_next_step_leaves_nothing_planned() -> None:
    """An empty text plans nothing."""
    step = NextStepChanged(id="n", source="/crm", time=day(4), subject="d", data=NextStepData(text=""))

    assert deserved(created(), step, won(20), family="no_next_step") == [(11, 20)]
