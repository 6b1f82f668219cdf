"""A dashboard as its JSON has it: of Grafana's classic model (schema version 42) the part that is drawn here.

What is not named here is left out, such as how a tooltip behaves; a kind of panel that cannot be drawn is an error,
since it would be missing without a word.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct, field

COLUMNS = 24

Kind = Literal["row", "timeseries", "stat", "bargauge", "text"]


class Place(Struct, frozen=True, rename="camel"):
    """Where a panel lies, in columns of 24 and rows."""

    h: int
    w: int
    x: int
    y: int


class Target(Struct, frozen=True, rename="camel"):
    """A query, and how its series are called: `{{label}}` is the value of a label."""

    expr: str
    legend_format: str = ""


class Threshold(Struct, frozen=True, rename="camel"):
    """From this value on (none: from the beginning) it has that colour."""

    color: str
    value: float | None = None


class _Steps(Struct, frozen=True, rename="camel"):
    steps: tuple[Threshold, ...] = ()


class _Mode(Struct, frozen=True, rename="camel"):
    mode: str = ""


class _Custom(Struct, frozen=True, rename="camel"):
    stacking: _Mode = _Mode()
    thresholds_style: _Mode = _Mode()


class _Defaults(Struct, frozen=True, rename="camel"):
    unit: str = "short"
    min: float | None = None
    max: float | None = None
    thresholds: _Steps = _Steps()
    custom: _Custom = _Custom()


class _FieldConfig(Struct, frozen=True, rename="camel"):
    defaults: _Defaults = _Defaults()


class _Options(Struct, frozen=True, rename="camel"):
    content: str = ""


class Panel(Struct, frozen=True, rename="camel"):
    """One picture, or the heading of those after it."""

    id: int
    type: Kind
    title: str
    grid_pos: Place
    description: str = ""
    targets: tuple[Target, ...] = ()
    field_config: _FieldConfig = _FieldConfig()
    options: _Options = _Options()

    @property
    def unit(self) -> str:
        """The unit of its values, by Grafana's name for it."""
        return self.field_config.defaults.unit

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """The least and the greatest value of its axis, where they are set."""
        return self.field_config.defaults.min, self.field_config.defaults.max

    @property
    def thresholds(self) -> tuple[Threshold, ...]:
        """What its values are coloured by, from below."""
        return self.field_config.defaults.thresholds.steps

    @property
    def stacked(self) -> bool:
        """Whether its series lie on one another."""
        return self.field_config.defaults.custom.stacking.mode == "normal"

    @property
    def draws_thresholds(self) -> bool:
        """Whether thresholds are lines of the picture."""
        return self.field_config.defaults.custom.thresholds_style.mode == "dashed"


class Variable(Struct, frozen=True, rename="camel"):
    """What somebody chooses: values that Prometheus knows (`query`), or words that they write (`textbox`)."""

    name: str
    type: Literal["datasource", "query", "textbox"]
    query: str
    label: str = ""
    all_value: str = ".+"


class _Variables(Struct, frozen=True, rename="camel"):
    variables: tuple[Variable, ...] = field(name="list", default=())


class _Time(Struct, frozen=True, rename="camel"):
    start: str = field(name="from", default="now-6h")


class Dashboard(Struct, frozen=True, rename="camel"):
    """One dashboard; `uid` is its address."""

    uid: str
    title: str
    panels: tuple[Panel, ...]
    description: str = ""
    refresh: str = ""
    time: _Time = _Time()
    templating: _Variables = _Variables()

    @property
    def name(self) -> str:
        """What it is called beside others of its kind."""
        return self.title.rpartition("/")[2].strip()

    @property
    def variables(self) -> tuple[Variable, ...]:
        """What is chosen; of data sources there is one."""
        return tuple(each for each in self.templating.variables if each.type != "datasource")


_decoder = msgspec.json.Decoder(Dashboard)
#: In the order in which somebody looks; any other comes after.
_ORDER = ("overview", "pipeline", "way", "models", "alerts")


@cache
def dashboards() -> dict[str, Dashboard]:
    """All dashboards that come with Dealwatch, by their `uid`; raises `msgspec.DecodeError` for one that is none."""
    folder = files("deploy.grafana") / "dashboards"
    found = [_decoder.decode(each.read_bytes()) for each in folder.iterdir() if each.name.endswith(".json")]
    return {each.uid: each for each in sorted(found, key=_place)}


def _place(each: Dashboard) -> tuple[int, str]:
    last = each.uid.rpartition("-")[2]
    return (_ORDER.index(last) if last in _ORDER else len(_ORDER)), each.uid
