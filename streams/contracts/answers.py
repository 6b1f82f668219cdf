"""The topics of answers of revenue as others see them; `streams/revenue/answers.py` has the values and the keys."""

from __future__ import annotations

from typing import Final

from streams.contracts.contract import TERM_HEADER, Contract, Key, Message
from streams.revenue.answers import (
    CreditTold,
    ForecastTold,
    MatrixTold,
    PipelineTold,
    RecoveriesTold,
    Said,
    SheetTold,
    SourcesTold,
)

_PERIOD = "the period (a month, quarter or year of the company's calendar)"
_UNIT = "the unit's level, and its name, which may have any form"
_OF_PERIOD = r"\|[^|]+\|"
_OF_DAY = r"\|[^|]+\|\d{4}-\d{2}-\d{2}\|"
_OF_UNIT = r"(company|region|team|rep|product|lead_source)\|"
_GONE = "There is nothing to say under this key any more."


def _gone(name: str, *keys: Key) -> Message:
    """The message that ends any of the keys of a topic."""
    pattern = "|".join(f"({each.pattern})" for each in keys)
    return Message(f"{name}_gone", Key("Any key of this topic.", pattern, keys[0].example), None, _GONE)


_FORECAST = Key(f"`forecast`, {_PERIOD}, {_UNIT}.", f"^forecast{_OF_PERIOD}{_OF_UNIT}", "forecast|FY2026-Q1|team|emea")
_SAID = Key(f"`said`, {_PERIOD}, the day, {_UNIT}.", f"^said{_OF_DAY}{_OF_UNIT}", "said|FY2026-Q1|2026-03-05|team|emea")
_PIPELINE = Key(f"`pipeline`, {_PERIOD}, {_UNIT}.", f"^pipeline{_OF_PERIOD}{_OF_UNIT}", "pipeline|FY2026-Q1|rep|rep-1")
_MATRIX = Key("Always the same.", "^matrix$", "matrix")
_SHEET = Key("`sheet`, the level, and the name of the rep or the team.", r"^sheet\|(rep|team)\|", "sheet|rep|rep-1")
_CREDIT = Key("`credit`, and by what: channels or campaigns.", r"^credit\|(channel|campaign)$", "credit|channel")
_SOURCES = Key(
    "`sources`, and which: lead sources, channels or campaigns.",
    r"^sources\|(lead_source|channel|campaign)$",
    "sources|lead_source",
)
_RECOVERIES = Key("Always the same.", "^recoveries$", "recoveries")

ANSWERS: Final[tuple[Contract, ...]] = (
    Contract(
        role="forecast",
        version=1,
        title="Forecasts",
        meaning=(
            "What every version says of every unit and period, kept current, and what was said on the days of the "
            "weekly lock, which is never written again. The latest record of a key counts."
        ),
        messages=(
            Message("forecast", _FORECAST, ForecastTold),
            Message("said", _SAID, Said),
            _gone("forecast", _FORECAST, _SAID),
        ),
        headers=(TERM_HEADER,),
    ),
    Contract(
        role="pipeline",
        version=1,
        title="Pipelines",
        meaning=(
            "How the pipeline of every unit and period came to be what it is, kept current. The latest record of a key "
            "counts."
        ),
        messages=(Message("pipeline", _PIPELINE, PipelineTold), _gone("pipeline", _PIPELINE)),
    ),
    Contract(
        role="coaching",
        version=1,
        title="Coaching",
        meaning=(
            "The relationship-process matrix of all teams, and the sheets of reps and teams for the week, kept "
            "current. Show a rep's sheet to a manager from `manager_from` on, not before. The latest record of a key "
            "counts."
        ),
        messages=(
            Message("matrix", _MATRIX, MatrixTold),
            Message("sheet", _SHEET, SheetTold),
            _gone("coaching", _SHEET, _MATRIX),
        ),
    ),
    Contract(
        role="attribution",
        version=1,
        title="Sources and credit",
        meaning=(
            "What channels and campaigns are credited with, what lead sources, channels and campaigns won and hold, "
            "and what ended risk episodes, kept current. The latest record of a key counts."
        ),
        messages=(
            Message("credit", _CREDIT, CreditTold),
            Message("sources", _SOURCES, SourcesTold),
            Message("recoveries", _RECOVERIES, RecoveriesTold),
            _gone("attribution", _CREDIT, _SOURCES, _RECOVERIES),
        ),
    ),
)
