"""The logbook: what is kept, forgotten, joined, and what a company may declare."""

import msgspec
import pytest

from streams.revenue.logbook import Change, Logbook, decode_kept, encode_kept
from streams.revenue.practice import MILESTONES, Practice
from tests.builders import a_loss, a_message, a_touch, an_opportunity, ms, new_rules
from tests.conducting import COMPANY, a_logbook, a_play, a_team, an_alert, in_turn


def test_what_is_kept_is_read_back_equal() -> None:
    """Deals, alerts, plays, rules and declared changes."""
    book = a_logbook(a_team(2))
    book.hear(an_alert("opened", 0))
    book.play(a_play("started", 1))
    book.rule(new_rules(2, {"rule": {"silent": {"factor": 2.0}}}))
    book.change(Change(ms(3), "the stage Demo was taken out"))
    again = Logbook(COMPANY, kept=decode_kept(encode_kept(book.kept())))

    assert again.kept() == book.kept()
    assert again.changes() == book.changes()
    assert len(book.kept().conducts) == 2
    with pytest.raises(msgspec.DecodeError):
        decode_kept(b"nonsense")


def test_deals_that_ended_long_ago_are_forgotten_with_what_was_asked_of_them() -> None:
    """Open ones stay, however old."""
    ended = [an_opportunity(0, subject="old"), a_loss(1, subject="old")]
    later = [an_opportunity(0, subject="new"), a_loss(9, subject="new")]
    book = a_logbook(in_turn(ended, later, [an_opportunity(0, subject="open")]))
    book.hear(an_alert("opened", 0))
    book.heedings["old"] = book.heedings.pop("opp-1")

    assert book.forget(ms(5)) == 1
    assert sorted(book.conducts) == ["new", "open"]
    assert not book.heedings


def test_a_lead_becomes_a_deal_with_its_first_event() -> None:
    """Its touches by marketing were none of the rep's work."""
    book = a_logbook([a_touch(0), a_message(3), an_opportunity(4)])

    assert book.conducts["opp-1"].turned == 1
    assert sum(each.events for each in book.conducts["opp-1"].tallies) == 2


def test_a_practice_is_read_from_plain_data_and_checked() -> None:
    """A milestone that nobody knows, or a name that is mistyped, is refused by its place."""
    plain = {"ladder": ["a", "b"], "milestones": {"b": ["proposal"]}, "touch_days": 5}

    assert msgspec.convert(plain, Practice).wanted("b") == ("proposal",)
    assert msgspec.convert(plain, Practice).wanted("a") == Practice().usual
    for wrong in ({"usual": ["hope"]}, {"tuch_days": 5}, {"call_weekday": 7}, {"touch_days": 0}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, Practice)
    assert set(Practice().usual) <= set(MILESTONES)
