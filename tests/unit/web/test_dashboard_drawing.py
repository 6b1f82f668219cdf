"""How panels are drawn: within their frame whatever the numbers are, and with nothing in them that is not text."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.web.dashboards.definition import Dashboard, Panel, dashboards
from streams.web.dashboards.expand import Window
from streams.web.dashboards.lines import Line
from streams.web.dashboards.view import View
from streams.web.pages import dashboard as page
from streams.web.pages.chart import chart
from streams.web.pages.dashboard import Reading, Sight
from streams.web.pages.readings import bars, numbers_of, words
from tests.unit.web.samples import HOSTILE

WINDOW = Window(0, 900, 15)
DRAWN = [each for board in dashboards().values() for each in board.panels if each.type == "timeseries"]
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=9)
LINES = st.lists(
    st.builds(
        Line,
        NAMES,
        st.dictionaries(st.sampled_from(range(0, 901, 15)), st.floats(-1e300, 1e300), min_size=1, max_size=9).map(
            lambda each: tuple(sorted((float(at), value) for at, value in each.items()))
        ),
    ),
    min_size=1,
    max_size=14,
)


def panel(title: str) -> Panel:
    """A panel of the dashboards by its title."""
    [found] = {each.title: each for each in DRAWN if each.title == title}.values()
    return found


def parsed(markup: str) -> ElementTree.Element:
    """The markup as a tree; raises for what is not well formed."""
    return ElementTree.fromstring(f"<all>{markup}</all>")


def heights(tree: ElementTree.Element) -> list[float]:
    """Where the points of lines are, from above."""
    points = [each.get("points", "") for each in tree.iter("polyline")]
    return [float(one.partition(",")[2]) for each in points for one in each.split()]


@given(st.sampled_from(DRAWN), LINES)
def test_whatever_the_numbers_are_lines_stay_within_their_picture(drawn: Panel, lines: list[Line]) -> None:
    """Tiny, huge, negative, flat; and marks are few."""
    tree = parsed(chart(drawn, lines, WINDOW))
    assert all(-0.5 <= each <= 100.5 for each in heights(tree))
    [values] = [each for each in tree.iter("svg") if each.get("class") == "values"]
    assert 2 <= len(list(values)) <= 12


@given(st.lists(st.tuples(NAMES, st.floats(-1e300, 1e300)), min_size=1, max_size=5))
def test_numbers_and_bars_are_drawn_of_anything(found: list[tuple[str, float]]) -> None:
    """A bar is between nothing and all."""
    [held] = [each for each in dashboards()["dealwatch-way"].panels if each.type == "bargauge"]
    lines = [Line(name, ((0.0, value), (15.0, value))) for name, value in found]
    tree = parsed(bars(held, lines))
    widths = [each.get("width", "").rstrip("%") for each in tree.iter("rect")]
    assert all(0.0 <= float(each) <= 100.0 for each in widths)
    assert len(list(parsed(numbers_of(held, lines, WINDOW, 0.0)).iter("li"))) == len(lines)


def test_a_number_has_the_name_of_its_series_where_the_title_does_not_say_it() -> None:
    """One objective of four that has data: the number alone would not say which."""
    stats = {each.title: each for each in dashboards()["dealwatch-overview"].panels if each.type == "stat"}
    line = Line("alerts-on-time", ((0.0, 1.0), (900.0, 1.0)))
    for title, seen in (("Budget left", "sub"), ("Alerts opened", "unseen")):
        assert f'<span class="{seen}">alerts-on-time</span>' in numbers_of(stats[title], [line], WINDOW, 0.0)


def test_marks_of_days_are_days_and_no_fractions_of_weeks() -> None:
    """0, 5, 10 and 15 days: not 2.14 weeks."""
    drawn = chart(panel("Event time behind the clock"), [Line("0", ((0.0, 0.0), (900.0, 1_500_000.0)))], WINDOW)
    assert re.findall(r">([^<>]+)</text>", drawn)[:5] == ["0 s", "5 days", "10 days", "15 days", "20 days"]


def test_a_picture_says_what_it_shows_to_whoever_does_not_see_it() -> None:
    """Last value, least and greatest; and by moment for whoever points at it."""
    line = Line("waiting", ((0.0, 1.0), (450.0, 90.0), (900.0, 2.0)))
    drawn = chart(panel("Wait for who decides"), [line], WINDOW)
    assert 'aria-label="Wait for who decides: waiting 2 s, from 1 s to 1.5 min"' in drawn
    assert "Thu 1 Jan 1970, 00:15 UTC\nwaiting: 2 s" in drawn


def test_thresholds_are_lines_where_they_lie_and_always_in_the_legend() -> None:
    """Who sees the picture knows how far it is to the next one."""
    drawn = chart(panel("Burn rate, last hour"), [Line("fresh", ((0.0, 0.5), (900.0, 4.0)))], WINDOW)
    tree = parsed(drawn)
    plot = next(each for each in tree.iter("svg") if each.get("class") == "plot")
    assert [each.get("class") for each in plot.iter("line") if "limit" in each.get("class", "")] == ["limit is-yellow"]
    assert [each.text for each in tree.iter("span") if (each.text or "").startswith("from")] == [
        "from 1",
        "from 6",
        "from 14.4",
    ]


def test_a_stacked_picture_is_as_high_as_all_its_layers() -> None:
    """Two deals here and three there are five."""
    drawn = panel("Deals")
    assert drawn.stacked
    tree = parsed(chart(drawn, [Line("0", ((0.0, 2.0),)), Line("1", ((0.0, 3.0),))], WINDOW))
    assert min(heights(tree)) == pytest.approx(0.0, abs=20.0)
    assert {"5", "4"} & {each.text for each in tree.iter("text")}


def test_a_gap_is_not_drawn_through() -> None:
    """Two stretches are two lines; one point alone is a dot."""
    line = Line("p50", ((0.0, 1.0), (15.0, 1.0), (600.0, 1.0)))
    tree = parsed(chart(panel("Time in the core"), [line], WINDOW))
    assert len(list(tree.iter("polyline"))) == 2 and len(list(tree.iter("polygon"))) == 1


def test_what_labels_say_is_text() -> None:
    """In the legend, in what is read out, and in what hovering says."""
    lines = [Line(HOSTILE, ((0.0, 1.0), (900.0, 1.0)))]
    [held] = [each for each in dashboards()["dealwatch-way"].panels if each.type == "bargauge"]
    for markup in (chart(panel("Memory"), lines, WINDOW), bars(held, lines), numbers_of(held, lines * 2, WINDOW, 0.0)):
        assert "<script" not in markup and "&lt;script&gt;" in markup


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=40))
@pytest.mark.parametrize("known", [HOSTILE, "](https://evil.example) [x", "`**x**`", "opp/1?a#b", "../.."])
def test_a_deals_id_is_text_in_a_text_and_a_segment_in_an_address(known: str, text: str) -> None:
    """Never markup, Markdown, another address, or a way out of the path."""
    [said] = [each for each in dashboards()["dealwatch-way"].panels if each.type == "text"]
    for deal in (known, text):
        tree = parsed(words(said, {"deal": deal, "page": ""}))
        assert {each.tag for each in tree.iter()} <= {"all", "div", "ol", "ul", "li", "p", "strong", "code", "a"}
        [link] = list(tree.iter("a"))
        assert re.fullmatch(r"/deals/[\w.~%-]*", link.get("href", ""), re.ASCII)
        [command] = [each for each in tree.iter("code") if "deal show" in (each.text or "")]
        assert " ".join((command.text or "").split()).startswith(" ".join(f"dealwatch deal show {deal}".split()))


def a_sight(dashboard: Dashboard, readings: dict[int, Reading], problem: str = "") -> Sight:
    """A dashboard that was asked."""
    return Sight(dashboard, View(), WINDOW, 900.0, readings, {}, problem)


def test_a_panel_without_data_says_so_and_one_with_a_problem_says_which() -> None:
    """They are not the same: nothing happened, and nobody knows."""
    overview = dashboards()["dealwatch-overview"]
    first, second, *_ = [each.id for each in overview.panels if each.targets]
    drawn = page.panels(a_sight(overview, {first: Reading((), "Prometheus says: bad")}))
    sections = dict(re.findall(r'<section[^>]*data-key="panel-(\d+)">(.*?)</section>', drawn))
    assert "Prometheus says: bad" in sections[str(first)] and "no data" not in sections[str(first)]
    assert "no data" in sections[str(second)]


def test_a_problem_of_all_panels_is_said_once() -> None:
    """Where Prometheus is away, twenty panels need not say so."""
    overview = dashboards()["dealwatch-overview"]
    drawn = page.panels(a_sight(overview, {}, "Prometheus at http://x does not answer"))
    assert drawn.count("does not answer") == 1 and "not asked" in drawn and "no data" not in drawn
