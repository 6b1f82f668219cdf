"""How a trial of forecasts is shown: tables on the screen, and the same tables in a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streams.backtest.forecast_report import DayRecord, ForecastReport, VersionRecord, WeightRecord
    from streams.revenue.blend import Earned
    from streams.revenue.company import Level

_LEVELS: tuple[Level, ...] = ("rep", "team", "region", "company")
_RECORD = ("version", "WAPE", *_LEVELS, "bias", "pinball", "P10-P90 held")
_HELD = ("version", *_LEVELS)
_DAYS = ("at the beginning of", "won", "stage weighted", "model", "pace", "simulated", "blend", "P10 to P90", "came")
_BY_DAY = ("at the beginning of", "pace: reps", "blend: reps", "pace: company", "blend: company", "blend held")
_SAID = ("stage_weighted", "model", "pace", "simulated", "blend")

Rows = list[tuple[str, ...]]


def show(found: ForecastReport) -> None:
    """Print what was judged, and the tables."""
    from streams.cli.screen import out, table

    console = out()
    console.print(_judged(found), soft_wrap=True)
    for title, columns, rows in _tables(found):
        console.print(f"\n{title}", soft_wrap=True)
        console.print(table(columns, rows, right=columns[1:], whole=columns[:1]))
    console.print()
    for line in (_verdict(found), *_earned(found)):
        console.print(line, soft_wrap=True)


def as_page(found: ForecastReport, name: str) -> str:
    """The same as Markdown."""
    lines = [f"`{name}`: {_judged(found)}", ""]
    for title, columns, rows in _tables(found):
        lines += [f"**{title}**", "", f"| {' | '.join(columns)} |", "|---|" + "---:|" * (len(columns) - 1)]
        lines += [f"| {' | '.join(row)} |" for row in rows]
        lines.append("")
    lines += [_verdict(found), ""]
    lines += [f"- {line}" for line in _earned(found)]
    return "\n".join(lines) + "\n"


def _judged(found: ForecastReport) -> str:
    units = ", ".join(f"{number} {level if number == 1 else _plural(level)}" for level, number in found.units.items())
    whole = found.versions[0].whole
    left_out = f", {sum(found.left_out.values()):,} events left out" if found.left_out else ""
    return (
        f"{found.events:,} events of {found.deals:,} deals{left_out}. Judged: {units} on {len(found.days)} days, "
        f"{whole.cases:,} cases with {whole.outcomes:,} different outcomes of unit and period. Weights earned from "
        f"{found.weekly} weekly locks. At the last of these days {found.undated:,} open deals had no planned close, "
        f"and {found.unvalued:,} no amount."
    )


def _tables(found: ForecastReport) -> list[tuple[str, tuple[str, ...], Rows]]:
    unit = f", in thousands{f' of {found.currency}' if found.currency else ''}"
    return [
        ("How each version came out", _RECORD, [_record(each) for each in found.versions]),
        (
            "How many intervals held (80% is right)",
            _HELD,
            [_held(each) for each in found.versions if each.whole.intervals],
        ),
        (f"The company, day by day{unit}", _DAYS, [_company(each) for each in found.days]),
        ("WAPE day by day, and how many intervals held", _BY_DAY, [_by_day(each) for each in found.days]),
    ]


def _record(each: VersionRecord) -> tuple[str, ...]:
    whole = each.whole
    held = "-" if whole.coverage is None else f"{whole.coverage:.1%} of {whole.intervals}"
    wape = [percent(each.levels[level].wape if level in each.levels else None) for level in _LEVELS]
    return (words(each.version), percent(whole.wape), *wape, signed_percent(whole.bias), percent(whole.pinball), held)


def _held(each: VersionRecord) -> tuple[str, ...]:
    levels = [each.levels[level] for level in _LEVELS]
    return (words(each.version), *(f"{percent(one.coverage)} of {one.intervals}" for one in levels))


def _company(each: DayRecord) -> tuple[str, ...]:
    said = [_thousands(each.said.get(name)) for name in _SAID]
    band = "-" if each.low is None else f"{_thousands(each.low)} to {_thousands(each.high)}"
    return (f"{each.day} ({each.period})", _thousands(each.closed), *said, band, _thousands(each.came))


def _by_day(each: DayRecord) -> tuple[str, ...]:
    pairs: tuple[tuple[Level, str], ...] = (
        ("rep", "pace"),
        ("rep", "blend"),
        ("company", "pace"),
        ("company", "blend"),
    )
    wape = [percent(each.wape.get(name, {}).get(level)) for level, name in pairs]
    return (str(each.day), *wape, f"{each.covered} of {each.intervals}")


def _verdict(found: ForecastReport) -> str:
    records = {each.version: each.whole for each in found.versions}
    default, simple = records[found.default], records.get(found.best_simple)
    held = "" if default.coverage is None else f"; P10 to P90 held {default.coverage:.1%} of {default.intervals} cases"
    if simple is None:
        return f"The default ({words(found.default)}) has a WAPE of {percent(default.wape)}{held}."
    return (
        f"The default ({words(found.default)}) has a WAPE of {percent(default.wape)}, the best simple version "
        f"({words(found.best_simple)}) one of {percent(simple.wape)}{held}."
    )


def _earned(found: ForecastReport) -> list[str]:
    return [f"{each.period}: {earned_words(each)}." for each in found.weights]


def earned_words(each: WeightRecord | Earned) -> str:
    """Which versions the blend believes how much, and how wide it is."""
    much, who = _weights(each.much, each.much_outcomes), _weights(each.who, each.who_outcomes)
    widths = ", ".join(f"{level} {width:.2f}" for level, width in each.widths.items())
    return f"how much {much}; who {who}; widths {widths or 'as simulated'}"


def _weights(weights: Mapping[str, float], outcomes: int) -> str:
    shares = [("shared pace", 1.0 - sum(weights.values())), *((words(name), each) for name, each in weights.items())]
    told = ", ".join(f"{name} {share:.0%}" for name, share in shares if round(share * 100))
    return f"{told} (from {outcomes} outcome{'s' * (outcomes != 1)})"


def _plural(level: str) -> str:
    return "companies" if level == "company" else f"{level}s"


def words(name: str) -> str:
    """The name of a version as people read it."""
    return name.replace("_", " ")


def percent(share: float | None) -> str:
    """A share; a dash where there is none."""
    return "-" if share is None else f"{share:.1%}"


def signed_percent(share: float | None) -> str:
    """The same with its sign."""
    return "-" if share is None else f"{share:+.1%}"


def _thousands(cents: int | None) -> str:
    return "-" if cents is None else f"{cents / 100_000:,.0f}"
