"""The live view: what is shown of many alerts, and a foot that is whole."""

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from streams.cli.live_view import LiveView, worst
from streams.runtime.demo_feed import Progress
from tests.builders import ms
from tests.unit.cli.samples import an_alert

FOOT = Progress(at=ms(9), events=1234, handled=ms(2), behind_s=7.4, waits=True, live=True, ended=True)


class Seconds:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def a_view(width: int = 80, terminal: bool = False) -> tuple[LiveView, StringIO, Seconds]:
    """Return a view, what it prints, and its clock."""
    file, clock = StringIO(), Seconds()
    return LiveView(Console(file=file, width=width, force_terminal=terminal, color_system=None), clock), file, clock


@given(
    st.lists(st.tuples(st.sampled_from(["info", "warning", "critical"]), st.integers(0, 99), st.booleans())),
    st.integers(0, 5),
)
def test_what_is_shown_outweighs_what_is_not(drawn: list[tuple[str, int, bool]], number: int) -> None:
    """Severity first, then the amount; an end matters least; the order of arrival is kept."""
    alerts = [
        an_alert(id=str(index), severity=severity, amount=str(amount), transition="resolved" if done else "opened")
        for index, (severity, amount, done) in enumerate(drawn)
    ]
    chosen, left = worst(alerts, number)
    rank = {"info": 0, "warning": 1, "critical": 2}
    weights = [
        [(-1 if each.status == "resolved" else rank[each.severity], int(each.amount or 0)) for each in some]
        for some in (chosen, left)
    ]
    assert len(chosen) == min(number, len(alerts))
    assert sorted([*chosen, *left], key=alerts.index) == alerts
    assert [int(each.id) for each in chosen] == sorted(int(each.id) for each in chosen)
    if all(weights):
        assert min(weights[0]) >= max(weights[1])


def test_of_many_alerts_the_worst_are_shown_and_the_others_counted() -> None:
    """Not those that came first."""
    view, file, clock = a_view(200)
    for index in range(20):
        severity = "critical" if index >= 15 else "warning"
        view.alert(an_alert(id=str(index), opportunity=f"opp-{index}", severity=severity, amount=str(index)), True)
    clock.now = 30.0
    view.progress(FOOT)
    printed = file.getvalue()
    assert [f"(opp-{index})" in printed for index in range(20)] == [False] * 17 + [True] * 3
    assert "17 lesser alerts not shown here" in printed


def test_an_alert_that_still_waits_is_shown_at_the_end() -> None:
    """Nothing that was chosen to be shown is lost by Ctrl-C."""
    view, file, _ = a_view()
    view.alert(an_alert(), True)
    view.close()
    assert "Acme (opp-1)" in file.getvalue()


@pytest.mark.parametrize("width", [80, 150])
def test_the_foot_is_whole_at_any_width(width: int) -> None:
    """It folds between its parts, and says when the worker is behind, where it is, and that the feed waits."""
    view, file, _ = a_view(width, terminal=True)
    view.progress(FOOT)
    view.close()
    lines = [line.rstrip() for line in file.getvalue().splitlines()]
    whole = "   ".join(line for line in lines if line and "\x1b" not in line)
    for part in (
        "1,234 events fed",
        "0 alerts open (0 critical, 0 warning, 0 info)",
        "worker 7 s behind at Wed 03 Jan 2024 00:00, the feed waits for it",
        "at the pace of real life now",
        "the file is played; Ctrl-C ends",
    ):
        assert part in whole
    assert all(len(line) <= width for line in lines if "\x1b" not in line)


def test_a_worker_that_keeps_up_is_not_spoken_of() -> None:
    """A second or two is what passes between two commits."""
    view, file, clock = a_view(200)
    clock.now = 30.0
    view.progress(Progress(at=ms(9), behind_s=1.5, handled=ms(8)))
    assert "behind" not in file.getvalue()
