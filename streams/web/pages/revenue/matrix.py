"""The relationship-process matrix as it is drawn, relationship upwards and process to the right; then team by team."""

from __future__ import annotations

from collections.abc import Sequence

from streams.revenue.answers import MatrixTold
from streams.revenue.indices import Index
from streams.revenue.matrix import NO_FLY, Matrix, Row, performance_of
from streams.revenue.matrix_words import MATRIX_NOTICE
from streams.revenue.process import PROCESS_LEVELS, ProcessLevel
from streams.revenue.relationship import RELATIONSHIP_LEVELS, AccountStanding, RelationshipLevel
from streams.web import numbers
from streams.web.markup import Child, Html, el, join
from streams.web.pages.revenue.frame import Sight, as_of, card, counted, head, listed, nothing_yet, table
from streams.web.pages.revenue.money import NONE

#: Accounts that are listed of each level.
_ACCOUNTS = 60


def matrix(sight: Sight) -> Html:
    """The page's body, below the ways."""
    told = sight.model.matrix()
    if told is None:
        return join(head("Matrix of teams"), nothing_yet())
    found = told.matrix
    placed = any(each.relationship is not None and each.process.level is not None for each in found.rows)
    return join(
        head("Matrix of teams", f"the two quarters to {found.quarter} · ", as_of(told.at)),
        el("p", MATRIX_NOTICE, class_="notice"),
        card(
            "Where teams stand",
            None if placed else el("p", _too_few(found), class_="empty"),
            _drawn(found),
            _unplaced(found),
            key="drawn",
            sub="How a team works runs to the right, how close its accounts are upwards (the level of the middle one). "
            "The shade is the performance level that others in such a place had: 1 to 3. In the hatched cells hardly "
            "anybody is found: a team there more likely has bad data.",
        ),
        *(_team(sight, number, each) for number, each in enumerate(found.rows)),
        _accounts(told),
    )


def _too_few(found: Matrix) -> str:
    if not found.rows:
        return "No team has a deal on record yet."
    return "No team can be placed yet: it takes 20 closed deals and 200 events of a team in two quarters."


def _drawn(found: Matrix) -> Html:
    heads = [el("th", each, scope="col") for each in PROCESS_LEVELS]
    rows = [
        el(
            "tr",
            el("th", relationship, scope="row"),
            *(_cell(found, process, relationship) for process in PROCESS_LEVELS),
        )
        for relationship in reversed(RELATIONSHIP_LEVELS)
    ]
    made = el(
        "table",
        el("caption", "Teams by process, to the right, and relationship, upwards", class_="unseen"),
        el("thead", el("tr", el("td", "relationship ↑ process →", class_="sub"), *heads)),
        el("tbody", *rows),
        class_="matrix",
    )
    return el("div", made, class_="wide", tabindex=0, role="region", aria_label="The matrix of teams")


def _cell(found: Matrix, process: ProcessLevel, relationship: RelationshipLevel) -> Html:
    inside = [each for each in found.rows if each.relationship == relationship and each.process.level == process]
    teams = [
        el("a", each.team or "(no team)", href=f"#team-{found.rows.index(each)}", class_="team") for each in inside
    ]
    no_fly = (process, relationship) in NO_FLY
    level = performance_of(process, relationship)
    marks = el("span", "no-fly" if no_fly else f"level {level}", class_="sub")
    return el("td", *teams, marks, class_=f"level-{level}{' no-fly' if no_fly else ''}")


def _unplaced(found: Matrix) -> Html | None:
    rows = [each for each in found.rows if each.relationship is None or each.process.level is None]
    if not rows:
        return None
    names = [el("a", each.team or "(no team)", href=f"#team-{found.rows.index(each)}") for each in rows]
    return el("p", "Not placed, since too little is known: ", listed(names), class_="sub")


def _team(sight: Sight, number: int, row: Row) -> Html:
    process = row.process
    place = f"{_level(process.level)} process, {row.relationship or 'relationship unknown'}"
    if row.performance is not None:
        place += f", performance level {row.performance}"
    outcomes = row.outcomes
    mix = ", ".join(f"{count} {name}" for name, count in row.accounts.items() if count)
    lines = (
        *(() if row.to_move and process.failed else (("Gate", process.words),)),
        ("To move", join(*(el("span", each, class_="line") for each in row.to_move)) if row.to_move else "nothing"),
        ("Movement", " → ".join(f"{quarter} {_level(level)}" for quarter, level in row.movement)),
        ("Accounts", mix or "none"),
        ("Closed deals", f"{outcomes.won} won, {outcomes.lost} lost, {outcomes.no_decision} without decision"),
    )
    return el(
        "section",
        el("h2", row.team or "(no team)", id=f"team-{number}"),
        el("p", place, class_="sub"),
        el("p", f"Look at the data: {row.suspicion}.", class_="warning-line") if row.suspicion else None,
        el("dl", *(el("div", el("dt", term), el("dd", value)) for term, value in lines), class_="lines spelled"),
        table(
            f"How {row.team or 'whoever is in no team'} works",
            ("Index", "", "Value", "95 % certain", "What it is made of", "Deals"),
            [_index(sight, each) for each in process.indices],
            (2,),
            "indices",
        ),
        class_="card team-card",
        data_key=f"team-{row.team}",
    )


def _level(level: ProcessLevel | None) -> str:
    return "insufficient" if level is None else level


def _index(sight: Sight, each: Index) -> Sequence[Child]:
    note = " (lower is better)" if each.name == "variability" else ""
    if each.value is None:
        return (each.name + note, _bar(None), NONE, NONE, each.words or "nothing is known", NONE)
    certain = NONE if each.interval is None else f"{each.interval.low:.2f} to {each.interval.high:.2f}"
    deals = sight.deals(each.deals) if each.deals else NONE
    return (each.name + note, _bar(each), f"{each.value:.2f}", certain, each.words, deals)


def _bar(each: Index | None) -> Html:
    """A small bar with its interval; the number stands beside it."""
    shapes = [el("rect", x=0, y=3, width=100, height=8, class_="track")]
    if each is not None and each.value is not None:
        shapes.append(el("rect", x=0, y=3, width=f"{100 * each.value:.1f}", height=8, class_="fill"))
        if each.interval is not None:
            low, high = f"{100 * each.interval.low:.1f}", f"{100 * each.interval.high:.1f}"
            shapes.append(el("line", x1=low, x2=high, y1=7, y2=7, class_="whisker"))
    return el("svg", *shapes, viewBox="0 0 100 14", preserveAspectRatio="none", class_="small-bar", aria_hidden="true")


def _accounts(told: MatrixTold) -> Html | None:
    accounts = told.matrix.accounts
    if not accounts:
        return None
    parts: list[Html] = []
    for level in (*reversed(RELATIONSHIP_LEVELS), None):
        of_level = sorted(
            (each for each in accounts if each.level == level), key=lambda each: (-each.signals.deals, each.account)
        )
        if of_level:
            parts.append(_accounts_of(level, of_level))
    left_out = told.accounts_left_out
    return card(
        "Accounts by level",
        *parts,
        el("p", f"{counted(left_out, 'account')} with fewer deals are not listed.", class_="sub") if left_out else None,
        key="accounts",
    )


def _accounts_of(level: RelationshipLevel | None, found: Sequence[AccountStanding]) -> Html:
    rows = [
        (
            each.account,
            ", ".join(name or "(no team)" for name in each.signals.teams),
            numbers.count(each.signals.won),
            numbers.count(each.signals.open),
            numbers.count(each.signals.touches),
            each.lacks.words if each.lacks is not None else each.words,
        )
        for each in found[:_ACCOUNTS]
    ]
    name = level or "too little is known"
    heads = ("Account", "Teams", "Won", "Open", "Touches", "What it lacks for the next level")
    more = len(found) - _ACCOUNTS
    return el(
        "details",
        el("summary", f"{name}: {counted(len(found), 'account')}"),
        table(f"Accounts: {name}", heads, rows, (2, 3, 4)),
        el("p", f"and {numbers.count(more)} more", class_="sub") if more > 0 else None,
        data_key=f"accounts-{name}",
    )
