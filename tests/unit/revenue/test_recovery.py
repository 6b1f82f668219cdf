"""What ended a risk episode: the last touch before the buyer's sign of life, or nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.interval import share_of
from streams.events.activity import (
    CallLogged,
    EmailReceived,
    EmailSent,
    MarketingTouched,
    MeetingHeld,
    MeetingScheduled,
)
from streams.events.deal import Lost, Reopened
from streams.events.envelope import Event
from streams.revenue.recoveries import FEW, Recoveries
from streams.revenue.recovery import MOST_TOUCHES, THEMSELVES, Recovery, Run, Watched
from streams.revenue.seen import Seen
from streams.revenue.settled import WHOLE
from tests.builders import (
    a_call,
    a_close_date,
    a_held_meeting,
    a_loss,
    a_message,
    a_planned_meeting,
    a_reply,
    a_touch,
    an_auto_reply,
    an_opportunity,
    ms,
)
from tests.strategies import histories, law
from tests.unit.revenue.logs import seen_of


def end_of(events: Sequence[Event], opened: float = 20, ended: float = 30, subject: str = "opp-1") -> Recovery:
    """The end of one episode of `silent`: events up to each instant come before the message of the alert."""
    found = Recoveries()
    told: list[Seen] = list(seen_of([an_opportunity(0, subject=subject), *events]))
    for seen in told:
        if seen.at <= ms(opened):
            found.see(seen)
    found.tell(subject, ("silent",), ms(opened))
    for seen in told:
        if ms(opened) < seen.at <= ms(ended):
            found.see(seen)
    (end,) = found.tell(subject, (), ms(ended))
    return end


def parts(end: Recovery) -> dict[str, float]:
    """The credit in episodes."""
    return {kind: part / WHOLE for kind, part in end.credit}


@pytest.mark.parametrize(
    ("events", "credit"),
    [
        # The last touch before the answer, not the one of four days before.
        ([a_message(22), a_planned_meeting(26, starts=33), a_reply(30)], {"invitation": 1.0}),
        # A mail and a call in vain within a day of each other share it.
        ([a_message(26), a_call(26.5, connected=False), a_reply(30)], {"call": 0.5, "mail": 0.5}),
        # Two mails and a call: by touches, two thirds are mail.
        ([a_message(26), a_message(26.2), a_call(26.5, connected=False), a_reply(30)], {"call": 1 / 3, "mail": 2 / 3}),
        # A call that is taken is touch and sign in one, whatever went before.
        ([a_message(29.8), a_call(30)], {"call": 1.0}),
        ([a_message(29.8), a_held_meeting(30)], {"meeting": 1.0}),
        # Nobody turned to them.
        ([a_reply(30)], {THEMSELVES: 1.0}),
        # What was done before the alert has no part in it.
        ([a_message(19), a_reply(30)], {THEMSELVES: 1.0}),
        # They came to a webinar.
        ([a_message(22), a_touch(30, "webinar", side="buyer")], {"marketing: webinar": 1.0}),
        # An advertisement that nobody acted on is a touch.
        ([a_touch(29, "banner"), a_reply(30)], {"marketing: banner": 1.0}),
        # A machine's answer is no sign of life.
        ([a_message(27), an_auto_reply(27.1), a_call(28.5, connected=False), a_reply(30)], {"call": 1.0}),
    ],
)
def test_the_last_touch_before_the_sign_of_life_has_the_credit(events: list[Event], credit: dict[str, float]) -> None:
    """Between the opening and the sign."""
    end = end_of(events)

    assert end.how == "buyer"
    assert parts(end) == pytest.approx(credit, abs=1e-5)
    assert sum(part for _, part in end.credit) == WHOLE
    assert end.took == ms(30) - ms(20)


def test_touches_between_two_signs_belong_to_the_second() -> None:
    """The sign that ended it is the last one."""
    end = end_of([a_message(23.8), a_reply(24), a_call(24.5, connected=False), a_reply(29, id="second")])

    assert parts(end) == {"call": 1.0}
    assert end.tried == ("call", "mail")


@pytest.mark.parametrize(
    ("events", "how"),
    [
        ([a_message(22), a_loss(30)], "closed"),
        ([a_message(22), a_close_date(30, closes=90)], "otherwise"),
        # The buyer was heard of eight days before the end: something else ended it.
        ([a_message(21), a_reply(22), a_close_date(30, closes=90)], "otherwise"),
    ],
)
def test_what_did_not_end_with_the_buyer_is_credited_to_nobody(events: list[Event], how: str) -> None:
    """It is counted as what it was."""
    end = end_of(events)

    assert (end.how, end.credit, end.took) == (how, (), None)


def test_news_of_before_the_alert_that_came_late_is_no_recovery() -> None:
    """The mail of day 18 arrives on day 25: the buyer was never silent."""
    found = Recoveries()
    opened, late = list(seen_of([an_opportunity(0), a_reply(18)]))
    found.see(opened)
    found.tell("opp-1", ("silent",), ms(20))
    found.see(Seen(ms(25), 9, late.event, late.before, late.after))
    (end,) = found.tell("opp-1", (), ms(25))

    assert (end.how, end.credit) == ("late_news", ())


def test_each_reason_of_an_alert_is_an_episode_of_its_own() -> None:
    """One that stays is not ended by another that goes, and told again it is the same one."""
    found = Recoveries()
    for seen in seen_of([an_opportunity(0)]):
        found.see(seen)
    assert found.tell("opp-1", ("silent",), ms(20)) == ()
    assert found.tell("opp-1", ("silent", "slipping"), ms(22)) == ()
    (first,) = found.tell("opp-1", ("slipping",), ms(25))
    (second,) = found.tell("opp-1", (), ms(26))

    assert [(each.rule, each.opened_at) for each in (first, second)] == [("silent", ms(20)), ("slipping", ms(22))]
    assert found.report().going_on == 0


def test_a_seller_who_writes_by_the_minute_does_not_make_a_deal_grow() -> None:
    """The last eight touches of a day share the credit."""
    found = Recoveries()
    writing = [a_message(21 + each / 1_000, id=f"m{each}") for each in range(40)]
    for seen in seen_of([an_opportunity(0)]):
        found.see(seen)
    found.tell("opp-1", ("silent",), ms(20))
    for seen in seen_of([an_opportunity(0), *writing]):
        found.see(seen)

    assert [len(each.touches) for each in found.watched["opp-1"].episodes] == [MOST_TOUCHES]


def _told(found: Recoveries, deal: str, recovers: bool, held_out: bool) -> None:
    """One deal's episode, with a play that was called for."""
    events = [an_opportunity(0, subject=deal), a_message(21, subject=deal)]
    end = a_reply(22, subject=deal) if recovers else a_loss(22, subject=deal)
    told = list(seen_of([*events, end]))
    found.see(told[0])
    found.tell(deal, ("silent",), ms(20))
    for version in (1, 1):  # a second run on the same deal counts no more
        found.call(deal, "silent", Run("re_engage", version, held_out))
    for seen in told[1:]:
        found.see(seen)
    found.tell(deal, (), ms(22))


def test_the_report_counts_episodes_by_rule_by_kind_and_by_play() -> None:
    """Thirty played of which 24 recover, thirty withheld of which 6 do: the play helps by 60 points."""
    found = Recoveries()
    for number in range(60):
        held_out = number >= 30
        _told(found, f"opp-{number}", number % 30 < (6 if held_out else 24), held_out)
    report = found.report()

    assert (report.ended, report.recovered, report.going_on) == (60, 30, 0)
    (rule,) = report.rules
    assert (rule.rule, rule.buyer, rule.closed, rule.median_days) == ("silent", 30, 30, 2)
    assert rule.recovered == share_of(30, 60)
    (mail,) = report.kinds
    assert (mail.kind, mail.credit, mail.share, mail.tried, mail.without) == ("mail", 30.0, 1.0, 60, None)
    (play,) = report.plays
    assert (play.played, play.held_out, play.recovered_played) == (30, 30, share_of(24, 30))
    assert play.difference is not None
    assert play.difference.value == pytest.approx(0.6)
    assert play.said == "more recover where it is played"


def test_few_deals_say_nothing_of_a_play() -> None:
    """Twenty are needed in each arm."""
    found = Recoveries()
    for number in range(FEW - 1):
        _told(found, f"p{number}", True, held_out=False)
        _told(found, f"h{number}", False, held_out=True)
    (play,) = found.report().plays

    assert (play.difference, play.said) == (None, f"too few deals to tell: {FEW} are needed in each arm")


_KINDS = (EmailSent, EmailReceived, CallLogged, MeetingScheduled, MeetingHeld, MarketingTouched, Lost, Reopened)


@law(60)
@given(histories(_KINDS, deals=2, least=2, most=20), st.data())
def test_what_ended_is_the_same_by_deal_and_through_a_checkpoint_and_credit_is_whole(
    events: list[Event], data: st.DataObject
) -> None:
    """Two deals together, each alone with its counts added up, and with every value written down and read again."""
    alone: dict[str, Recoveries] = {}
    together, stored = Recoveries(), Recoveries()
    for seen in seen_of(events):
        deal = seen.after.id
        rules = tuple(data.draw(st.sets(st.sampled_from(["silent", "slipping"]))))
        for found in (together, stored, alone.setdefault(deal, Recoveries())):
            found.see(seen)
            for end in found.tell(deal, rules, seen.at):
                assert sum(part for _, part in end.credit) == (WHOLE if end.how == "buyer" else 0)
                assert (end.took is None) == (end.how != "buyer")
        stored.watched = msgspec.json.decode(msgspec.json.encode(stored.watched), type=dict[str, Watched])

    assert stored.counts == together.counts
    assert stored.watched == together.watched
    assert sum((each.counts for each in alone.values()), Counter()) == together.counts
