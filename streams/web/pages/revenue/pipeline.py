"""The pipeline of a unit: what it was worth, what changed it, whether it is enough, and which dates cannot be right."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from streams.revenue.answers import CohortTold, CoverageTold, PipelineTold
from streams.revenue.closedates import Fault, WrongDate
from streams.revenue.cohorts import FEW_WINS, Velocity
from streams.revenue.edits import Batch
from streams.revenue.waterfall import Share
from streams.web import numbers
from streams.web.markup import Child, Html, el, join
from streams.web.pages.marks import deal_url, when
from streams.web.pages.revenue import waterfall
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
)
from streams.web.pages.revenue.money import NONE, named, plain, signed
from streams.web.vocabulary import event_words

PATH = f"{ROOT}/pipeline"
FAULTS: dict[Fault, str] = {
    "over": "it has passed, and the deal is open",
    "missing": "there is none",
    "early": "hardly any such deal is won by then",
    "default": "the CRM filled it in, nobody promised it",
}
#: The ways in which a stay in a stage ends.
_ENDS = (
    ("forward", "moved on"), ("back", "went back"), ("won", "won"), ("lost", "lost"), ("no_decision", "no decision"),
)  # fmt: skip


def pipeline(sight: Sight) -> Html:
    """The page's body, below the ways and the form."""
    unit, period = sight.wanted.unit, sight.period
    if not period:
        return join(head("Pipeline"), nothing_yet())
    told = sight.model.pipeline(period, unit)
    if told is None:
        return join(head("Pipeline"), crumbs(sight, PATH), not_told(sight, PATH))
    since = join(
        f"planned to close in {span_of(told.period)} · from ", when(told.since, numbers.date(told.since)), " · "
    )
    return join(
        crumbs(sight, PATH),
        head(f"Pipeline of {spoken(unit)} for {period}", since, as_of(told.at)),
        _figures(told),
        card(
            "What changed it",
            waterfall.fall(told, lambda share: _share(sight, share)),
            el("p", f"{counted(told.unvalued, 'deal')} without a value, and in no sum.", class_="sub")
            if told.unvalued
            else None,
            key="waterfall",
            sub=f"Start and all changes make the end, to the cent. Amounts in {named(told.currency)}.",
        ),
        el("div", _coverage(told.coverage, told), _velocity(told.velocity, told), class_="pair"),
        _slipped(sight, told),
        _dates(sight, told),
        _cohorts(told.cohorts),
        _batches(told.batches),
        _below(sight, told),
    )


def _figures(told: PipelineTold) -> Html:
    parts = [
        el("div", el("dt", f"{counted(told.end_deals, 'open deal')}"), el("dd", _money(told.end, told)), class_="main"),
        el("div", el("dt", "at the start"), el("dd", _money(told.start, told))),
        el("div", el("dt", "since then"), el("dd", signed(told.end - told.start))),
    ]
    cover = told.coverage
    if cover is not None and cover.ratio is not None:
        parts.append(el("div", el("dt", "of what is missing to the quota"), el("dd", f"{cover.ratio:.1f} times")))
    return el("dl", *parts, class_="figures")


def _money(amount: Decimal, told: PipelineTold) -> str:
    return f"{told.currency}\u00a0{plain(amount)}" if told.currency else plain(amount)


def _share(sight: Sight, share: Share) -> Html:
    times = f" ({share.times} times)" if share.times > 1 else ""
    return join(sight.deal(share.deal), f" {signed(share.amount)}{times}")


def _coverage(cover: CoverageTold | None, told: PipelineTold) -> Html:
    lines: list[Child] = []
    if cover is None or cover.quota is None:
        lines.append("No quota is named for it in the company file, so nothing can be missing.")
    elif cover.missing is not None and not cover.missing:
        lines.append(f"The quota of {_money(cover.quota, told)} is reached: {_money(cover.won, told)} is won.")
    elif cover.missing is not None:
        ratio = "" if cover.ratio is None else f" The pipeline is {cover.ratio:.1f} times that."
        lines.append(
            f"{_money(cover.won, told)} of the quota of {_money(cover.quota, told)} is won; "
            f"{_money(cover.missing, told)} is missing.{ratio}"
        )
    if cover is None or cover.needed is None:
        lines.append("How much is needed is not known: no earlier period is over in which such a pipeline was won of.")
    else:
        enough = "" if cover.ratio is None else " That is enough." if cover.ratio >= cover.needed else (
            " That is not enough: it takes more pipeline, or deals that are won more often."
        )  # fmt: skip
        lines.append(
            f"Needed is {cover.needed:.1f} times what is missing: of {counted(cover.rests_on, 'deal')} that stood "
            f"as far from the end of {', '.join(cover.periods)}, {1 / cover.needed:.0%} of the value was won in "
            f"time.{enough}"
        )
    return card("Whether it is enough", *(el("p", each) for each in lines), key="coverage")


def _velocity(found: Velocity | None, told: PipelineTold) -> Html:
    if found is None or found.a_day is None:
        words: Child = "Nothing was won within a year, so there is no pace to tell."
        return card("What it yields", el("p", words), key="velocity")
    if found.is_few:
        words = f"{counted(found.won, 'win')} within a year: fewer than {FEW_WINS} are too few to tell a pace."
        return card("What it yields", el("p", words), key="velocity")
    average = NONE if found.average is None else _money(found.average, told)
    lines = (
        ("open deals", numbers.count(found.deals)),
        ("win rate", f"{found.win_rate:.0%} of {counted(found.created, 'deal')} of the last year"),
        ("average of a win", f"{average}, of {counted(found.won, 'win')}"),
        ("days from opening to win", NONE if found.cycle_days is None else f"{found.cycle_days:.0f}"),
    )
    return card(
        "What it yields",
        el("p", el("b", f"{_money(Decimal(round(found.a_day)), told)} a day")),
        el("dl", *(el("div", el("dt", term), el("dd", value)) for term, value in lines), class_="lines spelled"),
        key="velocity",
        sub="Open deals, times the win rate, times the average win, by the days it takes.",
    )


def _slipped(sight: Sight, told: PipelineTold) -> Html | None:
    if not told.slipped:
        return None
    rows = [
        (sight.deal(each.deal), f"{each.days:+d}".replace("-", "\u2212"), str(each.pushes), str(each.pulls))
        for each in told.slipped
    ]
    return card(
        "Slipped most",
        table("Open deals whose planned close moved furthest", ("Deal", "Days", "Pushed", "Pulled"), rows, (1, 2, 3)),
        key="slipped",
        sub="Open deals whose planned close moved out furthest, whatever they are planned for now.",
    )


def _dates(sight: Sight, told: PipelineTold) -> Html | None:
    total = sum(told.faults.values())
    if not total:
        return None
    counts = ", ".join(f"{numbers.count(count)} {_fault(fault)}" for fault, count in told.faults.items())
    rows = [_date(sight, each) for each in told.wrong_dates]
    heads = ("Deal", "Owner", "Planned", "Why not", "Propose", "Safe", "Won by the planned day")
    return card(
        "Close dates that cannot be right",
        table("Close dates that cannot be right, the largest deals first", heads, rows, (6,), "dates"),
        key="dates",
        sub=f"{counted(total, 'open deal')}: {counts}. Half of such deals that are won are won by the proposed day, "
        "80 % by the safe one. Where an update is proposed it can be accepted on the deal's page.",
    )


def _fault(fault: Fault) -> str:
    return {"over": "over", "missing": "missing", "early": "too early", "default": "filled in by the CRM"}[fault]


def _date(sight: Sight, each: WrongDate) -> tuple[Child, ...]:
    def day(value: object) -> str:
        return NONE if value is None else str(value)

    return (
        sight.deal(each.deal),
        each.owner or "nobody",
        day(each.planned),
        FAULTS[each.fault],
        el("a", day(each.proposed), href=deal_url(each.deal)) if each.proposed else NONE,
        day(each.safe),
        NONE if each.won_by is None else f"{each.won_by:.0%}",
    )


def _cohorts(found: Sequence[CohortTold]) -> Html | None:
    if not found:
        return None
    rows = [
        (
            each.stage or "no stage",
            each.period,
            numbers.count(each.stays),
            *(f"{each.ends.get(end, 0.0):.0%}" for end, _ in _ENDS),
            numbers.count(each.going),
            NONE if each.median_days is None else f"{each.median_days:.0f}",
        )
        for each in found
    ]
    heads = ("Stage", "Entered in", "Deals", *(word for _, word in _ENDS), "Still in it", "Median days")
    return card(
        "By when a stage was entered",
        el(
            "details",
            el("summary", f"{counted(len(found), 'cohort')} by stage and period"),
            table("How stays in a stage ended, by when they began", heads, rows, range(2, len(heads))),
            data_key="cohorts",
        ),
        key="cohorts",
        sub="The chance of each end within the time that is known, with those that are still in the stage counted at "
        "risk: a young cohort is not taken for a bad one.",
    )


def _batches(found: Sequence[Batch]) -> Html | None:
    if not found:
        return None
    rows = [
        (
            each.by,
            when(each.since, numbers.moment(each.since)),
            numbers.span(each.until - each.since),
            str(each.edits),
            numbers.count(len(each.deals) + each.beyond),
            ", ".join(f"{event_words(kind)} {count}" for kind, count in each.kinds.items()),
            NONE if each.call is None else when(each.call, numbers.date(each.call)),
        )
        for each in found
    ]
    heads = ("By", "Begun", "Took", "Edits", "Deals", "What", "Before")
    return card(
        "Edits in batches",
        el(
            "details",
            el("summary", counted(len(found), "batch") if len(found) == 1 else f"{len(found)} batches"),
            table("Many deals edited in one sitting", heads, rows, (3, 4)),
            data_key="batches",
        ),
        key="batches",
        sub="At least five deals edited by one person in one sitting. A weekly review is a batch, too, and nothing to "
        "hide: this is for coaching, not for judging anybody.",
    )


def _below(sight: Sight, told: PipelineTold) -> Html | None:
    units = sight.model.below(told.period.name, told.unit)
    rows: list[tuple[Child, ...]] = []
    for unit in units[:100]:
        found = sight.model.pipeline(told.period.name, unit)
        if found is not None:
            link = el("a", unit.name or f"no {unit.level}", href=f"{PATH}{sight.wanted.query(unit=unit)}")
            cover = found.coverage
            ratio = NONE if cover is None or cover.ratio is None else f"{cover.ratio:.1f}"
            needed = NONE if cover is None or cover.needed is None else f"{cover.needed:.1f}"
            change = signed(found.end - found.start)
            rows.append(
                (link, plain(found.start), change, plain(found.end), numbers.count(found.end_deals), ratio, needed)
            )
    if not rows:
        return None
    level = units[0].level
    heads = (level.capitalize(), "Start", "Change", "Now", "Deals", "Times what is missing", "Needed")
    return card(f"By {level}", table(f"Pipelines by {level}", heads, rows, range(1, 7)), key="below")
