"""The forecast of a unit: the default with its range, its course, all versions side by side, and how they came out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import get_args

from streams.events.control import ForecastLevel
from streams.revenue.answers import CoverageTold, ForecastTold
from streams.revenue.company import Level, Unit
from streams.revenue.difference import Difference, in_words, signed
from streams.revenue.version import CLOSED, DEFAULT, VERSIONS
from streams.web import numbers
from streams.web.markup import Child, Html, el, join
from streams.web.pages.marks import explained, when
from streams.web.pages.revenue import record, versions
from streams.web.pages.revenue.cone import cone
from streams.web.pages.revenue.frame import (
    ROOT,
    Sight,
    as_of,
    card,
    counted,
    crumbs,
    head,
    not_told,
    nothing_yet,
    span_of,
    spoken,
    table,
    unit_link,
)
from streams.web.pages.revenue.money import NONE, brief, brief_change, cents_of, change, exact, named, whole

#: Units that are listed below another one.
_LISTED = 100
_ACROSS: tuple[tuple[Level, str], ...] = (("product", "By product"), ("lead_source", "By lead source"))


def forecast(sight: Sight) -> Html:
    """The page's body, below the ways and the form."""
    model, unit, period = sight.model, sight.wanted.unit, sight.period
    if not period:
        return join(head("Forecast"), nothing_yet())
    told = model.forecast(period, unit)
    if told is None:
        return join(head("Forecast"), crumbs(sight, ROOT), not_told(sight, ROOT))
    pipeline = model.pipeline(period, unit)
    cover = None if pipeline is None else pipeline.coverage
    quota = None if cover is None or cover.quota is None else cents_of(cover.quota)
    title = f"Forecast of {spoken(unit)} for {period}"
    return join(
        crumbs(sight, ROOT),
        head(title, f"{span_of(told.period)} · {counted(told.won, 'deal')} won, {numbers.count(told.open)} open · ",
             as_of(told.at)),
        _figures(told, cover, quota),
        _caveats(told),
        card("Over the period", cone(told, quota), key="cone", sub=_cone_words(told)),
        _versions(sight, told),
        _manager(sight, told),
        _below(sight, told),
        record.people(told),
        record.reliability(told.came),
    )  # fmt: skip


def _figures(told: ForecastTold, cover: CoverageTold | None, quota: int | None) -> Html:
    default, currency = told.figure(DEFAULT), told.currency
    parts: list[Html] = []
    if default is not None:
        parts.append(_figure("expected", exact(default.cents, currency), main=True))
        if default.low is not None and default.high is not None:
            said = f"{brief(default.low)} to {brief(default.high)}"
            parts.append(_figure("in 8 of 10 courses (P10 to P90)", said))
    closed = told.figure(CLOSED)
    if closed is not None:
        parts.append(_figure("won so far", exact(closed.cents, currency)))
    if quota is None:
        parts.append(_figure("quota", "none is named"))
    else:
        parts.append(_figure("quota", exact(quota, currency)))
        if cover is not None and cover.missing is not None:
            parts.append(_figure("still to be won to reach it", exact(cents_of(cover.missing), currency)))
        if default is not None:
            away = default.cents - quota
            parts.append(_figure("expected, against the quota", brief_change(away)))
    return el("dl", *parts, class_="figures")


def _figure(term: str, value: Child, *, main: bool = False) -> Html:
    return el("div", el("dt", term), el("dd", value), class_="main" if main else None)


def _caveats(told: ForecastTold) -> Html | None:
    lines = []
    if not told.earlier:
        lines.append(
            "Too few periods: no earlier one is on record from its beginning. What needs one is not said (pace, the "
            "record), and weights are not earned yet."
        )
    if told.unvalued:
        lines.append(
            f"{counted(told.unvalued, 'open deal')} without a value (no amount, or no exchange rate): in no sum."
        )
    if told.undated:
        lines.append(f"{counted(told.undated, 'open deal')} without a planned close: in no category, so in no commit.")
    return el("ul", *(el("li", each) for each in lines), class_="sub caveats") if lines else None


def _cone_words(told: ForecastTold) -> str:
    ahead = " From today on: from what is won to where 8 of 10 courses end." if told.day < told.period.end else ""
    return (
        f"What each version said on the days of the weekly lock, and now; the band is P10 to P90 of the blend.{ahead}"
    )


def _versions(sight: Sight, told: ForecastTold) -> Html:
    default = told.figure(DEFAULT)
    scores = record.scores_by_version(told)
    order = sorted(told.figures, key=lambda each: (each.version != DEFAULT, _place(each.version)))
    rows: list[Sequence[Child]] = []
    for each in order:
        term = versions.VERSIONS.get(each.version)
        name: Child = explained(each.version, term) if term else each.version
        by = el("span", f" by {each.by}", class_="sub") if each.by else None
        band = NONE if each.low is None or each.high is None else f"{whole(each.low)} to {whole(each.high)}"
        away = NONE if default is None or each.version == DEFAULT else change(each.cents - default.cents)
        rows.append((join(name, by), whole(each.cents), band, away, *record.score_cells(scores.get(each.version))))
    heads = ("Version", "Says", "P10 to P90", "Against the blend", *record.SCORE_HEADS)
    made = table(f"All versions, in {named(told.currency)}", heads, rows, range(1, len(heads)), "versions")
    earlier = f", read from {', '.join(told.earlier)}" if told.earlier else ""
    return card(
        "All versions side by side",
        made,
        record.none_yet(told),
        _why(sight, told.differences),
        key="versions",
        sub=f"Amounts in {named(told.currency)}{earlier}. How each came out before, at this level: "
        "off by (WAPE), its bias, and how often the outcome lay between P10 and P90 (80 % is right).",
    )


def _place(version: str) -> int:
    return VERSIONS.index(version) if version in VERSIONS else len(VERSIONS)


def _why(sight: Sight, found: Sequence[Difference]) -> Html | None:
    if not found:
        return None
    lines = [el("li", said_with_links(sight, each)) for each in found]
    return join(el("h3", "Why they differ"), el("ul", *lines, class_="why-lines"))


def said_with_links(sight: Sight, found: Difference) -> Html:
    """A difference in words, its deals as links."""
    rest = in_words(found)
    parts: list[Child] = []
    for each in found.named:
        before, said, rest = rest.partition(f"{each.deal} {signed(each.cents)}")
        parts += [before, join(sight.deal(each.deal), f" {signed(each.cents)}") if said else None]
    first, *others = [*parts, rest]
    return join(str(first)[:1].upper() + str(first)[1:], *others)


def _manager(sight: Sight, told: ForecastTold) -> Html | None:
    """What a manager said, and the way to say it or to take it back."""
    said = told.adjustment
    known = said is not None and said.cents is not None
    acts = sight.acts and told.unit.level in get_args(ForecastLevel)
    if not known and not acts:
        return None
    words: Html = el("p", "Nobody has said a figure of their own for it.")
    if said is not None and said.cents is not None:
        why = f": \u201c{said.reason}\u201d" if said.reason else ", without a reason"
        words = el(
            "p",
            f"{said.by or 'Somebody'} said ",
            el("b", exact(said.cents, told.currency)),
            " on ",
            when(said.at, numbers.date(said.at)),
            f"{why}.",
        )
    buttons = (
        el("button", "Say a figure", "\u2026", type="button", class_="act", data_act="adjust", aria_haspopup="dialog"),
        el("button", "Take back", type="button", class_="act", data_act="unadjust") if known else None,
    )
    name = f"{spoken(told.unit)}, {told.period.name}"
    return el(
        "section",
        el("h2", "A figure of one's own"),
        el(
            "p",
            "It takes the place of what is committed below it, stays until another one is said or it is taken back, "
            "and is never less than what is won. Its record is kept like any other version's.",
            class_="sub",
        ),
        words,
        el("div", *buttons, class_="actions", role="group", aria_label=f"Say a figure for {name}") if acts else None,
        class_="card acts manager",
        data_key="manager",
        data_name=name,
        data_period=told.period.name,
        data_level=told.unit.level,
        data_unit=told.unit.name,
        data_amount=_as_typed(said.cents) if said is not None and said.cents is not None else "",
        data_why=said.reason if said is not None else "",
    )


def _as_typed(cents: int) -> str:
    """An amount as a form takes it: `3100000`, `1250.50`."""
    return str(Decimal(cents) / 100)


def _below(sight: Sight, told: ForecastTold) -> Html | None:
    units = sight.model.below(told.period.name, told.unit)
    parts = [_units(sight, told, units, "By " + units[0].level)] if units else []
    if told.unit == Unit():
        for level, title in _ACROSS:
            found = [each.unit for each in sight.model.forecasts(told.period.name, level)]
            parts += [_units(sight, told, found, title)] if found else []
    return join(*parts) if parts else None


def _units(sight: Sight, told: ForecastTold, units: Sequence[Unit], title: str) -> Html:
    period = told.period.name
    rows: list[Sequence[Child]] = []
    for unit in units[:_LISTED]:
        found, pipeline = sight.model.forecast(period, unit), sight.model.pipeline(period, unit)
        cover = None if pipeline is None else pipeline.coverage
        cells = [] if found is None else [found.figure(name) for name in (DEFAULT, CLOSED, "commit")]
        says = [NONE if each is None else whole(each.cents) for each in cells] or [NONE] * 3
        default = cells[0] if cells else None
        band = NONE if default is None or default.low is None or default.high is None else (
            f"{whole(default.low)} to {whole(default.high)}"
        )  # fmt: skip
        quota = NONE if cover is None or cover.quota is None else whole(cents_of(cover.quota))
        rows.append((unit_link(sight, ROOT, unit), says[0], band, says[1], says[2], quota))
    rest = len(units) - _LISTED
    heads = (
        title.removeprefix("By ").replace("_", " ").capitalize(),
        "Expected",
        "P10 to P90",
        "Won",
        "Commit",
        "Quota",
    )
    return card(
        title,
        table(f"{title}, in {named(told.currency)}", heads, rows, range(1, len(heads)), "units"),
        el("p", f"and {numbers.count(rest)} more: choose one above", class_="sub") if rest > 0 else None,
        key=f"by-{units[0].level}",
        sub="Ranges do not add up: not all go well, or badly, at once." if units[0].level != "product" else None,
    )
