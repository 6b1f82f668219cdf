"""Which delivery of a channel goes next: first come, first served, but each alert in its own order."""

from __future__ import annotations

from streams.notify.delivery import for_alert
from streams.notify.handled import Handled
from streams.notify.waiting import WaitingLine
from tests.unit.notify.said import a_notice, at


def waiting(alert: str, sequence: int, attempts: int = 0) -> Handled:
    """A delivery about an alert that waits."""
    delivery = for_alert(a_notice(alert, sequence=sequence), "chat", at(0), None)
    return Handled(status="waiting", channel="chat", since=0, at=0, attempts=attempts, delivery=delivery)


def a_line(*deliveries: tuple[str, Handled]) -> WaitingLine:
    """A line into which these came, in this order."""
    line = WaitingLine()
    for name, handled in deliveries:
        line.put(name, handled)
    return line


def test_an_earlier_word_that_comes_later_goes_first_and_others_keep_their_places() -> None:
    """The alert keeps the place of the first of its words that came."""
    line = a_line(("a2", waiting("a", 2)), ("b1", waiting("b", 1)), ("a1", waiting("a", 1)))
    assert list(line.heads()) == ["a1", "b1"]
    assert line.behind("a") == ("a1", "a2")
    assert list(line) == ["a2", "b1", "a1"] and len(line) == 3


def test_one_that_was_tried_stays_before_an_earlier_word() -> None:
    """Whether it has arrived is not known; also of one that was tried by a process before."""
    line = a_line(("a2", waiting("a", 2)))
    line.tried("a2")
    line.put("a1", waiting("a", 1))
    assert list(line.heads()) == ["a2"]

    again = a_line(("a1", waiting("a", 1)), ("a2", waiting("a", 2, attempts=3)))
    assert again.behind("a") == ("a2", "a1")


def test_what_waits_no_more_makes_room_for_the_next_of_its_alert() -> None:
    """What never waited is nothing to it, and what comes twice keeps its place."""
    line = a_line(("a1", waiting("a", 1)), ("a2", waiting("a", 2)), ("b1", waiting("b", 1)))
    line.put("a1", waiting("a", 1))
    line.drop("a1")
    line.drop("nobody")
    assert list(line.heads()) == ["a2", "b1"]
    line.drop("a2")
    assert list(line.heads()) == ["b1"] and line.behind("a") == ()
