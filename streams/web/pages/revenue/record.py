"""How versions and people came out in periods that are over, and whether of deals said to have 30 %, 30 in 100 won."""

from __future__ import annotations

from collections.abc import Sequence

from models.interval import share_of
from streams.revenue.accuracy import Score
from streams.revenue.answers import ForecastTold, VersionScore
from streams.revenue.reliability import Came
from streams.web import numbers
from streams.web.markup import Html, el
from streams.web.pages.revenue import plot
from streams.web.pages.revenue.frame import card, counted, table
from streams.web.pages.revenue.money import NONE
from streams.web.pages.revenue.versions import version_word

#: People whose record is listed; all others are found at their teams.
_PEOPLE = 60
SCORE_HEADS = ("Off by", "Too much (+) or too little", "Ended within P10 to P90", "Pinball loss", "Outcomes")


def scores_by_version(told: ForecastTold) -> dict[str, Score]:
    """The record of each version at the level of the unit."""
    return {each.version: each.score for each in told.scores if not each.by}


def score_cells(score: Score | None) -> tuple[str, ...]:
    """How something came out, as the cells of a row; dashes where nothing is known."""
    if score is None:
        return (NONE,) * len(SCORE_HEADS)
    return (
        _share(score.wape),
        NONE if score.bias is None else numbers.change(score.bias),
        NONE if score.coverage is None else f"{_share(score.coverage)} of {score.intervals}",
        _share(score.pinball),
        numbers.count(score.outcomes),
    )


def _share(share: float | None) -> str:
    return NONE if share is None else f"{share * 100:.0f}\u202f%"


def people(told: ForecastTold) -> Html | None:
    """Who said what, and how it came out."""
    said = [each for each in told.scores if each.by]
    if not said:
        return None
    said.sort(key=lambda each: (-each.score.outcomes, each.by, each.version))
    rest = max(len(said) - _PEOPLE, 0) + told.people_left_out
    more = el("p", f"{counted(rest, 'more record')} at the units below.", class_="sub") if rest > 0 else None
    return card(
        "Who forecasts how well",
        el(
            "details",
            el("summary", counted(len(said) + told.people_left_out, "record")),
            table(
                "How people's figures came out",
                ("Who", "Said as", *SCORE_HEADS),
                [_person(each) for each in said[:_PEOPLE]],
                range(2, 2 + len(SCORE_HEADS)),
            ),
            data_key="people",
        ),
        more,
        key="people",
        sub="Reps by what they committed, managers by their own figures. For help, not for a ranking: few outcomes say "
        "little.",
    )


def _person(each: VersionScore) -> tuple[str, ...]:
    return (each.by, version_word(each.version), *score_cells(each.score))


def reliability(came: Sequence[Came]) -> Html | None:
    """What was said of deals beside what came; on the dashed line it is as was said."""
    if not came:
        return None
    scale = plot.Scale(0.0, 1.0, 1.0, 0.25)
    shapes = [plot.level(scale, mark, "grid") for mark in scale.marks()]
    shapes.append(plot.line([scale.point(0, 0), scale.point(1, 1)], "perfect"))
    most = max(each.deals for each in came)
    dots = []
    rows = []
    for each in came:
        said, held = each.expected / max(each.deals, 1), share_of(min(each.won, each.deals), each.deals)
        if held is None:
            continue
        x = f"{scale.x(said):.1f}"
        shapes.append(
            el("line", x1=x, x2=x, y1=f"{scale.y(held.low):.2f}", y2=f"{scale.y(held.high):.2f}", class_="c0 whisker")
        )
        dots.append(
            el("circle", cx=f"{said * 100:.1f}%", cy=f"{100 - held.value * 100:.1f}%", r=f"{_size(each.deals, most)}")
        )
        rows.append(
            (
                f"{each.low:.0%} to {each.high:.0%}",
                numbers.count(each.deals),
                f"{said:.0%}",
                f"{held.value:.0%}",
                f"{held.low:.0%} to {held.high:.0%}",
            )
        )
    picture = el(
        "div",
        plot.values(scale, lambda mark: f"{mark:.0%}"),
        el(
            "div",
            el("svg", *shapes, class_="plot", viewBox="0 0 1000 100", preserveAspectRatio="none", aria_hidden="true"),
            el("svg", *dots, class_="dots", aria_hidden="true"),
            class_="layers",
        ),
        plot.places(
            [(0.0, "0%", "start"), (0.25, "25%", ""), (0.5, "50%", ""), (0.75, "75%", ""), (1.0, "100% said", "end")],
            scale,
        ),
        class_="chart reliability",
    )
    heads = ("Chance that was said", "Deals", "On average", "Were won", "95 % certain")
    return card(
        "Whether chances can be believed",
        el("div", picture, table("What was said of deals, and what came", heads, rows, range(1, 5)), class_="beside"),
        key="reliability",
        sub="Open deals when earlier periods began: across, the chance to be won in the period that was said; up, the "
        "share that was. On the dashed line both are the same. The larger a dot, the more deals.",
    )


def _size(deals: int, most: int) -> str:
    return f"{3.0 + 6.0 * (deals / most) ** 0.5:.1f}"


def none_yet(told: ForecastTold) -> Html | None:
    """Why there is no record, or that it is not whole."""
    if told.waiting:
        return el(
            "p", f"The record is not whole: {counted(told.waiting, 'day')} are still to be looked at.", class_="sub"
        )
    if not any(not each.by for each in told.scores):
        return el("p", "No period is over yet whose forecasts were kept: there is no record.", class_="sub")
    return None
