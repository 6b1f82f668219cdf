"""The coach's sheets: who has one, and one of them, by the rule that the rep reads it first."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from msgspec import Struct

from streams.revenue.coaching import NOTICE, TITLES, Compared, Point, Sheet
from streams.web import numbers
from streams.web.markup import Child, Html, el, join
from streams.web.pages.marks import when
from streams.web.pages.revenue.frame import ROOT, Sight, as_of, card, counted, head, listed, nothing_yet, table
from streams.web.pages.revenue.money import NONE
from streams.web.readers import Reader
from streams.web.revenue_model import SheetLevel

PATH = f"{ROOT}/coaching"


class Reading(Struct, frozen=True):
    """Who reads, and when, by the events' time in milliseconds."""

    reader: Reader
    now: int


def sheet_url(level: SheetLevel, name: str) -> str:
    """The address of a sheet."""
    return f"{PATH}/{level}/{quote(name, safe='')}"


def coaching(sight: Sight, reading: Reading) -> Html:
    """All sheets: teams', and reps' with when they may be read."""
    model = sight.model
    teams, reps = model.sheets("team"), model.sheets("rep")
    if not teams and not reps:
        return join(head("Coaching"), nothing_yet())
    return join(
        head("Coaching", "a sheet a week for the talk between a rep and the manager, at most three points each"),
        el("p", NOTICE, class_="notice"),
        _who(reading),
        card("Teams", _list(sight, "team", teams, reading), key="teams") if teams else None,
        card("Reps", _list(sight, "rep", reps, reading), key="reps") if reps else None,
    )


def _who(reading: Reading) -> Html:
    reader = reading.reader
    if reader.verified and reader.user:
        words = f"You read as {reader.user}: your own sheet at once, those of others a working day later."
    elif reader.verified:
        words = (
            "The proxy in front of this page names nobody, so sheets of reps open a working day after they were made."
        )
    else:
        words = (
            "This page cannot know who reads it: a name that a browser keeps proves nothing. So sheets of reps open "
            "for everybody a working day after they were made, and nobody reads their own sooner here. Where a proxy "
            "names who asks (web_user_header), a rep does."
        )
    return el("p", words, class_="sub intro")


def _list(sight: Sight, level: SheetLevel, names: Sequence[str], reading: Reading) -> Html:
    rows = [row for name in names if (row := _line(sight, level, name, reading)) is not None]
    return table(f"Sheets of {level}s", (level.capitalize(), "Week of", "What stands out"), rows)


def _line(sight: Sight, level: SheetLevel, name: str, reading: Reading) -> tuple[Child, ...] | None:
    told = sight.model.sheet(level, name)
    if told is None:
        return None
    sheet = told.sheet
    link = el("a", name or f"(no {level})", href=sheet_url(level, name))
    if not reading.reader.may_read(sheet, reading.now):
        return (link, str(sheet.week), join("may be read from ", _opens(sheet)))
    points = listed([each.title for each in sheet.points]) if sheet.points else "nothing"
    own = " (yours)" if reading.reader.is_whose(sheet) else None
    return (join(link, own), str(sheet.week), points)


def _opens(sheet: Sheet) -> Html:
    return when(sheet.manager_from, numbers.moment(sheet.manager_from))


def sheet_page(sight: Sight, level: SheetLevel, name: str, reading: Reading) -> Html:
    """One sheet, or from when it may be read."""
    told = sight.model.sheet(level, name)
    back = el("p", el("a", "All sheets", href=PATH), class_="sub crumbs")
    if told is None:
        if not sight.model.sheets("rep") and not sight.model.sheets("team"):
            return join(back, head("Coaching"), nothing_yet())
        missing = el("p", f"There is no sheet of the {level} {name}.", class_="card empty")
        return join(back, head("No such sheet"), missing)
    sheet = told.sheet
    title = f"One-to-one with {name or 'nobody'}" if level == "rep" else f"Team {name or '(no team)'}"
    top = join(
        back, head(title, f"week of {sheet.week} · ", as_of(sheet.as_of)), el("p", sheet.notice, class_="notice")
    )
    if not reading.reader.may_read(sheet, reading.now):
        return join(top, _not_yet(sheet, reading))
    return join(top, _points(sight, sheet), _all(sheet))


def _not_yet(sheet: Sheet, reading: Reading) -> Html:
    verified = reading.reader.verified
    more = "" if verified else " This page cannot know whether you are: no proxy says who asks."
    return el(
        "div",
        el("h2", "The rep reads it first"),
        el(
            "p", "It may be read from ", _opens(sheet), f" on. Until then it is {sheet.name or 'the rep'}'s only.{more}"
        ),
        class_="card empty not-yet",
    )


def _points(sight: Sight, sheet: Sheet) -> Html:
    if not sheet.points:
        return card(
            "What to talk about",
            el("p", "Nothing stands out from what is usual by more than chance explains."),
            key="points",
        )
    return el("ol", *(_point(sight, number, each) for number, each in enumerate(sheet.points, 1)), class_="points-list")


def _point(sight: Sight, number: int, each: Point) -> Html:
    deals = [el("li", sight.deal(note.deal), el("span", f": {note.words}", class_="sub")) for note in each.deals]
    keep = el("span", "keep it up", class_="chip info") if each.kind == "keep" else None
    return el(
        "li",
        el("h2", f"{number}. {each.title} ", keep),
        el("p", each.words),
        el("ul", *deals) if deals else None,
        el("p", el("b", "Ask: "), each.question, class_="question"),
        class_="card",
        data_key=each.about,
    )


def _all(sheet: Sheet) -> Html:
    rows = [_compared(each) for each in sheet.compared]
    heads = ("Indicator", "", "Now", "Others", "Before", "Of", "What it is made of")
    return card(
        "All indicators",
        table("All indicators, beside others and beside the two quarters before", heads, rows, (2, 4, 5), "indicators"),
        key="indicators",
        sub="Each is a share, better where it is higher. The bar is now, with what is 95 % certain as a line; the band "
        "is the middle half of others, without saying who; the tick is the same rep or team two quarters before.",
    )


def _compared(each: Compared) -> Sequence[Child]:
    found, peers = each.indicator, each.peers
    now = NONE if found.value is None else f"{found.value.value:.0%} ({found.value.low:.0%} to {found.value.high:.0%})"
    others: Child = NONE
    if peers is not None:
        middle = el("span", f"middle {peers.middle:.0%}, {counted(peers.count, 'other')}", class_="sub line")
        others = join(f"{peers.low:.0%} to {peers.high:.0%}", middle)
    past = NONE if each.past is None else f"{each.past.value:.0%}"
    of = counted(found.of, "case")
    return (TITLES[found.name], _picture(each), now, others, past, of, found.words)


def _picture(each: Compared) -> Html:
    """The same as the numbers beside it, as a small bar."""
    shapes = [el("rect", x=0, y=2, width=100, height=12, class_="track")]
    if each.peers is not None:
        wide = f"{100 * (each.peers.high - each.peers.low):.1f}"
        shapes.append(el("rect", x=f"{100 * each.peers.low:.1f}", y=2, width=wide, height=12, class_="others"))
    value = each.indicator.value
    if value is not None:
        low, high = f"{100 * value.low:.1f}", f"{100 * value.high:.1f}"
        shapes.append(el("rect", x=0, y=5, width=f"{100 * value.value:.1f}", height=6, class_="fill"))
        shapes.append(el("line", x1=low, x2=high, y1=8, y2=8, class_="whisker"))
    if each.past is not None:
        x = f"{100 * each.past.value:.1f}"
        shapes.append(el("line", x1=x, x2=x, y1=0, y2=16, class_="before"))
    return el("svg", *shapes, viewBox="0 0 100 16", preserveAspectRatio="none", class_="small-bar", aria_hidden="true")
