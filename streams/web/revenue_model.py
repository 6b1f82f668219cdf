"""What the page knows of revenue: the records of four compacted topics by their key. Pure: no I/O, no clock, no tasks.

    deal.forecast       the forecast of a unit for a period
    deal.pipeline       its pipeline
    deal.coaching       the matrix, and the sheets of reps and teams
    deal.attribution    what channels and campaigns are credited with, sources, and what ended risk episodes

An answer is bytes until somebody asks for it, and the latest ones that were asked for are kept as values: so a view of
all deals is one look-up, however many they are and however fast answers come. What cannot be read is counted and left
out; it stops nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from streams.revenue.answers import (
    Answer,
    CreditTold,
    ForecastTold,
    MatrixTold,
    PipelineTold,
    RecoveriesTold,
    SheetTold,
    SourcesTold,
    decode_answer,
    key_of,
)
from streams.revenue.company import LEVELS, NOBODY, Company, Level, Unit

SheetLevel = Literal["rep", "team"]
By = Literal["channel", "campaign"]
What = Literal["lead_source", "channel", "campaign"]
#: Answers that are kept as values: those of all units of a large company's level.
_DECODED = 600
#: How many parts a key has, by its first one; the last part may hold the separator. `said` is history, and not shown.
_PARTS = {"forecast": 4, "pipeline": 4, "matrix": 1, "sheet": 3, "credit": 2, "sources": 2, "recoveries": 1}
_NOT_SHOWN = "said"
#: Whole numbers beyond that are no instant, no count and no amount.
_LARGEST = 2**63
_SHEETS = ("rep", "team")

Told = TypeVar("Told", ForecastTold, PipelineTold, MatrixTold, SheetTold, CreditTold, SourcesTold, RecoveriesTold)


class RevenueModel:
    """The latest answers. Feed it with `take`; ask it anything, at any time."""

    def __init__(self, company: Company | None = None, decoded: int = _DECODED) -> None:
        """Begin with nothing known; `company` says what units are made of. Keep so many answers as values."""
        self.company = company or Company()
        self.unreadable = 0
        """Records that could not be read."""
        self._values: dict[bytes, bytes] = {}
        self._decoded: OrderedDict[bytes, Answer] = OrderedDict()
        self._most = decoded
        self._units: dict[tuple[str, str, Level], set[str]] = {}
        self._sheets: dict[SheetLevel, set[str]] = {"rep": set(), "team": set()}
        self._changed = False

    def __len__(self) -> int:
        """How many answers there are."""
        return len(self._values)

    def take(self, key: bytes, value: bytes | None) -> None:
        """Take in a record of one of the topics; no value takes the answer of its key away. Repeats change nothing."""
        parts = _parts(key)
        if parts is None:
            self.unreadable += 1
            return
        if parts[0] == _NOT_SHOWN or self._values.get(key) == value:
            return
        self._changed = True
        self._decoded.pop(key, None)
        if value is None:
            self._forget(key, parts)
            return
        self._values[key] = value
        self._names(parts).add(parts[-1])

    def drain(self) -> bool:
        """Whether anything changed since the last call."""
        changed, self._changed = self._changed, False
        return changed

    def periods(self) -> tuple[str, ...]:
        """The periods that the company has an answer for, by name."""
        return tuple(sorted({period for _, period, level in self._units if level == "company"}))

    def now(self) -> str:
        """The period to show where none is asked for: the quarter of the answers' day, else whatever holds it.

        Empty where there is none.
        """
        names = sorted(self.periods(), key=lambda name: ("-Q" not in name, name))
        for name in names:
            told = self.forecast(name, Unit())
            if told is not None and told.day in told.period:
                return name
        return names[-1] if names else ""

    def units(self, period: str, level: Level) -> tuple[str, ...]:
        """The names of the units of a level that a period has an answer for."""
        return tuple(
            sorted(
                {*self._units.get(("forecast", period, level), ()), *self._units.get(("pipeline", period, level), ())}
            )
        )

    def forecast(self, period: str, unit: Unit) -> ForecastTold | None:
        """The forecast of a unit for a period."""
        return self._get(("forecast", period, unit.level, unit.name), ForecastTold)

    def pipeline(self, period: str, unit: Unit) -> PipelineTold | None:
        """The pipeline of a unit for a period."""
        return self._get(("pipeline", period, unit.level, unit.name), PipelineTold)

    def forecasts(self, period: str, level: Level) -> Iterator[ForecastTold]:
        """The forecasts of all units of a level, by name."""
        for name in self.units(period, level):
            told = self.forecast(period, Unit(level, name))
            if told is not None:
                yield told

    def below(self, period: str, unit: Unit) -> tuple[Unit, ...]:
        """What a unit is made of, one level below, of what a period has an answer for.

        Of the company all of the first level that has names, so that they add up to it; of others as the company says.
        """
        if unit.level == "company":
            levels: tuple[Level, ...] = ("region", "team", "rep")
            found = next((level for level in levels if {*self.units(period, level)} - {NOBODY}), None)
            names = () if found is None else self.units(period, found)
            return tuple(Unit(found, name) for name in names if found and self._says(period, Unit(found, name)))
        return tuple(each for each in self.company.parts(unit) if each.name in self.units(period, each.level))

    def _says(self, period: str, unit: Unit) -> bool:
        """Whether there is anything to say of it: nobody's deals are told of only where there are some."""
        return bool(unit.name) or self.forecast(period, unit) is not None

    def above(self, unit: Unit) -> tuple[Unit, ...]:
        """The units that a unit is in, the company first."""
        team = self.company.teams.get(unit.name, NOBODY) if unit.level == "rep" else NOBODY
        region = self.company.regions.get(unit.name if unit.level == "team" else team, NOBODY)
        found = [Unit()] if unit.level != "company" else []
        found += [Unit("region", region)] if region and unit.level != "region" else []
        return (*found, *([Unit("team", team)] if team else ()))

    def matrix(self) -> MatrixTold | None:
        """The matrix of all teams."""
        return self._get(("matrix",), MatrixTold)

    def sheets(self, level: SheetLevel) -> tuple[str, ...]:
        """Whom there is a sheet of."""
        return tuple(sorted(self._sheets[level]))

    def sheet(self, level: SheetLevel, name: str) -> SheetTold | None:
        """The sheet of a rep or a team. Who may read it is for whoever shows it to say (`readers`)."""
        return self._get(("sheet", level, name), SheetTold)

    def credit(self, by: By) -> CreditTold | None:
        """What channels or campaigns are credited with."""
        return self._get(("credit", by), CreditTold)

    def sources(self, what: What) -> SourcesTold | None:
        """Lead sources, channels or campaigns."""
        return self._get(("sources", what), SourcesTold)

    def recoveries(self) -> RecoveriesTold | None:
        """What ended risk episodes."""
        return self._get(("recoveries",), RecoveriesTold)

    def _get(self, parts: tuple[str, ...], kind: type[Told]) -> Told | None:
        key = "|".join(parts).encode(errors="replace")
        known = self._decoded.get(key)
        if known is None:
            known = self._read(key, parts)
        else:
            self._decoded.move_to_end(key)
        return known if isinstance(known, kind) else None

    def _read(self, key: bytes, parts: tuple[str, ...]) -> Answer | None:
        value = self._values.get(key)
        if value is None:
            return None
        answer = _sound(value, key)
        if answer is None:
            self.unreadable += 1
            self._forget(key, parts)
            return None
        self._decoded[key] = answer
        if len(self._decoded) > self._most:
            self._decoded.popitem(last=False)
        return answer

    def _forget(self, key: bytes, parts: tuple[str, ...]) -> None:
        self._values.pop(key, None)
        self._names(parts).discard(parts[-1])
        if len(parts) == _PARTS["forecast"] and not self._names(parts):
            del self._units[_place(parts)]

    def _names(self, parts: tuple[str, ...]) -> set[str]:
        """The names of the same kind as that of a key; a set of nobody's where the key has none."""
        if parts[0] in ("forecast", "pipeline"):
            return self._units.setdefault(_place(parts), set())
        return self._sheets["rep" if parts[1] == "rep" else "team"] if parts[0] == "sheet" else set()


def _place(parts: tuple[str, ...]) -> tuple[str, str, Level]:
    kind, period, level, _ = parts
    return kind, period, next(each for each in LEVELS if each == level)


def _parts(key: bytes) -> tuple[str, ...] | None:
    """The parts of a key; none where it is the key of nothing."""
    try:
        text = key.decode()
    except UnicodeDecodeError:
        return None
    kind = text.partition("|")[0]
    if kind == _NOT_SHOWN:
        return (kind,)
    count = _PARTS.get(kind, 0)
    parts = tuple(text.split("|", count - 1)) if count else ()
    if not count or len(parts) != count or (count == 1 and text != kind):
        return None
    if kind in ("forecast", "pipeline") and parts[2] not in LEVELS:
        return None
    return None if kind == "sheet" and parts[1] not in _SHEETS else parts


def _sound(value: bytes, key: bytes) -> Answer | None:
    """Read an answer; none where it is none, is that of another key, or has numbers that are none."""
    try:
        answer = decode_answer(value)
    except (msgspec.DecodeError, ArithmeticError, ValueError):
        return None
    return answer if key_of(answer) == key and _is_finite(answer) else None


def _is_finite(value: object) -> bool:
    match value:
        case Decimal():
            return value.is_finite() and value.adjusted() < len(str(_LARGEST))
        case int():
            return -_LARGEST < value < _LARGEST
        case Struct():
            return all(_is_finite(getattr(value, name)) for name in value.__struct_fields__)
        case tuple():
            return all(_is_finite(each) for each in value)
        case Mapping():
            return all(_is_finite(each) for each in value.values())
        case _:
            return True
