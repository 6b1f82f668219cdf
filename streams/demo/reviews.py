"""A manager who looks into the team's deals every week, and confirms the forecast category of some of them."""

from __future__ import annotations

from streams.demo import calendar
from streams.demo.calendar import MINUTES_A_DAY
from streams.demo.notebook import Notebook
from streams.demo.people import Organisation
from streams.demo.settings import TeamHabit
from streams.events.deal import CategoryData, ForecastCategory, ForecastCategoryChanged

#: Share of the weeks in which the review takes place, and of the open deals that are looked into.
REVIEWED_WEEKS, REVIEWED_DEALS = 0.92, 0.4
_TUESDAY = 1


def manager_of(team: str) -> str:
    """The id of who leads a team: `manager-de-1` of `team-de-1`."""
    return "manager" + team.removeprefix("team")


def tell_reviews(organisation: Organisation, book: Notebook) -> None:
    """Tell the manager's reviews of one deal; whether there is one in a week is the same for all deals of the team."""
    if TeamHabit.WEEKLY_REVIEW not in book.team_habits:
        return
    team, plan = book.deal.rep.team, book.plan
    day = plan.created // MINUTES_A_DAY + 1
    day += (_TUESDAY - calendar.weekday(day)) % 7
    for each in range(day, plan.closed // MINUTES_A_DAY, 7):
        takes_place = organisation.stream("review", team, each).random() < REVIEWED_WEEKS
        if book.whim.random() < REVIEWED_DEALS and takes_place and calendar.is_working(book.code, each):
            minute = each * MINUTES_A_DAY + 600 + int(book.whim.random() * 180)
            data = CategoryData(category=_category_at(book, minute))
            book.tell(minute, ForecastCategoryChanged, data, actor=manager_of(team), side="seller")


def _category_at(book: Notebook, minute: int) -> ForecastCategory:
    """The category on record at that minute."""
    told = [note for note in book.notes if note.event is ForecastCategoryChanged and note.minute <= minute]
    data = max(told, key=lambda note: note.minute).data if told else None
    return data.category if isinstance(data, CategoryData) else "pipeline"
