"""How far destinations have been told of alerts, and for how long that is known."""

from __future__ import annotations

from streams.notify.told import REMEMBERED, Destinations, Told


def test_the_furthest_counts_whatever_comes_after_it() -> None:
    """Each destination and each alert by itself; of what nobody was told there is none."""
    known = Destinations()
    for told in (Told("chat", "a", 2, 10), Told("chat", "a", 1, 20), Told("box", "a", 1, 30), Told("chat", "b", 5, 5)):
        known.tell(told)
    asked = [("chat", "a"), ("box", "a"), ("chat", "b"), ("box", "b")]
    assert [known.furthest(*each) for each in asked] == [2, 1, 5, -1]
    assert known.lived == 30
    assert known.needs(Told("chat", "a", 2, 10)) and not known.needs(Told("chat", "a", 1, 20))


def test_what_was_told_is_forgotten_by_the_alerts_own_time_unless_an_earlier_word_may_be_asked_for() -> None:
    """A moment before it is still known."""
    known = Destinations()
    for alert in ("a", "b"):
        known.tell(Told("chat", alert, 2, 1_000))
    known.live(1_000 + REMEMBERED)
    known.forget()
    assert known.furthest("chat", "a") == 2

    known.live(1_001 + REMEMBERED)
    known.forget({("chat", "b")})
    assert (known.furthest("chat", "a"), known.furthest("chat", "b")) == (-1, 2)
    known.forget()
    assert known.furthest("chat", "b") == -1
