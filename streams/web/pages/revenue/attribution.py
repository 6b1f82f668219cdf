"""What channels or campaigns are credited with, by all models side by side; what a touch changes; and sources."""

from __future__ import annotations

from collections.abc import Sequence

from models.interval import Interval
from streams.revenue.answers import SourcesTold
from streams.revenue.attribution import NAMED
from streams.revenue.settled import OTHERS
from streams.revenue.sources import Source, by_risk
from streams.revenue.told import MODELS, Attribution, Credit, Effect
from streams.web import numbers
from streams.web.markup import Child, Html, el, join
from streams.web.pages.revenue.frame import ROOT, Sight, as_of, card, counted, head, nothing_yet, table
from streams.web.pages.revenue.money import NONE, named, plain
from streams.web.pages.revenue.recoveries import recoveries

PATH = f"{ROOT}/attribution"
_WORDS = {
    "first": "First",
    "last": "Last",
    "linear": "Linear",
    "u_shaped": "U-shaped",
    "w_shaped": "W-shaped",
    "full_path": "Full path",
    "time_decay": "Time decay",
    "shapley": "Shapley",
    "markov": "Markov",
    "incremental": "Incremental",
}
#: Rows that are shown: those that are told one by one, all others together, nobody, and what the sellers did.
_ROWS = NAMED + 8


def attribution(sight: Sight) -> Html:
    """The page's body, below the ways."""
    by = sight.wanted.by
    told, leads, touched = sight.model.credit(by), sight.model.sources("lead_source"), sight.model.sources(by)
    ended = sight.model.recoveries()
    known = [each.at for each in (told, leads, touched, ended) if each is not None]
    if not known:
        return join(head("Attribution"), nothing_yet())
    at = known[0]
    links = [
        el("a", text, href=f"{PATH}{sight.wanted.query(by=name)}", aria_current="true" if name == by else None)
        for name, text in (("channel", "By channel"), ("campaign", "By campaign"))
    ]
    found = None if told is None else told.attribution
    return join(
        head("Attribution", "credit shares out what was won among those who were there; an effect is what would be "
             "missing without a touch · ", as_of(at)),
        el("nav", *links, class_="tabs", aria_label="Credit by"),
        *(() if found is None else (_figures(found), _credits(found), _fooled(found), _effects(found))),
        _sources(leads, "lead sources"),
        _sources(touched, f"{by}s"),
        recoveries(ended),
    )  # fmt: skip


def _figures(found: Attribution) -> Html:
    money = f"{found.currency}\u00a0{plain(found.value)}" if found.currency else plain(found.value)
    parts = [
        el("div", el("dt", "won"), el("dd", money), class_="main"),
        el("div", el("dt", "deals won"), el("dd", numbers.count(found.won))),
        el("div", el("dt", "lost"), el("dd", numbers.count(found.lost))),
        el("div", el("dt", "closed untouched"), el("dd", numbers.count(found.untouched))),
    ]
    if found.unvalued:
        parts.append(el("div", el("dt", "won without a value"), el("dd", numbers.count(found.unvalued))))
    return el("dl", *parts, class_="figures")


def _credits(found: Attribution) -> Html:
    names = list(dict.fromkeys(each.name for model in MODELS for each in found.of(model)))
    known = {(each.model, each.name): each for each in found.credits}
    models = [model for model in MODELS if found.of(model)]
    rows = [(name, *(_credit(known.get((model, name))) for model in models)) for name in names[:_ROWS]]
    heads = ("Credited to", *(_WORDS.get(model, model) for model in models))
    gathered = ""
    if found.gathered:
        gathered = f" {OTHERS} are the {counted(found.gathered, found.by)} that touched the fewest deals."
    made = table(
        f"Credit by every model, in {named(found.currency)}",
        heads,
        rows,
        range(1, len(heads)),
        "credits",
    )
    return card(
        "Credit by every model, side by side",
        made if rows else el("p", "Nothing was won yet that could be credited.", class_="empty"),
        key="credits",
        sub=f"In {named(found.currency)}, with the share of what was won and its 95 % interval "
        "where there are enough deals. What sellers did is credited by the full path only. Each model's column adds up "
        f"to what was won; incremental gives nobody what would be won without a touch.{gathered}",
    )


def _credit(each: Credit | None) -> Child:
    if each is None:
        return NONE
    share = None if each.share is None else el("span", _briefly(each.share), class_="sub line")
    return join(plain(each.value), el("span", " *", class_="doubt") if each.said else None, share)


def _briefly(interval: Interval) -> str:
    return f"{interval.value:.0%} ({interval.low * 100:.0f}\u2013{interval.high:.0%})"


def _share(interval: Interval) -> str:
    return f"{interval.value:.0%} ({interval.low:.0%} to {interval.high:.0%})"


def _fooled(found: Attribution) -> Html | None:
    """What is said of rows: what fools a model, or that deals are too few; each sentence once."""
    said: dict[tuple[str, str], list[str]] = {}
    for each in found.credits:
        if each.said:
            said.setdefault((each.name, each.said), []).append(_WORDS.get(each.model, each.model))
    if not said:
        return None
    lines = [
        el("li", el("b", name), f", in {_several(models)}: {words}.")
        for (name, words), models in list(said.items())[:_ROWS]
    ]
    return card("* What to doubt", el("ul", *lines), key="doubts")


def _several(models: Sequence[str]) -> str:
    return "every model" if len(models) == len(_WORDS) else ", ".join(models)


def _effects(found: Attribution) -> Html:
    told = [each for each in found.effects if each.difference is not None]
    rows = [_effect(each, told) for each in found.effects[:_ROWS]]
    heads = ("Touched by", "", "Changes the chance to win by", "Wins that would be missing", "Deals", "Note")
    made = table("What a touch before the opening changes", heads, rows, (2, 3, 4), "effects")
    return card(
        "What a touch changes",
        made if rows else el("p", "No deal was touched yet.", class_="empty"),
        key="effects",
        sub="The difference that a touch before the opening makes to the chance to win, other touches being equal, in "
        "percentage points with its 95 % interval. The line in the middle is no effect. It is one only if who was "
        "touched did not depend on who would buy: touch a random part, and compare.",
    )


def _effect(each: Effect, told: Sequence[Effect]) -> tuple[Child, ...]:
    difference = each.difference
    said = NONE if difference is None else (
        f"{_points(difference.value)} ({_points(difference.low)} to {_points(difference.high)})"
    )  # fmt: skip
    wins = (
        NONE if each.wins is None else f"{round(each.wins.value)} ({round(each.wins.low)} to {round(each.wins.high)})"
    )
    deals = f"{numbers.count(each.deals)} of {numbers.count(each.of)}"
    return (each.name, _dot(difference, told), said, wins.replace("-", "\u2212"), deals, each.said or NONE)


def _points(share: float) -> str:
    hundredths = round(share * 100)
    return f"{hundredths:+d}".replace("-", "\u2212") if hundredths else "0"


def _dot(difference: Interval | None, told: Sequence[Effect]) -> Html:
    """A dot with its interval on the scale of all effects; nothing lies in the middle."""
    widest = max(
        (max(abs(each.difference.low), abs(each.difference.high)) for each in told if each.difference), default=1
    )

    def x(value: float) -> str:
        return f"{50 + 48 * value / (widest or 1):.1f}"

    shapes = [el("line", x1=50, x2=50, y1=0, y2=16, class_="nothing")]
    if difference is not None:
        shapes.append(el("line", x1=x(difference.low), x2=x(difference.high), y1=8, y2=8, class_="whisker"))
        shapes.append(el("line", x1=x(difference.value), x2=x(difference.value), y1=8, y2=8, class_="dot"))
    return el("svg", *shapes, viewBox="0 0 100 16", preserveAspectRatio="none", class_="small-bar", aria_hidden="true")


def _sources(told: SourcesTold | None, what: str) -> Html | None:
    if told is None:
        return None
    if not told.sources:
        return card(what.capitalize(), el("p", "No deal names one yet.", class_="empty"), key=f"sources-{what}")
    risky = by_risk(told.sources)
    heads = ("By what was won", "Won", "Deals won", "Won of decided", "Days to win", "Open", "Open deals")
    risk_heads = ("By risk", "Open deals with an alert", "Value with an alert", "Buyer silent", "Open deals")
    parts = (
        table(
            f"{what.capitalize()} by what was won", heads, [_won(each) for each in told.sources[:_ROWS]], range(1, 7)
        ),
        table(f"{what.capitalize()} by risk", risk_heads, [_risk(each) for each in risky[:_ROWS]], range(1, 5)),
    )
    note = "" if told.what == "lead_source" else " A deal counts for each that touched it, so these rows do not add up."
    more = max(len(told.sources) - _ROWS, 0) + told.left_out
    return card(
        what.capitalize(),
        *parts,
        el("p", f"and {counted(more, 'more')}", class_="sub") if more > 0 else None,
        key=f"sources-{what}",
        sub=f"Amounts in {named(told.currency)}. Shares have their 95 % interval, and need ten deals.{note}",
    )


def _won(each: Source) -> tuple[Child, ...]:
    return (
        each.name,
        plain(each.won_value),
        numbers.count(each.won),
        NONE if each.conversion is None else _share(each.conversion),
        NONE if each.cycle_days is None else f"{each.cycle_days.value:.0f}",
        plain(each.open_value),
        numbers.count(each.open),
    )


def _risk(each: Source) -> tuple[Child, ...]:
    return (
        each.name,
        NONE if each.at_risk is None else _share(each.at_risk),
        NONE if each.value_at_risk is None else plain(each.value_at_risk),
        NONE if each.silent is None else _share(each.silent),
        numbers.count(each.open),
    )
