"""The practice file: what a company declares of how it means to sell. Read once, checked whole.

    ladder = ["qualify", "propose", "contract"]    stages, lowest first
    usual = ["contact", "amount", "close_date"]    what must be so when a deal enters a stage of which nothing is said
    country = "NL"                                 whose working days count
    call_weekday = "monday"                        the forecast call, and its local hour
    call_hour = 9

    [milestones]
    contract = ["people", "proposal"]

    [managers]                                     teams of the rules file, [team.north]
    north = ["lea"]

`docs/coaching.md` has all of it. What is wrong is said with its place in the file, all of it at once.
"""

from __future__ import annotations

from calendar import day_name
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, cast

from streams.config.company import teams_of
from streams.config.faults import hint, short, unknown
from streams.config.settings import Settings
from streams.config.toml import NotToml, read_toml_file
from streams.errors import PracticeWrong
from streams.revenue.practice import MILESTONES, Milestone, Practice
from streams.state.calendar import is_country

#: Read where the setting `practice` names no other, if it is there.
DEFAULT_FILE = Path("practice.toml")
MAX_BYTES = 256 * 1024

_WEEKDAYS = tuple(day.lower() for day in day_name)
#: The least and the most of whole numbers, and up to how many hours deadlines go.
_WHOLE = {"touch_days": (1, 90), "call_hour": (0, 23)}
_HOURS = {"answer_hours": 200, "alert_hours": 400}
#: Lists of names that are compared in small letters; an empty one says that there are none.
_ANY_CASE = ("executives", "uncontested")
Plain = Mapping[str, Any]


def practice_path(settings: Settings) -> Path | None:
    """The file that is named, or the default one if it is there; none where nothing is declared."""
    if settings.practice:
        return Path(settings.practice)
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def practice_of(settings: Settings) -> Practice:
    """The practice that the settings name.

    Raises `PracticeWrong` with every fault of the file, and `RulesWrong` with those of the rules file.
    """
    path = practice_path(settings)
    if path is None:
        return Practice()
    teams = {*teams_of(settings).values()}
    try:
        return read_practice(read_toml_file(path, MAX_BYTES), teams)
    except (NotToml, PracticeWrong) as error:
        raise PracticeWrong(f"{path}: {error.args[0]}") from error


def read_practice(said: Plain, teams: Collection[str]) -> Practice:
    """Make a practice of what a file says; `teams` are those of the rules file.

    Raises `PracticeWrong`, which names each fault and its place.
    """
    reader = _Reader(said, teams)
    found = reader.read()
    if reader.faults:
        raise PracticeWrong("; ".join(reader.faults))
    return Practice(**found)


class _Reader:
    """What a file says, and what is wrong with it."""

    def __init__(self, said: Plain, teams: Collection[str]) -> None:
        self._said = said
        self._teams = teams
        self.faults: list[str] = []

    def read(self) -> dict[str, Any]:
        """The fields of a practice that are said and right."""
        known = Practice.__struct_fields__
        self.faults += [unknown(key, "", known) for key in self._said if key not in known]
        found: dict[str, Any] = {}
        for key, value in self._said.items():
            if key in _WHOLE:
                found[key] = self._whole(key, value)
            elif key in _HOURS:
                found[key] = self._hours(key, value)
            elif key in ("ladder", *_ANY_CASE):
                found[key] = self._names(key, value, least=int(key == "ladder"))
            elif key == "usual":
                found[key] = self._milestones(key, value)
            elif key == "milestones":
                stages = self._table(key, value, '["proposal"]').items()
                found[key] = {stage: self._milestones(f"{key}.{stage}", its) for stage, its in stages}
            elif key == "managers":
                people = self._table(key, value, '["lea"]').items()
                found[key] = {team: self._names(f"{key}.{team}", its) for team, its in people}
            elif key == "country":
                found[key] = self._country(value)
            elif key == "call_weekday":
                found[key] = self._weekday(value)
        self._agree(found)
        for key in found.keys() & {*_ANY_CASE}:
            found[key] = tuple(each.lower() for each in found[key])
        return found

    def _agree(self, found: Plain) -> None:
        """Look at what one part says of another."""
        if len(ladder := found.get("ladder", ())) == 1:
            self.faults.append("ladder: must have two stages at least, lowest first")
        for stage in found.get("milestones", ()) if ladder else ():
            if stage not in ladder:
                self.faults.append(f"milestones.{stage}: is no stage of the ladder{hint(stage, ladder)}")
        for team in found.get("managers", ()):
            if team not in self._teams:
                self.faults.append(f"managers.{team}: is no team of the rules file{hint(team, self._teams)}")
        if "call_hour" in found and "call_weekday" not in self._said:
            self.faults.append("call_hour: says nothing without call_weekday")

    def _whole(self, key: str, value: object) -> object:
        least, most = _WHOLE[key]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.faults.append(f"{key}: {short(value)} must be a whole number from {least} to {most}")
        return value

    def _hours(self, key: str, value: object) -> object:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 < cast("float", value) <= _HOURS[key]:
            self.faults.append(f"{key}: {short(value)} must be hours, above 0 and up to {_HOURS[key]}")
        return value

    def _names(self, place: str, value: object, least: int = 1) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) < least:
            self.faults.append(f'{place}: must be a list of names, as ["one", "two"]')
            return ()
        for each in value:
            if not isinstance(each, str) or not each.strip():
                self.faults.append(f"{place}: {short(each)} is no name")
            elif value.count(each) > 1:
                fault = f"{place}: {short(each)} is listed twice"
                self.faults += [] if fault in self.faults else [fault]
        return tuple(each for each in value if isinstance(each, str))

    def _milestones(self, place: str, value: object) -> tuple[Milestone, ...]:
        if not isinstance(value, list):
            self.faults.append(f"{place}: must be a list of milestones; there are {', '.join(MILESTONES)}")
            return ()
        for each in value:
            if each not in MILESTONES:
                what = hint(each, MILESTONES) or f"; there are {', '.join(MILESTONES)}"
                self.faults.append(f"{place}: {short(each)} is no milestone{what}")
        return tuple(each for each in value if each in MILESTONES)

    def _table(self, key: str, value: object, example: str) -> Plain:
        if isinstance(value, Mapping):
            return value
        self.faults.append(f"{key}: must be a table, as [{key}] with NAME = {example}")
        return {}

    def _country(self, value: object) -> str:
        if not isinstance(value, str) or (value and not is_country(value)):
            self.faults.append(f"country: {short(value)} is not known; use one like NL or DE-BY")
        return str(value)

    def _weekday(self, value: object) -> int | None:
        if isinstance(value, str) and value.lower() in _WEEKDAYS:
            return _WEEKDAYS.index(value.lower())
        near = hint(value, _WEEKDAYS) or "; write it as monday"
        self.faults.append(f"call_weekday: {short(value)} is no day of the week{near}")
        return None
