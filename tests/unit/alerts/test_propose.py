"""What is proposed for a deal's record: by what happened, once, as one event, until something new speaks for it."""

from __future__ import annotations

import msgspec
import pytest

from models.closing import Closings
from models.dwell import Dwell, StageDwell
from models.norms import Norms
from streams.alerts.propose import RecordBehind, accepted, updates
from streams.alerts.rules.record import Incomplete
from streams.alerts.update import Update
from streams.alerts.view import View
from streams.events import deal
from streams.events.contract import encode
from streams.events.deal import CloseDateChanged, NextStepChanged, StageChanged, Won
from streams.events.decode import decode
from streams.events.envelope import Event
from streams.state.opportunity import DAY
from streams.state.watch import ReasonState
from tests.builders import (
    OPPORTUNITY,
    Timeline,
    a_call,
    a_close_date,
    a_held_meeting,
    a_hold,
    a_listing,
    a_next_step,
    a_planned_meeting,
    a_policy,
    a_proposal,
    a_rejection,
    a_signature,
    a_stage,
    a_win,
    an_amount,
    an_opportunity,
    moment,
    ms,
)

SENT = (an_opportunity(0), a_held_meeting(0.5), a_proposal(1.5))


def proposed(*events: Event, day: float = 20, closings: Closings | None = None, doubted: bool = False) -> list[Update]:
    """What is proposed on `day` for a deal of which these things happened."""
    facts = Timeline().tell(*events).facts()
    reasons = {"slipping": ReasonState(ms(0), "warning", ms(0))} if doubted else {}
    return list(updates(View(facts, ms(day), {}, Norms(), a_policy(), {}, reasons), closings))


def the(*events: Event, day: float = 20, closings: Closings | None = None) -> Update:
    """The one update that is proposed."""
    [found] = proposed(*events, day=day, closings=closings)
    return found


def answer(update: Update, day: float) -> Event:
    """The event that accepts an update."""
    kind, data = accepted(update)
    return kind(
        id=f"answer-{day}",
        source="/dealwatch/page",
        subject=OPPORTUNITY,
        time=moment(day),
        actor="ann",
        data=data,  # type: ignore[call-arg]  # every event of the contract has data
    )


# --- the stage --------------------------------------------------------------------------------------------------------


def test_a_proposal_that_was_sent_asks_for_its_stage() -> None:
    """With the meeting that was held; not where the deal is there, was moved since, or is farther."""
    update = the(*SENT)
    assert (update.field, update.value, update.position, update.title) == ("stage", "Proposal", 4, "Move to Proposal?")
    assert update.evidence == ("a proposal was sent 2024-01-02", "1 meeting held")
    assert proposed(*SENT, a_stage(2, "Proposal", 4)) == []
    assert proposed(*SENT, a_stage(2, "Evaluation", 3)) == []
    assert proposed(an_opportunity(0), a_stage(1, "Negotiation", 5), a_proposal(1.5)) == []
    assert proposed(an_opportunity(0, deal.CreatedData(stage="Odd")), a_proposal(1.5)) == []


def test_which_stage_a_proposal_belongs_to_is_set() -> None:
    """Under its own name and rank; with an empty name nothing is asked."""
    facts = Timeline().tell(*SENT).facts()
    for name, found in (("Angebot", ["Move to Angebot?"]), ("", [])):
        policy = a_policy(RecordBehind(proposal_stage=name, proposal_position=2))
        assert [each.title for each in updates(View(facts, ms(5), {}, Norms(), policy, {}, {}))] == found


# --- the end ----------------------------------------------------------------------------------------------------------


def test_a_signature_asks_whether_the_deal_is_won() -> None:
    """And for no stage beside it; a deal that is won is asked nothing."""
    update = the(*SENT, a_signature(3))
    assert (update.field, update.value, update.evidence) == ("status", "won", ("the buyer signed 2024-01-04",))
    won = Timeline().tell(*SENT, a_signature(3), answer(update, 4))
    assert won.facts().status == "won"
    assert list(updates(View(won.facts(), ms(5), {}, Norms(), a_policy(), {}, {}))) == []


# --- the close date ---------------------------------------------------------------------------------------------------


#: A hundred deals were won in this stage after eighty days or so.
_CLOSINGS = Closings(
    Dwell({"discovery": StageDwell(position=1, ends={"won": (*(0,) * 22, 100)}, going={ms(20) // DAY - 3: 10})}),
    ms(20) // DAY,
)


def test_a_date_that_is_missing_over_or_doubted_is_proposed_anew() -> None:
    """The date by which half of such deals are won, and why; the question stays the same from day to day."""
    missing = the(an_opportunity(0), day=1, closings=_CLOSINGS)
    assert missing.field == "close_date"
    assert missing.title == f"Close it by {missing.value}?"
    assert missing.evidence[0] == "there is no close date"
    assert the(an_opportunity(0), day=2, closings=_CLOSINGS).id == missing.id
    over = the(an_opportunity(0), a_close_date(0.5, 9), day=12, closings=_CLOSINGS)
    assert over.evidence[0] == "the close date 2024-01-10 is over"
    assert over.id != missing.id
    doubted = (an_opportunity(0), a_close_date(0.5, 9))
    assert proposed(*doubted, day=2, closings=_CLOSINGS) == []
    assert proposed(an_opportunity(0), a_close_date(0.5, 72), day=2, closings=_CLOSINGS, doubted=True) == []
    [found] = proposed(*doubted, day=2, closings=_CLOSINGS, doubted=True)
    assert found.evidence[0] == "the close date 2024-01-10 is doubtful"
    kind, data = accepted(found)
    assert kind is CloseDateChanged
    assert str(data.close_date) == found.value  # type: ignore[attr-defined]


def test_no_date_is_proposed_for_a_deal_that_rests_or_is_closed() -> None:
    """Nor without models."""
    assert proposed(an_opportunity(0), day=1) == []
    assert proposed(an_opportunity(0), a_hold(0.5), day=1, closings=_CLOSINGS) == []
    assert proposed(an_opportunity(0), a_win(0.5), day=1, closings=_CLOSINGS) == []


# --- the next step ----------------------------------------------------------------------------------------------------


def test_a_planned_meeting_is_the_next_step_where_none_is_due() -> None:
    """With its time; not where a step is written down that is still due, or the meeting is over."""
    meeting = a_planned_meeting(1, 25)
    update = the(an_opportunity(0), meeting)
    assert (update.field, update.value, update.due) == ("next_step", "Meeting with the buyer", ms(25))
    assert the(an_opportunity(0), meeting, a_next_step(2, due=10)).id == update.id
    assert proposed(an_opportunity(0), meeting, a_next_step(2, due=30)) == []
    assert proposed(an_opportunity(0), meeting, a_next_step(2)) == []
    assert proposed(an_opportunity(0), meeting, day=26) == []


# --- the answer -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "kind", "name", "after"),
    [
        (SENT, StageChanged, "stage", "Proposal"),
        ((an_opportunity(0), a_planned_meeting(1, 25)), NextStepChanged, "next_step", "Meeting with the buyer"),
        ((*SENT, a_signature(3)), Won, "status", "won"),
    ],
)
def test_an_accepted_update_is_the_change_itself_and_ends_the_question(
    events: tuple[Event, ...], kind: type[Event], name: str, after: str
) -> None:
    """One event, which names the update and passes the contract."""
    update = the(*events)
    event = answer(update, 21)
    assert type(event) is kind
    assert decode(encode(event), OPPORTUNITY.encode(), ms(21)) == event
    assert msgspec.to_builtins(event)["data"]["update"] == update.id
    assert getattr(Timeline().tell(*events, event).facts(), name) == after
    assert proposed(*events, event, day=22) == []


def test_a_rejected_update_is_not_proposed_again_until_something_new_speaks_for_it() -> None:
    """The next proposal asks anew."""
    update = the(*SENT)
    assert proposed(*SENT, a_rejection(3, update.id)) == []
    again = the(*SENT, a_rejection(3, update.id), a_proposal(5))
    assert again.value == update.value
    assert again.id != update.id


# --- the rules --------------------------------------------------------------------------------------------------------


def test_a_record_that_is_behind_is_an_alert_until_it_is_answered() -> None:
    """Two business days after the proposal; the alert carries the update, and the answer ends it."""
    timeline = Timeline().tell(*SENT, a_next_step(1.6, due=90)).until(7)
    assert timeline.of("record_behind") == [("opened", "info", 3.5)]
    [update] = timeline.alerts[-1].updates
    timeline.tell(a_rejection(8, update.id))
    assert timeline.ended("record_behind") == ["the record says it, or the update was rejected"]
    accepted_ = Timeline().tell(*SENT, a_next_step(1.6, due=90)).until(7).tell(a_stage(8, "Proposal", 4))
    assert accepted_.of("record_behind")[-1] == ("resolved", "info", 8.0)


@pytest.mark.parametrize(
    "events",
    [(a_call(0.5),), (a_proposal(1.5), a_stage(1.6, "Proposal", 4)), (a_stage(1, "Negotiation", 5), a_proposal(1.5))],
    ids=["no proposal", "recorded", "farther"],
)
def test_a_record_that_says_it_is_left_alone(events: tuple[Event, ...]) -> None:
    """Nothing was done that the record does not say."""
    assert Timeline().tell(an_opportunity(0), *events).until(13).of("record_behind") == []


def _lacking(**settings: bool) -> Timeline:
    return Timeline(policy=a_policy(Incomplete(**settings)))


BARE = an_opportunity(0, deal.CreatedData(name="Deal", owner="rep-1"))


def test_a_bare_record_is_said_after_a_working_week_and_ends_when_it_is_complete() -> None:
    """Each thing that is missing is named; the last one ends it. A person on record is enough."""
    timeline = _lacking().tell(BARE).until(9)
    assert timeline.of("incomplete") == [("opened", "info", 7.0)]
    [(_, reason)] = timeline.told("incomplete")
    assert reason.title == "No amount, close date and contacts"
    assert len(reason.evidence) == 4
    timeline.tell(an_amount(10, "5000"), a_close_date(10.1, 90))
    assert timeline.of("incomplete")[-1][0] == "opened"
    timeline.tell(a_listing(11, "ann"))
    assert timeline.of("incomplete")[-1] == ("resolved", "info", 11.0)


def test_a_record_that_is_complete_or_rests_is_left_alone() -> None:
    """What an organisation does not want is not missed; a deal on hold is not nagged about."""
    assert _lacking(close_date=False, contacts=False).tell(an_opportunity(0)).until(30).of("incomplete") == []
    complete = (an_opportunity(0), a_close_date(0.5, 90), a_call(1, contacts=("ann",)))
    assert _lacking().tell(*complete).until(30).of("incomplete") == []
    assert _lacking().tell(BARE, a_hold(1)).until(30).of("incomplete") == []
