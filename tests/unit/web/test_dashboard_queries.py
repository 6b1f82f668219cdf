"""What Prometheus is asked: of every dashboard that is checked in, over a time, with whatever somebody chose."""

from __future__ import annotations

import re
from itertools import pairwise
from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deploy.grafana.boards import BOARDS
from streams.web.dashboards.definition import Dashboard, Variable, dashboards
from streams.web.dashboards.expand import POINTS, label_values, matching, put_in, variables, window_of, words_of
from streams.web.dashboards.view import RANGES, REFRESHES, View, read_view
from streams.web.pages.dashboard import bands
from tests.unit.deploy.promql import selectors

NOW = 1_764_400_000.0
JOB = Variable(name="job", type="query", query="")
#: What means something to PromQL, to regular expressions or to addresses, and anything else.
TEXTS = st.text("\"'\\.|()[]{}^$*+?=~,&%#/ab0", max_size=8) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=9
)


def a_view(query: str = "", uid: str = "dealwatch-way") -> View:
    """What an address asks for."""
    return read_view(parse_qsl(query), dashboards()[uid], NOW)


def test_every_dashboard_that_is_made_for_grafana_is_shown_and_no_other() -> None:
    """In the order of the boards, panel for panel and query for query."""
    assert list(dashboards()) == [board.uid for board in BOARDS]
    for board in BOARDS:
        shown = [each for each in dashboards()[board.uid].panels if each.type != "row"]
        made = [panel for row in board.rows for panel in row.panels]
        assert [each.title for each in shown] == [each.title for each in made]
        assert [[target.expr for target in each.targets] for each in shown] == [
            [query.expr for query in each.queries] for each in made
        ]
        assert [each.type for each in shown] == [each.kind for each in made]


@pytest.mark.parametrize("dashboard", dashboards().values(), ids=list(dashboards()))
def test_panels_of_a_band_stand_side_by_side(dashboard: Dashboard) -> None:
    """None lies on another or beneath one within its band, so columns are all that their places need."""
    found = list(bands(dashboard.panels))
    assert [panel for band in found for panel in band] == sorted(
        dashboard.panels, key=lambda each: (each.grid_pos.y, each.grid_pos.x)
    )
    for band in found:
        assert len({each.grid_pos.y for each in band}) == 1
        for one, other in pairwise(band):
            assert one.grid_pos.x + one.grid_pos.w <= other.grid_pos.x


@pytest.mark.parametrize("uid", list(dashboards()))
@pytest.mark.parametrize("length", RANGES)
def test_every_query_is_promql_once_variables_are_put_in(uid: str, length: str) -> None:
    """Whatever the time; no variable is left that nobody sets."""
    found, view = dashboards()[uid], a_view(f"range={length}&var-job=dealwatch", uid)
    values = variables(found, view, window_of(view, NOW))
    for panel in found.panels:
        for target in panel.targets:
            assert selectors(asked := put_in(target.expr, values)) and "$" not in asked
    for each in found.variables:
        if each.type == "query":
            selector, label = label_values(each.query, values) or ("", "")
            assert selectors(selector) and label == each.name


@given(st.lists(TEXTS, min_size=1, max_size=3), TEXTS)
@example(['"} or up{job="x'], "x")
def test_what_somebody_chooses_matches_itself_and_nothing_else(chosen: list[str], other: str) -> None:
    """Quotes, brackets, backslashes: they are values, and neither PromQL nor a regular expression."""
    values = read_view([("var-job", each) for each in chosen], dashboards()["dealwatch-way"], NOW).chosen.get("job", ())
    asked = put_in('up{job=~"$job"}', {"job": matching(JOB, values)})
    [selector] = selectors(asked)
    assert selector.name == "up" and list(selector.matchers) == ["job"]
    pattern = re.compile(selector.matchers["job"])
    assert all(pattern.fullmatch(each) for each in values)
    assert not values or bool(pattern.fullmatch(other)) == (other in values)


@given(
    st.lists(
        st.tuples(st.sampled_from(["range", "to", "refresh", "var-job", "var-deal", "var-page", "var-x", "x"]), TEXTS),
        max_size=8,
    )
)
def test_any_address_gives_a_view_that_its_own_address_gives_again(query: list[tuple[str, str]]) -> None:
    """What makes no sense is left out; times are whole steps and never of the future."""
    way = dashboards()["dealwatch-way"]
    view = read_view(query, way, NOW)
    assert view.range in RANGES and view.refresh in REFRESHES
    assert view.chosen.keys() <= {"job", "instance", "deal"}
    assert read_view(parse_qsl(view.query().removeprefix("?")), way, NOW) == view
    window = window_of(view, NOW)
    assert window.end <= NOW and window.end - window.start == RANGES[view.range]
    assert window.start % window.step == 0 or RANGES[view.range] % window.step
    assert RANGES[view.range] / window.step <= POINTS or window.step == 86_400


def test_without_a_word_a_dashboard_is_shown_as_its_file_says() -> None:
    """Six hours, every half a minute, all jobs, as in Grafana."""
    view = a_view()
    assert (view.range, view.refresh_s, view.to, view.chosen) == ("6h", 30, None, {})
    values = variables(dashboards()["dealwatch-way"], view, window_of(view, NOW))
    assert values == {
        "__interval": "120s",
        "__rate_interval": "135s",
        "__range": "21600s",
        "job": ".+",
        "instance": ".+",
    }


def test_what_is_past_is_not_asked_again_and_the_future_not_at_all() -> None:
    """A moment that was chosen stands still."""
    assert a_view(f"to={int(NOW) - 900}&refresh=10s").refresh_s == 0
    assert a_view(f"to={int(NOW) + 900}&refresh=10s").refresh_s == 10


def test_the_pages_own_address_is_not_taken_from_who_asks() -> None:
    """A link on the page leads to the page, whatever an address of somebody else's making says."""
    words = words_of(dashboards()["dealwatch-way"], a_view("var-page=https://evil.example&var-deal=opp-1"))
    assert words == {"deal": "opp-1", "page": ""}
    assert words_of(dashboards()["dealwatch-way"], a_view()) == {"deal": "ID", "page": ""}
