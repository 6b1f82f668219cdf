"""The coach's sheets: what they say, of whom, to whom, and what they never say."""

from datetime import date

import msgspec
import pytest

from models.interval import share_of
from streams.events.envelope import Event
from streams.revenue.coaching import (
    NOTICE,
    QUESTIONS,
    TITLES,
    Compared,
    Distribution,
    points_of,
    sheet_of,
    sheets_of,
    team_sheets_of,
)
from streams.revenue.coaching_words import sheet_lines
from streams.revenue.company import Company
from streams.revenue.indicator import INDICATORS, DealNote, Indicator, IndicatorName
from streams.revenue.logbook import Logbook
from tests.builders import a_message, a_next_step, a_reply, an_opportunity, ms
from tests.conducting import COMPANY, a_logbook, a_play, a_team, an_alert, in_turn

AS_OF = ms(170)
#: Eight reps, each a team's; the last one works with one person of each buyer.
REPS = [f"rep-{number}" for number in range(8)]
MANY = Company(teams={rep: f"team-{number // 2}" for number, rep in enumerate(REPS)})


def eight_reps(single: str = "rep-7") -> Logbook:
    """Eight reps with sixteen deals each, of which one works with one person of each buyer."""
    teams = [a_team(16, rep=rep, prefix=rep, every=10, people=1 if rep == single else 2) for rep in REPS]
    return a_logbook(in_turn(*teams), company=MANY)


def an_indicator(share: float, cases: int = 100, name: IndicatorName = "next_steps") -> Indicator:
    """An indicator with the interval of so many cases."""
    note = DealNote("d-1", "Deal", "no next step")
    return Indicator(
        name=name, value=share_of(share * cases, cases), of=cases, counted="deals", words="so many deals",
        deals=(note,), weight=cases,
    )  # fmt: skip


def compared(share: float, name: IndicatorName = "next_steps", cases: int = 100, middle: float = 0.6) -> Compared:
    """One beside others whose middle half lies a tenth around `middle`."""
    return Compared(an_indicator(share, cases, name), Distribution(20, middle - 0.1, middle, middle + 0.1), None, None)


def test_what_falls_short_by_more_than_chance_is_a_point_with_its_deals_and_a_question() -> None:
    """A rep who works with one person of each buyer hears so, with the deals."""
    book = eight_reps()
    sheet = sheet_of(book, "rep-7", AS_OF)

    (point,) = sheet.points
    assert (point.about, point.kind) == ("several_people", "improve")
    assert point.title == TITLES["several_people"]
    assert point.words.startswith("Two or more of the buyer's people took part in 0 of 16 deals: 0%. The middle of 7")
    assert point.question == QUESTIONS["several_people"]
    assert [each.deal for each in point.deals] == [f"rep-7-{number:03d}" for number in (15, 14, 13, 12, 11)]
    assert {each.words for each in point.deals} == {"one person of the buyer took part"}
    assert not [each for each in sheet_of(book, "rep-1", AS_OF).points if each.kind == "improve"]


def test_there_are_three_points_at_most_the_worst_first() -> None:
    """Whoever hears of eight things changes none."""
    shares = (0.4, 0.1, 0.3, 0.2, 0.35)
    points = points_of([compared(share, name) for share, name in zip(shares, INDICATORS, strict=False)])

    assert [each.about for each in points] == ["quick_answers", "kept_dates", "next_steps"]
    assert {each.kind for each in points} == {"improve"}


def test_one_thing_that_goes_well_is_said_where_there_is_room() -> None:
    """And has no deals to be blamed for."""
    worse, better, best = (compared(share, name) for share, name in zip((0.1, 0.85, 0.95), INDICATORS, strict=False))
    points = points_of([worse, better, best])

    assert [(each.about, each.kind) for each in points] == [("several_people", "improve"), ("next_steps", "keep")]
    assert not points[1].deals


@pytest.mark.parametrize(
    ("share", "cases"),
    [
        (0.55, 1000),  # surely below the middle, and within the middle half
        (0.45, 20),  # below the middle half, and chance may be all there is to it
    ],
)
def test_what_chance_explains_or_hardly_differs_is_no_point(share: float, cases: int) -> None:
    """Nobody is talked to about noise."""
    assert not points_of([compared(share, cases=cases)])


def test_what_was_better_before_is_a_point() -> None:
    """One's own past is a measure where there are too few peers."""
    before = share_of(90, 100)
    change = share_of(50, 100)
    assert before is not None
    assert change is not None
    fell = type(change)(-0.4, -0.5, -0.3)
    (point,) = points_of([Compared(an_indicator(0.5), None, before, fell)])

    assert point.words.endswith("It was 90% in the two quarters before.")
    assert not points_of([Compared(an_indicator(0.5), None, before, type(change)(-0.05, -0.09, -0.01))])


def test_under_the_minimum_sample_nothing_is_said() -> None:
    """Three deals are no habit."""
    sheet = sheet_of(a_logbook(a_team(3)), "rep-1", ms(60))

    assert not sheet.points
    assert all(each.indicator.value is None for each in sheet.compared)
    assert "Nothing stands out" in "\n".join(sheet_lines(sheet))


def test_few_peers_are_not_shown() -> None:
    """With four others a rep could work out who is who."""
    five = Company(teams=dict.fromkeys(REPS[:5], "north"))
    teams = [a_team(16, rep=rep, prefix=rep, every=10) for rep in REPS[:5]]
    few = sheet_of(a_logbook(in_turn(*teams), company=five), "rep-0", AS_OF)
    enough = sheet_of(eight_reps(), "rep-0", AS_OF)

    assert all(each.peers is None for each in few.compared)
    assert {each.peers.count for each in enough.compared if each.peers is not None} == {7}


def test_no_sheet_names_another_rep() -> None:
    """Neither in its words nor in any of its values."""
    for sheet in sheets_of(eight_reps(), AS_OF):
        whole = "\n".join(sheet_lines(sheet)) + msgspec.json.encode(sheet).decode()
        named = {rep for rep in REPS if rep in whole.replace(f"{sheet.name}-0", "")}
        assert named == {sheet.name}


def test_no_team_sheet_names_a_rep() -> None:
    """A team is talked about as a team; deals are named by what they are."""
    for sheet in team_sheets_of(eight_reps(), AS_OF):
        assert sheet.name.startswith("team-")
        assert not any("rep-" in line.replace("rep-6-", "").replace("rep-7-", "") for line in sheet_lines(sheet))


def test_every_sheet_says_what_it_is_for() -> None:
    """For coaching, not for employment decisions; the rep first."""
    book = eight_reps()
    for sheet in (*sheets_of(book, AS_OF), *team_sheets_of(book, AS_OF)):
        assert sheet.notice == NOTICE
        assert sheet_lines(sheet)[1] == NOTICE
    assert "not for employment decisions" in NOTICE
    assert "The rep sees it first" in NOTICE


def test_the_rep_sees_it_a_working_day_before_the_manager() -> None:
    """A sheet of Friday is the manager's on Monday."""
    friday = ms(4.5)
    sheet = sheet_of(a_logbook(a_team(1)), "rep-1", friday)

    assert sheet.may_read("rep", friday)
    assert not sheet.may_read("manager", ms(7.4))
    assert sheet.may_read("manager", ms(7.5))
    assert sheet.week == date(2024, 1, 1)


def test_a_team_sheet_is_the_managers_at_once() -> None:
    """It is of nobody in particular."""
    (sheet,) = team_sheets_of(a_logbook(a_team(1)), ms(4.5))

    assert sheet.may_read("manager", ms(4.5))


def test_a_rep_who_is_not_there_is_an_error() -> None:
    """It names the rep."""
    with pytest.raises(KeyError, match="nobody"):
        sheet_of(a_logbook(a_team(1)), "nobody", AS_OF)


def _open_deals(count: int) -> list[Event]:
    """Open deals of one rep, the first the most touched, the last since weeks untouched."""
    events: list[Event] = []
    for number in range(count):
        subject = f"open-{number:02d}"
        events.append(an_opportunity(0, subject=subject))
        events += [a_message(1 + 5 * each, subject=subject, actor="rep-1") for each in range(12 - number)]
    return in_turn(events)


def indicator_of(events: list[Event], name: str, as_of: float) -> Indicator:
    """One indicator of the rep."""
    sheet = sheet_of(a_logbook(events), "rep-1", ms(as_of))
    return next(each.indicator for each in sheet.compared if each.indicator.name == name)


def test_all_deals_counts_those_that_nobody_turns_to() -> None:
    """Of ten deals, half were touched within ten business days; the five favourites have nearly all touches."""
    found = indicator_of(_open_deals(10), "all_deals", 57)

    assert found.value is not None
    assert found.value.value == pytest.approx(0.3)
    assert found.words.startswith("5 deals had 95% of the latest touches (evenness 0.37)")
    assert found.words.endswith("3 of 10 open deals were touched within 10 business days; by value")
    assert len(found.deals) == 5
    assert all("untouched for" in each.words for each in found.deals)


def test_a_deal_that_rests_needs_no_touch() -> None:
    """A budget that comes next year is no neglect."""
    from tests.builders import a_hold

    held = [a_hold(50, resumes=300, subject=f"open-{number:02d}") for number in range(5, 10)]

    assert indicator_of(in_turn(_open_deals(14), held), "all_deals", 57).of == 9


def test_a_buyer_who_still_waits_counts_as_not_answered() -> None:
    """Silence would otherwise look like speed."""
    answered = [
        each
        for number in range(8)
        for each in (
            an_opportunity(0, subject=f"a-{number}"),
            a_reply(1.5, subject=f"a-{number}"),
            a_message(1.55, subject=f"a-{number}"),
        )
    ]
    waiting = [
        each
        for number in range(2)
        for each in (an_opportunity(0, subject=f"w-{number}"), a_reply(1.5, subject=f"w-{number}"))
    ]
    found = indicator_of(in_turn(answered, waiting), "quick_answers", 9)

    assert found.value is not None
    assert found.value.value == pytest.approx(0.8)
    assert [each.deal for each in found.deals] == ["w-0", "w-1"]


def test_next_steps_name_the_deals_without_one_the_most_valuable_first() -> None:
    """So the talk begins where it pays."""
    from streams.events.deal import CreatedData

    deals = [
        an_opportunity(0, CreatedData(owner="rep-1", amount=f"{1000 * number}"), subject=f"d-{number}")
        for number in range(1, 10)
    ]
    steps = [a_next_step(0.1, due=50, subject=f"d-{number}") for number in (9, 3)]
    found = indicator_of(in_turn(deals, steps), "next_steps", 20)

    assert [each.deal for each in found.deals] == ["d-8", "d-7", "d-6", "d-5", "d-4"]


def test_plays_and_alerts_are_followed_through() -> None:
    """Half of the plays, a quarter of the alerts."""
    from msgspec.structs import replace

    book = a_logbook(a_team(3))
    for number in range(8):
        play = replace(a_play("started", 0, run=f"r{number}"), opportunity="d-000")
        book.play(play)
        book.play(replace(play, happened="followed" if number % 2 else "failed", at=ms(2)))
        alert = replace(an_alert("opened", 0), id=f"al-{number:020d}", opportunity="d-000")
        book.hear(alert)
        if number < 2:
            book.hear(replace(alert, transition="acknowledged", at=ms(1)))
    sheet = sheet_of(book, "rep-1", ms(60))
    values = {each.indicator.name: each.indicator.value for each in sheet.compared}

    assert values["followed_plays"] is not None
    assert values["followed_plays"].value == 0.5
    assert values["alerts_in_time"] is not None
    assert values["alerts_in_time"].value == 0.25


def test_the_company_is_used_as_given() -> None:
    """Reps whom nobody put into a team have sheets all the same."""
    assert [each.name for each in sheets_of(a_logbook(a_team(2), company=Company()), AS_OF)] == ["rep-1"]
    assert [each.name for each in team_sheets_of(a_logbook(a_team(2), company=COMPANY), AS_OF)] == ["north"]
