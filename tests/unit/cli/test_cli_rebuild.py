"""What a rebuild says while it copies, and of what it compared."""

from __future__ import annotations

import pytest

from streams.admin.comparison import Compared, Difference
from streams.admin.rebuilding import RebuildStatus
from streams.cli.rebuild_view import copying_bar, print_compared, print_status, sentence, span
from streams.runtime.copymeter import Progress
from tests.unit.notify.said import an_alert

HALF = Progress(1200, 3000, 400.0, 4.5, 1_772_442_000_000, 0, "follows", False)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (HALF, "1,200 of 3,000 records, 400 a second, 5 s left, up to 2026-03-02 09:00"),
        (HALF._replace(left_s=None, clock=None), "1,200 of 3,000 records, 400 a second, time left unknown"),
        (
            HALF._replace(done=3000, follows=True, held=7),
            "3,000 of 3,000 records, 400 a second, following, up to 2026-03-02 09:00, "
            "7 wait for partitions that are behind",
        ),
        (
            HALF._replace(follows=True, role="leads"),
            "1,200 of 3,000 records, 400 a second, passing on, both ways, up to 2026-03-02 09:00",
        ),
    ],
    ids=["half", "no speed yet", "following", "switched"],
)
def test_a_line_says_how_far_it_is(found: Progress, said: str) -> None:
    """How many of how many, how fast, how long, which day; and what it waits for."""
    assert sentence(found) == said


def test_what_came_too_late_is_said() -> None:
    """States may differ then, and patience is what helps."""
    assert "3 came after their time: give more --patience" in sentence(HALF._replace(overtaken=3))


@pytest.mark.parametrize(("seconds", "said"), [(4.2, "5 s"), (200, "3 min"), (9000, "2.5 h")])
def test_a_span_is_said_as_a_person_says_it(seconds: float, said: str) -> None:
    """Seconds, minutes, hours."""
    assert span(seconds) == said


def test_without_a_terminal_a_line_comes_every_ten_looks(capsys: pytest.CaptureFixture[str]) -> None:
    """A log is read, too."""
    with copying_bar() as tell:
        for _ in range(21):
            tell(HALF)
    assert capsys.readouterr().err.count("1,200 of 3,000") == 3


def test_what_differs_is_counted_by_field_and_shown_by_example(capsys: pytest.CaptureFixture[str]) -> None:
    """Deals, alerts and messages."""
    found = Compared(equal=90, until=1_772_442_000_000, alerts=4)
    print_compared(found)
    assert "nothing differs" in capsys.readouterr().out
    found.differing = [Difference(f"opp-{number}", ("facts.stage", "watch.due")) for number in range(9)]
    found.alerts_only_new = [an_alert("al-1", 5, "critical")]
    print_compared(found)
    said = capsys.readouterr().out
    assert "some differ" in said and "opp-4" in said and "opp-5" not in said
    assert [line.split() for line in said.splitlines() if line.startswith("facts.stage")] == [["facts.stage", "9"]]
    assert "al-1 silent: only in the new" in said


def test_status_says_who_leads_and_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody copies it says what to do."""
    found = RebuildStatus("", "v2.", "leads", "follows", 4, 7, False, 5, 9, 0.0, None, 3, 1)
    print_status(found)
    said = capsys.readouterr().out
    assert "5 of 9 records, nobody copies: run `rebuild start` again" in said
    assert "7 partitions, follows, and tells nobody" in said and "1 worker" in said
    print_status(found._replace(copying=True, per_second=2.0, left_seconds=2.0))
    assert "2 a second, 2 s left" in capsys.readouterr().out


def test_status_says_when_the_states_will_be_there(capsys: pytest.CaptureFixture[str]) -> None:
    """Copying is the smaller part; nothing is said of a speed where nobody works, or nothing waits."""
    found = RebuildStatus("", "v2.", "leads", "follows", 4, 7, True, 9, 9, 0.0, None, 3_000, 1, 50.0, 60.0)
    print_status(found)
    said = " ".join(capsys.readouterr().out.split())
    assert "3,000 records, by 1 worker, 50 a second; until all is handled: 60 s" in said
    print_status(found._replace(handled_per_second=0.0, handled_left_seconds=None))
    assert "until all is handled: unknown" in " ".join(capsys.readouterr().out.split())
    for idle in (found._replace(workers=0), found._replace(to_handle=0)):
        print_status(idle)
        assert "until all is handled" not in " ".join(capsys.readouterr().out.split())
