"""Close dates as reps keep them."""

from collections import defaultdict
from datetime import date

from streams.demo import calendar
from streams.demo.settings import Kind, Style
from streams.demo.story import Story
from streams.events.deal import CloseDateChanged, Created


def dates(story: Story) -> list[tuple[date, date, str]]:
    """Return (day set, close date, origin) of a deal."""
    found: list[tuple[date, date, str]] = []
    for event in story.events:
        if isinstance(event, Created | CloseDateChanged):
            due = event.data.close_date or (event.data.close_at and event.data.close_at.date())
            if due:
                found.append((event.time.date(), due, event.origin))
    return found


def test_every_deal_has_a_close_date_soon(stories: list[Story]) -> None:
    """Each deal has a date within minutes of its creation, if only the CRM's default."""
    assert all(dates(story)[0][0] == story.truth.created.date() for story in stories)


def test_defaults_are_the_end_of_the_month(stories: list[Story]) -> None:
    """A date nobody chose is the last day of the month of creation, and says that it is a default."""
    defaults = [each for story in stories for each in dates(story) if each[2] == "default"]

    assert len(defaults) > 30
    assert all(due.toordinal() == calendar.month_end(day.toordinal()) for day, due, _ in defaults)


def test_people_set_dates_in_the_future(stories: list[Story]) -> None:
    """When a person sets a close date it is not over yet."""
    assert all(due >= day for story in stories for day, due, origin in dates(story) if origin == "human")


def test_month_ends_are_popular(stories: list[Story]) -> None:
    """Close dates crowd at the last days of months."""
    chosen = [due for story in stories for _, due, origin in dates(story) if origin == "human"]
    at_end = sum(calendar.month_end(due.toordinal()) - due.toordinal() <= 3 for due in chosen)

    assert at_end / len(chosen) > 0.3


def test_diligent_reps_miss_fewer_dates_than_sparse_ones(stories: list[Story]) -> None:
    """Sparse reps notice that a date has passed when it has passed; diligent ones before."""
    missed: defaultdict[Style, list[bool]] = defaultdict(list)
    for story in stories:
        if story.truth.kind is Kind.HEALTHY:
            missed[story.truth.style].append(story.truth.deserves("close_date_missed"))
    shares = {style: sum(each) / len(each) for style, each in missed.items()}

    assert shares[Style.DILIGENT] < 0.1
    assert shares[Style.SPARSE] > 2 * shares[Style.DILIGENT]
