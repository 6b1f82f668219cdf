"""A dashboard on a page: what is chosen, and its panels as they lie in Grafana. Links and a form, no script needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from streams.web import numbers
from streams.web.dashboards.definition import Dashboard, Panel
from streams.web.dashboards.expand import Window, words_of
from streams.web.dashboards.lines import Line
from streams.web.dashboards.view import KNOWN_HERE, RANGES, REFRESHES, VARIABLE, View
from streams.web.markup import Html, el, join
from streams.web.pages.chart import chart
from streams.web.pages.filters import field
from streams.web.pages.marks import explained
from streams.web.pages.readings import bars, numbers_of, words
from streams.web.vocabulary import Term

ROOT = "/dashboards"


class Reading(NamedTuple):
    """What a panel came to: its lines, or why there are none."""

    lines: Sequence[Line] = ()
    problem: str = ""


class Sight(NamedTuple):
    """Everything a dashboard's page needs.

    `options` are the values to choose from, by variable; `problem` is that of all panels.
    """

    dashboard: Dashboard
    view: View
    window: Window
    now_s: float
    readings: Mapping[int, Reading]
    options: Mapping[str, Sequence[str]]
    problem: str = ""


def address(dashboard: Dashboard, query: str = "") -> str:
    """Where a dashboard is."""
    return f"{ROOT}/{dashboard.uid}{query}"


def index(found: Iterable[Dashboard], *, is_set: bool) -> Html:
    """All dashboards."""
    return el(
        "div",
        el("h1", "Dashboards"),
        el(
            "p",
            "How Dealwatch itself does, by the metrics that a Prometheus keeps: the dashboards that come for "
            "Grafana, query for query. Times are in UTC.",
            class_="sub intro",
        ),
        None if is_set else _unset(),
        el(
            "ul",
            *(el("li", el("a", each.name, href=address(each)), el("p", each.description)) for each in found),
            class_="card listed",
        ),
        class_="dashboards",
    )


def unset(dashboard: Dashboard) -> Html:
    """A dashboard, where there is nobody to ask."""
    return el("div", el("h1", dashboard.name), _unset(), class_="dashboards")


def missing(uid: str, found: Iterable[Dashboard]) -> Html:
    """What stands where there is no such dashboard."""
    links = [el("li", el("a", each.name, href=address(each))) for each in found]
    return el("div", el("h1", "No such dashboard"), el("p", f"There is none called {uid}."), el("ul", *links))


def _unset() -> Html:
    return el(
        "p",
        "No Prometheus is set, so there is nothing to draw. Name yours in the settings, ",
        el("code", "prometheus_url"),
        " or ",
        el("code", "DEALWATCH_PROMETHEUS_URL"),
        "; or start everything with ",
        el("code", "dealwatch up --prometheus"),
        ", where one is installed. ",
        class_="warning-line",
    )


def page_of(sight: Sight, others: Iterable[Dashboard]) -> Html:
    """The page's body: the way to the others, what is chosen, and the panels under the id `dashboard`."""
    return el("div", _ways(sight, others), _choices(sight), panels(sight), class_="dashboards")


def panels(sight: Sight) -> Html:
    """All panels; what is made anew while somebody looks."""
    return el(
        "div",
        el("p", sight.problem, class_="warning-line", role="status") if sight.problem else None,
        *(_band(band, sight) for band in bands(sight.dashboard.panels)),
        id="dashboard",
        data_refresh=sight.view.refresh_s or None,
    )


def bands(shown: Iterable[Panel]) -> Iterator[list[Panel]]:
    """Panels that stand side by side, from above, each from the left."""
    band: list[Panel] = []
    end = 0
    for panel in sorted(shown, key=lambda each: (each.grid_pos.y, each.grid_pos.x)):
        place = panel.grid_pos
        if band and place.y >= end:
            yield band
            band, end = [], 0
        band.append(panel)
        end = max(end, place.y + place.h)
    if band:
        yield band


def _ways(sight: Sight, others: Iterable[Dashboard]) -> Html:
    links = [
        el(
            "a",
            each.name,
            href=address(each, sight.view.query()),
            aria_current="page" if each is sight.dashboard else None,
        )
        for each in others
    ]
    return join(
        el("nav", *links, class_="tabs", aria_label="Dashboards"),
        el("h1", sight.dashboard.name),
        el("p", sight.dashboard.description, class_="sub intro"),
    )


def _choices(sight: Sight) -> Html:
    """Time, refresh and variables. Links change one thing; the form is sent with its button, with a script at once."""
    view, here = sight.view, sight.dashboard
    asked = [each for each in here.variables if each.name not in KNOWN_HERE]
    said = words_of(here, view)
    controls = []
    for each in asked:
        name, label = VARIABLE + each.name, each.label or each.name
        if each.type == "textbox":
            control = el("input", type="text", id=f"filter-{name}", name=name, value=said[each.name], maxlength=200)
            controls.append(el("div", el("label", label, for_=f"filter-{name}", class_="sub"), control, class_="field"))
        else:
            options = sight.options.get(each.name, ())
            controls.append(_select(label, name, view.chosen.get(each.name, ()), options))
    hidden = [("range", view.range), ("refresh", view.refresh), *([("to", str(view.to))] if view.to else [])]
    return el(
        "div",
        el(
            "form",
            *(el("input", type="hidden", name=name, value=value) for name, value in hidden),
            *controls,
            el("button", "Apply", type="submit", class_="apply"),
            id="choices",
            action=address(here),
            method="get",
            aria_label="What is shown",
        ),
        _times(sight),
        class_="choices",
    )


def _select(label: str, name: str, chosen: Sequence[str], options: Sequence[str]) -> Html:
    """A choice of one value or all; of several only where the address names several."""
    listed = dict.fromkeys((*options, *chosen))
    rest = [el("option", value, value=value, selected=value in chosen) for value in listed]
    every = el("option", f"{label}: all", value="", selected=not chosen)
    control = el("select", every, *rest, id=f"filter-{name}", name=name, multiple=len(chosen) > 1)
    return field(label, f"filter-{name}", control)


def _times(sight: Sight) -> Html:
    view, here, window = sight.view, sight.dashboard, sight.window

    def link(text: str, *, current: bool = False, **changes: object) -> Html:
        return el("a", text, href=address(here, view.query(**changes)), aria_current="true" if current else None)

    later = window.end + view.range_s // 2
    return el(
        "div",
        el("nav", "Last ", *(link(each, current=each == view.range, range=each) for each in RANGES), aria_label="Time"),
        el(
            "nav",
            link("Earlier", to=window.end - view.range_s // 2),
            link("Later", to=later if later < sight.now_s else None),
            link("Now", current=view.to is None, to=None),
            aria_label="Moment",
        ),
        el(
            "nav",
            "Refresh ",
            *(link(each, current=each == view.refresh, refresh=each) for each in REFRESHES),
            aria_label="Refresh",
        )
        if view.to is None
        else None,
        el("p", _between(window), class_="sub"),
        class_="times",
    )


def _between(window: Window) -> str:
    """From when to when, in UTC; of one day the day once."""
    start, end = window.start * 1000, window.end * 1000
    first, last = numbers.date(start), numbers.date(end)
    if first == last:
        return f"{first}, {numbers.clock_time(start)} to {numbers.clock_time(end)} UTC"
    return f"{first}, {numbers.clock_time(start)} to {last}, {numbers.clock_time(end)} UTC"


def _band(band: Sequence[Panel], sight: Sight) -> Html:
    if band[0].type == "row":
        return el("h2", band[0].title, data_key=f"row-{band[0].id}")
    return el("div", *(_panel(each, sight) for each in band), class_="band", data_key=f"band-{band[0].id}")


def _panel(panel: Panel, sight: Sight) -> Html:
    title = explained(f"panel-{panel.id}", Term(panel.title, panel.description)) if panel.description else panel.title
    place = panel.grid_pos
    return el(
        "section",
        el("h3", title),
        _content(panel, sight),
        class_=f"card at-{place.x} wide-{place.w} {panel.type}",
        data_key=f"panel-{panel.id}",
    )


def _content(panel: Panel, sight: Sight) -> Html:
    if panel.type == "text":
        return words(panel, words_of(sight.dashboard, sight.view))
    reading = sight.readings.get(panel.id, Reading())
    if not reading.lines:
        text = reading.problem or ("not asked" if sight.problem else "no data")
        return el("p", text, class_="problem" if reading.problem else "empty")
    problem = el("p", reading.problem, class_="problem") if reading.problem else None
    if panel.type == "stat":
        return join(problem, numbers_of(panel, reading.lines, sight.window, sight.now_s))
    if panel.type == "bargauge":
        return join(problem, bars(panel, reading.lines))
    return join(problem, chart(panel, reading.lines, sight.window))
