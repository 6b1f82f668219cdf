"""What somebody wants to see of a dashboard, as it stands in the address: how long, until when, how often, of what."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from streams.web.dashboards.definition import Dashboard

#: Seconds, by how they are called.
RANGES = {
    "5m": 300,
    "15m": 900,
    "1h": 3_600,
    "3h": 10_800,
    "6h": 21_600,
    "12h": 43_200,
    "24h": 86_400,
    "2d": 172_800,
    "7d": 604_800,
    "30d": 2_592_000,
}
REFRESHES = {"off": 0, "10s": 10, "30s": 30, "1m": 60, "5m": 300}
#: What the query string calls a variable, as Grafana's does.
VARIABLE = "var-"
#: Variables that are known here and not asked for: this is the page that they are the address of.
KNOWN_HERE = {"page": ""}
_MAX_TEXT, _MAX_VALUES, _MAX_DIGITS = 200, 20, 10
_DEFAULT_RANGE, _DEFAULT_REFRESH = "6h", "30s"


class View(Struct, frozen=True, kw_only=True):
    """How long a time, until when (Unix seconds; none: now), how often anew, and the values of variables.

    A variable that is not in `chosen` is as the dashboard has it: all values, or its first words.
    """

    range: str = _DEFAULT_RANGE
    to: int | None = None
    refresh: str = _DEFAULT_REFRESH
    chosen: dict[str, tuple[str, ...]] = {}

    @property
    def range_s(self) -> int:
        """How long a time, in seconds."""
        return RANGES[self.range]

    @property
    def refresh_s(self) -> int:
        """Every how many seconds it is asked anew; 0: never. What is past does not change."""
        return 0 if self.to is not None else REFRESHES[self.refresh]

    def query(self, **changes: object) -> str:
        """The view as a query string with `?`, with changes; what is not said is as the dashboard has it."""
        changed = replace(self, **changes)
        parts = [("range", changed.range), ("refresh", changed.refresh)]
        if changed.to is not None:
            parts.append(("to", str(changed.to)))
        parts += [(VARIABLE + name, value) for name, values in changed.chosen.items() for value in values]
        return f"?{urlencode(parts)}"


def read_view(query: Iterable[tuple[str, str]], dashboard: Dashboard, now_s: float) -> View:
    """Read what is wanted; what makes no sense is taken as not given, since people edit addresses by hand."""
    given: dict[str, list[str]] = {}
    for name, value in query:
        given.setdefault(name, []).append(value)

    def one(name: str) -> str:
        return given.get(name, [""])[-1]

    own_range = dashboard.time.start.removeprefix("now-")
    length = next((each for each in (one("range"), own_range) if each in RANGES), _DEFAULT_RANGE)
    refresh = next((each for each in (one("refresh"), dashboard.refresh) if each in REFRESHES), _DEFAULT_REFRESH)
    return View(
        range=length,
        to=_past(one("to"), now_s),
        refresh=refresh,
        chosen={
            each.name: values
            for each in dashboard.variables
            if each.name not in KNOWN_HERE and (values := _values(given.get(VARIABLE + each.name, [])))
        },
    )


def _past(text: str, now_s: float) -> int | None:
    if not text.isascii() or not text.isdigit() or len(text) > _MAX_DIGITS:
        return None
    return int(text) if int(text) < now_s else None


def _values(given: list[str]) -> tuple[str, ...]:
    """Values somebody may have chosen: printable, not too long, not too many; each once."""
    usable = [each for each in given if each and each.isprintable() and len(each) <= _MAX_TEXT]
    return tuple(dict.fromkeys(usable))[:_MAX_VALUES]
