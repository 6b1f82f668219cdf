"""How a deal is conducted, event by event."""

from datetime import UTC, datetime

import pytest

from streams.events.deal import CreatedData
from streams.revenue.company import Company
from streams.revenue.conduct import Conduct, Tally
from streams.revenue.passing import passed
from streams.revenue.periods import FiscalCalendar
from streams.revenue.practice import Practice
from streams.state.opportunity import DAY, HOUR
from tests.builders import (
    MONDAY,
    a_call,
    a_category,
    a_cleared_hold,
    a_close_date,
    a_held_meeting,
    a_hold,
    a_loss,
    a_message,
    a_next_step,
    a_proposal,
    a_reopening,
    a_reply,
    a_stage,
    a_touch,
    a_win,
    an_acknowledgement,
    an_amount,
    an_opportunity,
    an_owner,
    ms,
)
from tests.conducting import COMPANY, a_logbook

ALERT = "al-" + "0" * 20


def conduct_of(*events: object, practice: Practice | None = None, company: Company = COMPANY) -> Conduct:
    """The conduct of the one deal of some events."""
    book = a_logbook(events, practice, company)  # type: ignore[arg-type]  # of the contract, all of them
    return book.conducts["opp-1"]


def tally_of(conduct: Conduct, rep: str = "rep-1") -> Tally:
    """A rep's only tally."""
    (found,) = [each for each in conduct.tallies if each.rep == rep]
    return found


def test_time_counts_as_long_as_a_step_lies_ahead() -> None:
    """A step on Monday that is due on Thursday covers three of the ten days until somebody looks."""
    conduct = passed(conduct_of(an_opportunity(0), a_next_step(0, due=3)), ms(10), COMPANY)

    assert tally_of(conduct).open_ms == 10 * DAY
    assert tally_of(conduct).step_ms == 3 * DAY


def test_a_step_without_a_date_is_good_for_two_weeks() -> None:
    """Nobody said when; after a fortnight it is no plan any more."""
    conduct = passed(conduct_of(an_opportunity(0), a_next_step(0)), ms(30), COMPANY)

    assert tally_of(conduct).step_ms == 14 * DAY


def test_contact_counts_for_ten_business_days() -> None:
    """Two weeks of Monday to Friday, and weekends do not shorten them."""
    conduct = passed(conduct_of(an_opportunity(0), a_call(0)), ms(40), COMPANY)

    assert tally_of(conduct).touch_ms == 14 * DAY


def test_time_is_clean_only_where_all_three_hold() -> None:
    """Step until day 5, close date until the end of day 6, contact until day 14: clean until day 5."""
    deal = conduct_of(an_opportunity(0), a_call(0), a_close_date(0, 6), a_next_step(0, due=5))
    tally = tally_of(passed(deal, ms(20), COMPANY))

    assert (tally.step_ms, tally.date_ms, tally.touch_ms) == (5 * DAY, 7 * DAY, 14 * DAY)
    assert tally.clean_ms == 5 * DAY


def test_what_ends_first_ends_the_clean_time() -> None:
    """Step and close date far ahead, and nobody talks: clean for ten business days."""
    deal = conduct_of(an_opportunity(0), a_call(0), a_close_date(0, 60), a_next_step(0, due=60))

    assert tally_of(passed(deal, ms(40), COMPANY)).clean_ms == 14 * DAY


def test_a_known_rest_is_left_out() -> None:
    """While a deal waits for a budget nobody is to have a next step for it."""
    deal = conduct_of(an_opportunity(0), a_hold(2, resumes=10), a_cleared_hold(12))
    tally = tally_of(passed(deal, ms(15), COMPANY))

    assert tally.open_ms == (2 + 2 + 3) * DAY


def test_an_open_ended_rest_is_left_out_until_it_is_cleared() -> None:
    """Without a resume date only somebody can end it."""
    held = conduct_of(an_opportunity(0), a_hold(2))

    assert tally_of(passed(held, ms(50), COMPANY)).open_ms == 2 * DAY


def test_a_closed_deal_spends_no_time() -> None:
    """It is not open any more, until it is opened again."""
    lost = conduct_of(an_opportunity(0), a_loss(4), a_reopening(9))

    assert tally_of(passed(lost, ms(10), COMPANY)).open_ms == 5 * DAY


def test_time_is_parted_at_the_end_of_the_fiscal_quarter() -> None:
    """With a year that begins in February the quarter ends with January, in the company's own zone."""
    company = Company(timezone="America/New_York", calendar=FiscalCalendar(starts=2))
    deal = passed(conduct_of(an_opportunity(0, CreatedData(owner="ann")), company=company), ms(40), company)
    ends = datetime(2024, 2, 1, 5, tzinfo=UTC)

    assert [each.open_ms for each in deal.tallies] == [(ends - MONDAY).days * DAY + 5 * HOUR, 9 * DAY - 5 * HOUR]


def test_each_owner_has_their_own_time() -> None:
    """What the deal lacked under one rep is not put down to the next."""
    deal = passed(conduct_of(an_opportunity(0), an_owner(3, "rep-2"), a_next_step(3, due=9)), ms(8), COMPANY)

    assert (tally_of(deal).open_ms, tally_of(deal).step_ms) == (3 * DAY, 0)
    assert (tally_of(deal, "rep-2").open_ms, tally_of(deal, "rep-2").step_ms) == (5 * DAY, 5 * DAY)


def test_it_makes_no_difference_how_often_anybody_looks() -> None:
    """Passing at once or day by day adds up to the same milliseconds."""
    deal = conduct_of(an_opportunity(0), a_call(1), a_close_date(1, 95), a_next_step(1, due=4.3))
    by_steps = deal
    for day in range(2, 121):
        by_steps = passed(by_steps, ms(day), COMPANY)

    assert by_steps == passed(deal, ms(120), COMPANY)
    assert len(by_steps.tallies) == 2


def test_a_manager_is_who_is_no_rep_and_edits() -> None:
    """A category confirmed, or an alert acknowledged, by somebody who sells nothing; a colleague is none."""
    deal = conduct_of(
        an_opportunity(0),
        a_category(1, "commit", actor="rep-1"),
        a_category(8, "commit", actor="boss"),
        a_category(15, "commit", actor="rep-2"),
        an_acknowledgement(22, ALERT, actor="boss"),
        a_category(29, "commit", actor="crm", origin="automation"),
    )

    assert tally_of(deal).inspected == 1 << 1 | 1 << 3
    assert tally_of(deal).edits == 1


def test_named_managers_are_the_only_ones() -> None:
    """Where a company says who leads a team, nobody else counts."""
    practice = Practice(managers={"north": ("lea",)})
    deal = conduct_of(
        an_opportunity(0), a_category(1, "commit", actor="ops"), a_category(8, "commit", actor="lea"), practice=practice
    )

    assert tally_of(deal).inspected == 1 << 1


def test_edits_just_before_the_forecast_call_and_the_quarters_end_are_batched() -> None:
    """The call is on Thursdays at 10; 48 hours before begin on Tuesday at 10. 2024-03-31 ends a quarter."""
    practice = Practice(call_weekday=3, call_hour=10)
    deal = conduct_of(
        an_opportunity(0),
        an_amount(1.25, "1"),  # Tuesday at 6
        an_amount(1.5, "2"),  # Tuesday at noon
        an_amount(3.5, "3"),  # Thursday, after the call
        an_amount(89.5, "4"),  # Saturday, 2024-03-30
        practice=practice,
    )

    assert (tally_of(deal).edits, tally_of(deal).batched) == (4, 2)


def test_an_answer_to_a_buyer_who_waits_is_timed_in_business_hours() -> None:
    """Written on Friday afternoon, answered on Monday morning: an hour or two of work."""
    quick = conduct_of(an_opportunity(0), a_reply(4.65), a_message(7.45))
    slow = conduct_of(an_opportunity(0), a_reply(1.5), a_message(3.6))

    assert (tally_of(quick).answers, tally_of(quick).quick) == (1, 1)
    assert (tally_of(slow).answers, tally_of(slow).quick) == (1, 0)


def test_a_late_stage_is_put_where_it_happened() -> None:
    """The step in between arrives last; the way is the one that was gone."""
    deal = conduct_of(an_opportunity(0), a_stage(4, "offer", 3), a_stage(2, "demo", 2), a_stage(6, "contract", 4))

    assert [each.stage for each in deal.steps] == ["discovery", "demo", "offer", "contract"]


def test_milestones_are_asked_of_the_record_at_the_time() -> None:
    """The contact came after the stage was entered, the close date after the second."""
    deal = conduct_of(
        an_opportunity(0), a_stage(2, "demo", 2), a_call(3), a_stage(4, "offer", 3), a_close_date(5, 50), a_call(5),
        a_stage(6, "contract", 4),
    )  # fmt: skip

    assert [each.lacks for each in deal.steps] == [(), ("contact", "close_date"), ("close_date",), ()]


@pytest.mark.parametrize("given", [(), ("proposal",), ("people",), ("next_step",)])
def test_a_stage_may_ask_for_more(given: tuple[str, ...]) -> None:
    """What is listed for a stage is asked for there instead of the usual."""
    practice = Practice(milestones={"contract": ("proposal", "people", "next_step")})
    happened = {
        "proposal": (a_proposal(1),),
        "people": (a_reply(1, ("x",)), a_call(1, contacts=("y",))),
        "next_step": (a_next_step(1, due=9),),
    }
    events = [each for name in given for each in happened[name]]
    deal = conduct_of(an_opportunity(0), *events, a_stage(4, "contract", 2), practice=practice)

    assert set(deal.steps[-1].lacks) == {"proposal", "people", "next_step"} - set(given)


def test_who_began_is_told_apart() -> None:
    """We ask and they answer; then they write by themselves. Two turns of ours, one wait, one unasked message."""
    deal = conduct_of(an_opportunity(0), a_message(1), a_message(2), a_reply(3), a_reply(4))

    assert (deal.turned, deal.asked, deal.answered, deal.initiated) == (2, 1, 1, 1)


def test_a_meeting_before_the_first_proposal_is_a_discovery() -> None:
    """One that comes after it is none."""
    before = conduct_of(an_opportunity(0), a_held_meeting(1), a_proposal(2))
    after = conduct_of(an_opportunity(0), a_proposal(1), a_held_meeting(2), a_proposal(3))

    assert before.discovered
    assert not after.discovered


def test_a_meeting_after_the_end_is_about_no_open_deal() -> None:
    """So customers meet whom they trust."""
    assert conduct_of(an_opportunity(0), a_held_meeting(1), a_win(2)).met_outside_at == 0
    assert conduct_of(an_opportunity(0), a_win(2), a_held_meeting(30)).met_outside_at == ms(30)


def test_a_date_is_kept_that_was_promised_and_held() -> None:
    """Won by the day that somebody said; a default of the CRM promises nothing."""
    assert conduct_of(an_opportunity(0), a_close_date(0, 9), a_win(9.5)).kept is True
    assert conduct_of(an_opportunity(0), a_close_date(0, 9), a_win(10.5)).kept is False
    assert conduct_of(an_opportunity(0), a_close_date(0, 9, origin="default"), a_win(9)).kept is None
    assert conduct_of(an_opportunity(0), a_close_date(0, 9), a_loss(9)).kept is None


def test_a_lead_is_not_conducted() -> None:
    """Marketing alone makes no deal."""
    assert not a_logbook([a_touch(0), a_touch(1, "search")]).conducts


def test_the_latest_quarters_people_and_weeks_are_kept() -> None:
    """However long a deal lives, its conduct stays small."""
    events = [an_opportunity(0)]
    for week in range(300):
        events += [a_call(7 * week + 1, contacts=(f"c{week}",)), a_stage(7 * week + 2, f"s{week % 7}", week % 7)]  # type: ignore[list-item]
    deal = conduct_of(*events)

    assert (len(deal.steps), len(deal.people), len(deal.touches), len(deal.tallies)) == (24, 16, 6, 16)
    assert {"c299", "c284"} <= {each.id for each in deal.people}
    assert deal.tallies[-1].ends > ms(7 * 299)
