"""The waterfall: a table in whose rows bars stand, each where the one before it ended. So picture and numbers agree.

What comes is a full bar to the right of where it began, what goes a hollow one back to the left; the sign says it, too.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from msgspec import Struct

from streams.revenue.answers import PipelineTold
from streams.revenue.reasons import LABELS
from streams.revenue.waterfall import Share
from streams.web import numbers
from streams.web.markup import Child, Html, el
from streams.web.pages.revenue.frame import listed, table
from streams.web.pages.revenue.money import NONE, plain, signed

_WIDTH, _HEIGHT = 1_000, 20
Said = Callable[[Share], Html]


class Bar(Struct, frozen=True):
    """From where to where a row's bar goes: of start and end from nothing."""

    kind: str
    begins: Decimal
    ends: Decimal


def bars_of(told: PipelineTold) -> list[Bar]:
    """The bars in their order: the start, one a reason, the end."""
    here = told.start
    found = [Bar("whole", Decimal(0), here)]
    for each in told.buckets:
        found.append(Bar("up" if each.amount >= 0 else "down", here, here + each.amount))
        here += each.amount
    return [*found, Bar("whole", Decimal(0), told.end)]


def fall(told: PipelineTold, said: Said) -> Html:
    """The waterfall of a pipeline; `said` makes a deal's share into a link and an amount."""
    bars = bars_of(told)
    low = min(min(each.begins, each.ends) for each in bars)
    high = max(max(each.begins, each.ends) for each in bars)
    drawn = [_bar(each, low, high) for each in bars]
    rows: list[tuple[Child, ...]] = [
        ("at the start", drawn[0], plain(told.start), numbers.count(told.start_deals), NONE, NONE)
    ]
    for each, picture in zip(told.buckets, drawn[1:-1], strict=True):
        more = each.deals - len(each.named)
        named = [said(share) for share in each.named]
        rows.append(
            (
                LABELS[each.reason],
                picture,
                signed(each.amount),
                numbers.count(each.deals),
                numbers.count(each.times),
                listed([*named, f"{numbers.count(more)} more"] if more > 0 else named),
            )
        )
    rows.append(("now", drawn[-1], plain(told.end), numbers.count(told.end_deals), NONE, NONE))
    heads = ("What", "From start to now", "Amount", "Deals", "Times", "Most of it")
    return table("What changed the pipeline", heads, rows, (2, 3, 4), "fall")


def _bar(bar: Bar, low: Decimal, high: Decimal) -> Html:
    span = float(high - low) or 1.0

    def x(value: Decimal) -> float:
        return float(value - low) / span * _WIDTH

    left, right = sorted((x(bar.begins), x(bar.ends)))
    shape = el("rect", x=f"{left:.1f}", y=3, width=f"{max(right - left, 2.0):.1f}", height=_HEIGHT - 6, class_=bar.kind)
    here = f"{x(bar.ends):.1f}"
    carried = el("line", x1=here, x2=here, y1=0, y2=_HEIGHT, class_="carried")
    return el("svg", shape, carried, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", preserveAspectRatio="none", aria_hidden="true")
