"""DOOR: figures and a demand -> a plan, every number of it with its formula and what went in. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from streams.capacity.catalogue import CATALOGUE
from streams.capacity.cells import APART, SET, Cell
from streams.capacity.demand import Demand, DemandWrong
from streams.capacity.figures import Figures
from streams.capacity.formula import evaluate, names_in
from streams.capacity.limits import ALLOWED, Reached, reached
from streams.capacity.sheet import sheet

#: Beyond so many times what was measured a plan says so.
_FAR_BEYOND = 2.0


class Line(Struct, frozen=True):
    """One number of a plan: its cell, and what its formula named, as it was."""

    heading: str
    name: str
    value: float
    unit: str
    formula: str
    inputs: dict[str, float]
    meaning: str


class Break(Struct, frozen=True):
    """What breaks at `factor` times the demand (below one: by what was asked for), what happens, what would help."""

    name: str
    factor: float
    load: float
    allowed: float
    happens: str
    change: str


class Advice(Struct, frozen=True):
    """A setting of Kafka to look at, for a topic."""

    topic: str
    setting: str
    value: str
    why: str


class Plan(Struct, frozen=True, kw_only=True):
    """A plan. `binding` says what the number of workers follows from; `origin` where each name comes from."""

    demand: dict[str, float]
    store: str
    lines: tuple[Line, ...]
    binding: str
    breaks: tuple[Break, ...]
    warnings: tuple[str, ...]
    kafka: tuple[Advice, ...]
    origin: dict[str, str]
    allowed: dict[str, float]
    """What is set and allowed, by name."""

    @property
    def values(self) -> dict[str, float]:
        """Every number by name, without what it was made from."""
        return {each.name: each.value for each in self.lines}


def lines(figures: Figures, demand: Demand) -> tuple[Line, ...]:
    """Every number of a plan; raises `DemandWrong` where no number of workers would do."""
    cells = sheet(demand.store)
    given = {**_fixed(figures), **demand.values}
    _possible(cells, given)
    values = _evaluated(cells, given)
    return tuple(_line(cell, values) for cell in cells)


def plan(figures: Figures, demand: Demand) -> Plan:
    """Make the plan for a demand; raises `DemandWrong` where no number of workers would do."""
    found = lines(figures, demand)
    cells = sheet(demand.store)
    given = {**_fixed(figures), **demand.values}
    values = {**given, **{each.name: each.value for each in found}}

    def values_at(factor: float) -> Mapping[str, float]:
        scaled = {"deals": demand.deals * factor, "events_per_day": demand.events_per_day * factor}
        return _evaluated(cells, {**given, **scaled})

    breaks = reached(values_at)
    return Plan(
        demand=demand.values,
        store=demand.store,
        lines=found,
        binding=_binding(values),
        breaks=tuple(_told(each) for each in breaks),
        warnings=tuple(_warnings(values, figures, breaks)),
        kafka=tuple(_advice(values)),
        origin=_origins(),
        allowed={**ALLOWED, **{each.name: each.value for each in (*SET, *APART)}},
    )


def _fixed(figures: Figures) -> dict[str, float]:
    return {**ALLOWED, **{each.name: each.value for each in (*SET, *APART)}, **figures.values}


def _evaluated(cells: tuple[Cell, ...], given: Mapping[str, float]) -> dict[str, float]:
    values = dict(given)
    for cell in cells:
        values[cell.name] = evaluate(cell.formula, values)
    return values


def _line(cell: Cell, values: Mapping[str, float]) -> Line:
    inputs = {name: values[name] for name in names_in(cell.formula)}
    return Line(cell.heading, cell.name, values[cell.name], cell.unit, cell.formula, inputs, cell.meaning)


def _possible(cells: tuple[Cell, ...], given: Mapping[str, float]) -> None:
    """Refuse what no number of workers reaches: both would divide by nothing, or by less."""
    values = dict(given)
    for cell in cells:
        if cell.name == "workers_by_memory":
            left = evaluate("memory_per_worker * memory_fill - track_base_bytes - work_bytes", values)
            if left <= 0:
                least = evaluate("(track_base_bytes + work_bytes) / memory_fill / 1048576", values)
                raise DemandWrong(
                    f"--memory-per-worker: a worker needs {least:,.0f} MiB before it keeps any deals but those at work"
                )
        if cell.name == "workers_by_recovery":
            least = values["start_s"]
            if given["recovery_within"] <= least:
                raise DemandWrong(f"--recovery-within: a worker takes {least:,.0f} s to start, without any deals")
            return
        values[cell.name] = evaluate(cell.formula, values)


def _binding(values: Mapping[str, float]) -> str:
    wants = {
        "processor time": values["workers_by_cores"],
        "memory": values["workers_by_memory"],
        "recovery time": values["workers_by_recovery"],
    }
    most = max(wants, key=lambda name: wants[name])
    return most if wants[most] > 1 else "nothing: one worker does"


def _told(found: Reached) -> Break:
    limit = found.limit
    return Break(limit.name, found.factor, found.load, found.allowed, limit.happens, limit.change)


def _warnings(values: Mapping[str, float], figures: Figures, breaks: tuple[Reached, ...]) -> Iterator[str]:
    measured = figures.measured
    for broken in (each for each in breaks if each.factor < 1):
        yield f"{broken.limit.name}: broken at {broken.factor:.2g} of this; {broken.limit.happens}"
    beyond = values["known_deals"] / values["workers"] / max(measured.open_deals)
    if beyond > _FAR_BEYOND:
        yield f"deals of one worker: {beyond:,.1f} times the most that was measured ({max(measured.open_deals):,})"
    beyond = values["deals"] / max(measured.log_deals)
    if beyond > _FAR_BEYOND:
        yield (
            f"learner, alerts, plays: figures are of a generated log of {max(measured.log_deals):,} deals, this is "
            f"{beyond:,.0f} times that"
        )
    if values["partitions"] > measured.partitions * _FAR_BEYOND:
        yield f"partitions: measured with {measured.partitions}, here {values['partitions']:,.0f}"
    if values["recovery_s"] > values["recovery_within"]:
        yield (
            f"recovery: {values['recovery_s']:,.0f} s with segment.bytes as provisioned, {values['dirty_s']:,.0f} s "
            "of it for what is not compacted; set segment.bytes of deal.state as below"
        )
    if values["cores_per_worker"] > values["useful_cores"]:
        yield "cores: a worker is one Python process and uses one core; more for each bring nothing"
    if not 0.5 <= figures.values["mixture_ratio"] <= 2:
        yield (
            f"workers: by these figures a generated log takes {figures.values['mixture_ratio']:.1f} times the "
            "processor time that it took"
        )


def _advice(values: Mapping[str, float]) -> Iterator[Advice]:
    if values["segment_wanted"] < values["segment_bytes"]:
        wanted = int(values["segment_wanted"])
        yield Advice(
            "deal.state", "segment.bytes", str(wanted), "the last segment is not compacted, and recovery reads it whole"
        )
    yield Advice(
        "deal.activity",
        "retention.ms",
        "-1",
        f"kept for ever as provisioned; this plan has disk for {values['retention_days']:,.0f} days: set "
        f"{values['retention_days'] * 86_400_000:.0f} where that is enough to replay",
    )
    yield Advice(
        "all", "min.insync.replicas", str(max(1, int(values["replication"]) - 1)), "acks=all waits for so many"
    )
    yield Advice(
        "brokers",
        "log.cleaner.threads",
        str(max(1, -(-int(values["partitions"] / values["brokers"]) // 100))),
        "a cleaner for every hundred partitions of deal.state on a broker, to begin with",
    )


def _origins() -> dict[str, str]:
    return {
        **dict.fromkeys(ALLOWED, "allowed"),
        **{each.name: "set" for each in SET},
        **{each.name: "measured apart" for each in APART},
        **{each.name: "measured" for each in CATALOGUE},
        **dict.fromkeys(Demand.__dataclass_fields__.keys() - {"store"}, "asked for"),
    }
