"""What all pages of revenue share: the ways between them, what is chosen, tables, links to deals, and words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from streams.revenue.company import Level, Unit
from streams.revenue.periods import Period
from streams.web import numbers
from streams.web.markup import Child, Html, el, join
from streams.web.pages.marks import deal_url, when
from streams.web.revenue_model import RevenueModel
from streams.web.revenue_wanted import RevenueWanted

ROOT = "/revenue"
WAYS: tuple[tuple[str, str, str], ...] = (
    ("forecast", "Forecast", ROOT),
    ("pipeline", "Pipeline", f"{ROOT}/pipeline"),
    ("matrix", "Matrix", f"{ROOT}/matrix"),
    ("coaching", "Coaching", f"{ROOT}/coaching"),
    ("attribution", "Attribution", f"{ROOT}/attribution"),
)
#: Those of which a period and a unit are chosen.
_OF_A_UNIT = ("forecast", "pipeline")
_LEVELS: dict[Level, str] = {
    "company": "The company",
    "region": "Regions",
    "team": "Teams",
    "rep": "Reps",
    "product": "Products",
    "lead_source": "Lead sources",
}
#: Units that can be chosen from a list; there are links to all others.
_LISTED = 1_500

#: What a deal is called, by its id; empty where it is not known.
Names = Callable[[str], str]


class Sight(Struct, frozen=True):
    """What a page of revenue is made from."""

    model: RevenueModel
    wanted: RevenueWanted
    names: Names
    #: Whether figures of one's own can be said.
    acts: bool = False

    @property
    def period(self) -> str:
        """The period that is shown."""
        return self.wanted.period or self.model.now()

    def deal(self, deal: str) -> Html:
        """A link to a deal, by its name where it is known."""
        name = self.names(deal)
        return el("a", name or deal, href=deal_url(deal), title=deal if name else None)

    def deals(self, deals: Iterable[str]) -> Html:
        """Links to some deals, in a line."""
        return listed([self.deal(each) for each in deals])


def ways(here: str, wanted: RevenueWanted) -> Html:
    """The second row of ways."""
    kept = wanted.query(by="channel")
    links = [
        el("a", text, href=f"{path}{kept if name in _OF_A_UNIT else ''}", aria_current="page" if name == here else None)
        for name, text, path in WAYS
    ]
    return el("nav", *links, class_="tabs revenue-ways", aria_label="Revenue")


def warning(model: RevenueModel) -> Html | None:
    """What is wrong with all amounts: where several currencies are added up as if they were one."""
    told = model.forecast(model.now(), Unit())
    if told is None or not told.mixed:
        return None
    return el(
        "p",
        f"Amounts are in {', '.join(told.mixed)}, and are added up as if they were one. A company file that names the "
        "currency and the rates converts them: ",
        el("code", "company.toml"),
        class_="warning-line",
        role="status",
    )


def chooser(sight: Sight, path: str) -> Html | None:
    """The form that chooses the period and the unit; it works without a script."""
    model, period = sight.model, sight.period
    names = sorted({*model.periods(), *([period] if period else [])}, reverse=True)
    if not names:
        return None
    options = [el("option", name, value=name, selected=name == period) for name in names]
    groups = [each for level in _LEVELS if (each := _group(sight, level)) is not None]
    return el(
        "form",
        el("label", el("span", "Period", class_="sub"), el("select", *options, name="period"), class_="field"),
        el("label", el("span", "Of", class_="sub"), el("select", *groups, name="unit"), class_="field"),
        el("button", "Show", class_="apply"),
        id="choices",
        class_="revenue-choices",
        action=path,
        method="get",
    )


def _group(sight: Sight, level: Level) -> Html | None:
    chosen = sight.wanted.unit
    if level == "company":
        return el("option", _LEVELS[level], value="company|", selected=chosen.level == level)
    names = sight.model.units(sight.period, level)
    if len(names) > _LISTED:
        names = (chosen.name,) if chosen.level == level else ()
    options = [
        el("option", called(Unit(level, name)), value=f"{level}|{name}", selected=chosen == Unit(level, name))
        for name in names
    ]
    return el("optgroup", *options, label=_LEVELS[level]) if options else None


def called(unit: Unit) -> str:
    """What a unit is called in a list of its like."""
    if unit.level == "company":
        return "The company"
    return unit.name or f"no {unit.level.replace('_', ' ')}"


def spoken(unit: Unit) -> str:
    """What a unit is called by itself."""
    if unit.level == "company":
        return "the company"
    return f"{unit.level.replace('_', ' ')} {unit.name}" if unit.name else called(unit)


def crumbs(sight: Sight, path: str) -> Html | None:
    """The way up from a unit."""
    above = sight.model.above(sight.wanted.unit)
    if not above:
        return None
    links = [el("a", called(each), href=f"{path}{sight.wanted.query(unit=each)}") for each in above]
    return el("p", *(join(each, " \u203a ") for each in links), called(sight.wanted.unit), class_="sub crumbs")


def unit_link(sight: Sight, path: str, unit: Unit) -> Html:
    """A link to the same page of another unit."""
    return el("a", called(unit), href=f"{path}{sight.wanted.query(unit=unit)}")


def head(title: str, *more: Child) -> Html:
    """The title of a page and what is said under it."""
    return el("header", el("h1", title), el("p", *more, class_="sub") if more else None, class_="revenue-head")


def as_of(at: int) -> Html:
    """As of when an answer is, by the events' own time."""
    return join("as of ", when(at, numbers.moment(at)))


def span_of(period: Period) -> str:
    """`1 Jan to 31 Mar 2026`."""
    last = period.end.fromordinal(period.end.toordinal() - 1)
    first = f"{period.start.day} {period.start:%b}" + ("" if period.start.year == last.year else f" {period.start:%Y}")
    return f"{first} to {last.day} {last:%b %Y}"


def nothing_yet() -> Html:
    """What is said where no program keeps answers."""
    return el(
        "div",
        el("h2", "Nothing is known of revenue yet"),
        el(
            "p",
            "No program of role revenue has run here yet. Start one, and its answers appear here by themselves: ",
            el("code", "dealwatch worker --role revenue"),
        ),
        el("p", "Currency, fiscal year, regions and quotas come from the company file: ", el("code", "company.toml")),
        class_="card empty",
    )


def not_told(sight: Sight, path: str) -> Html:
    """What is said where there is no answer for a period and a unit, with what there is."""
    model, wanted = sight.model, sight.wanted
    known = [el("a", each, href=f"{path}{wanted.query(period=each, unit=Unit())}") for each in model.periods()]
    return el(
        "div",
        el("h2", f"Nothing is told of {spoken(wanted.unit)} in {sight.period or 'any period'}"),
        el("p", "Either it has no deal there, or the period is not kept current. There is: ", listed(known), "."),
        class_="card empty",
    )


def listed(parts: Sequence[Child]) -> Html:
    """Things in a line; a dash for nothing."""
    return join(*(join(", " if place else None, each) for place, each in enumerate(parts or ("none",))))


def table(
    caption: str, heads: Sequence[Child], rows: Iterable[Sequence[Child]], right: Iterable[int] = (), kind: str = ""
) -> Html:
    """A table that scrolls sideways where it must; `right` are the columns of numbers, the first column names rows."""
    numeric = {*right}

    def cell(place: int, child: Child) -> Html:
        name = "num" if place in numeric else None
        return el("td", child, class_=name) if place else el("th", child, scope="row", class_=name)

    made = el(
        "table",
        el("caption", caption, class_="unseen"),
        el("thead", el("tr", *(_heading(each, place in numeric) for place, each in enumerate(heads)))),
        el("tbody", *(el("tr", *(cell(place, each) for place, each in enumerate(row))) for row in rows)),
        class_=f"told {kind}".strip(),
    )
    return el("div", made, class_="wide", tabindex=0, role="region", aria_label=caption)


def _heading(text: Child, numeric: bool) -> Html:
    text = text or el("span", "picture of it", class_="unseen")
    return el("th", text, scope="col", class_="num" if numeric else None)


def card(title: str, *content: Child, key: str, sub: Child = None) -> Html:
    """A part of a page."""
    return el(
        "section", el("h2", title), el("p", sub, class_="sub") if sub else None, *content, class_="card", data_key=key
    )


def counted(number: int, what: str) -> str:
    """`1 deal`, `1,200 deals`."""
    return f"{numbers.count(number)} {what}{'' if number == 1 else 's'}"
