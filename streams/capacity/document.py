"""The tables of docs/capacity.md, made from figures: what was measured, plans of some sizes, and the plan on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from streams.capacity.catalogue import CATALOGUE
from streams.capacity.cells import APART, SET
from streams.capacity.demand import Demand
from streams.capacity.figures import Figures
from streams.capacity.plan import Plan, plan
from streams.capacity.wording import plain, times, worded

#: A hundred million open deals, and a million events in each second of the day.
PAPER = Demand(
    deals=1e8,
    events_per_day=86.4e9,
    peak_factor=1,
    retention_days=30,
    brokers=300,
    memory_per_worker=16 * 2.0**30,
    store="rocksdb",
)
#: Deals, events a day, where the states are.
_EXAMPLES = (
    Demand(deals=10_000, events_per_day=100_000),
    Demand(deals=100_000, events_per_day=1_000_000),
    Demand(deals=1_000_000, events_per_day=10_000_000, memory_per_worker=8 * 2.0**30),
    Demand(deals=10_000_000, events_per_day=100_000_000, memory_per_worker=8 * 2.0**30, brokers=9, store="rocksdb"),
)
_SHOWN = (
    ("events of one core, deals picked at random", "core_events_s"),
    ("partitions", "partitions"),
    ("workers", "workers"),
    ("busy cores of all workers, at the peak", "track_cores"),
    ("memory limit of a worker", "worker_limit"),
    ("local disk of a worker", "worker_disk"),
    ("a worker that lost everything is back after", "recovery_s"),
    ("one whose volume is there", "local_s"),
    ("memory limit of the learner", "learn_limit"),
    ("a day's questions take the learner", "close_s"),
    ("memory limit of the page's pod", "page_limit"),
    ("messages to people a day", "messages_per_day"),
    ("memory limit of the program of revenue", "revenue_limit"),
    ("its answers are so old at most", "answers_every_s"),
    ("it answers after a start within", "revenue_s"),
    ("written to Kafka, one replica", "written_a_day"),
    ("disk of all replicas", "all_replicas"),
    ("network of one broker, at the peak", "broker_network"),
)


def parts(figures: Figures) -> dict[str, str]:
    """Return each generated part of the document by the name of its markers."""
    return {
        "figures": _figures(figures),
        "apart": _apart(),
        "set": _set(),
        "examples": _examples([plan(figures, demand) for demand in _EXAMPLES]),
        "paper": _paper(plan(figures, PAPER)),
    }


def with_parts(document: str, figures: Figures) -> str:
    """Return the document with every generated part anew; raises ValueError where a marker is missing."""
    for name, text in parts(figures).items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
        before, found, rest = document.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"the document has no markers {name}")
        document = f"{before}{begin}{text}{end}{after}"
    return document


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def _figures(figures: Figures) -> str:
    at = figures.measured
    open_deals, logs = (" and ".join(f"{each:,}" for each in sizes) for sizes in (at.open_deals, at.log_deals))
    where = (
        f"{at.processor}, {at.cores} cores, {at.memory_gb} GB; {at.system}; Python {at.python}; Kafka: {at.kafka}. "
        f"{at.date}, commit {at.commit}, `{at.command}`: {at.rounds} {'round' if at.rounds == 1 else 'rounds'} in "
        f"{at.seconds / 60:.0f} minutes, {at.partitions} partitions, {open_deals} open deals, logs of {logs} deals and "
        f"{at.log_days} days ({at.log_events:,} events). Load average {at.load_before} before and {at.load_after} "
        "after; the bench itself makes about 2.\n\n"
    )
    rows = [
        (f"`{each.name}`", worded(figures.values[each.name], "1" if each.unit == "us" else each.unit)
         + (" us" if each.unit == "us" else ""), each.meaning, _spread(figures, each.name))
        for each in CATALOGUE
    ]  # fmt: skip
    return where + _table(("figure", "value", "what was measured", "least and most"), rows)


def _spread(figures: Figures, name: str) -> str:
    runs = figures.figures[name].runs
    return f"{plain(min(runs))} to {plain(max(runs))}" if len(runs) > 1 else "-"


def _set() -> str:
    return _table(("set", "value", "meaning"), [(f"`{it.name}`", plain(it.value), it.meaning) for it in SET])


def _apart() -> str:
    return _table(("figure", "value", "meaning"), [(f"`{it.name}`", plain(it.value), it.meaning) for it in APART])


def _examples(found: Sequence[Plan]) -> str:
    def asked(each: Plan) -> str:
        return f"{plain(each.demand['deals'])} deals, {plain(each.demand['events_per_day'])} events a day"

    lines = [{line.name: worded(line.value, line.unit) for line in each.lines} for each in found]
    rows = [
        ("states in", *(each.store for each in found)),
        ("what decides", *(each.binding for each in found)),
        *((words, *(line[name] for line in lines)) for words, name in _SHOWN),
        ("breaks first, at times this", *(_first(each) for each in found)),
    ]
    return _table(("", *(asked(each) for each in found)), rows)


def _first(found: Plan) -> str:
    first = found.breaks[0]
    return f"{first.name}, {times(first.factor)}"


def _paper(found: Plan) -> str:
    said = {line.name: worded(line.value, line.unit) for line in found.lines}
    rows = [(words, said[name]) for words, name in _SHOWN]
    numbers = _table(("what", "by the formulas"), [("what decides", found.binding), *rows])
    breaks = _table(
        ("breaks at", "open deals", "what", "what happens", "what we would change"),
        [
            (
                f"{times(each.factor)} of it" if each.factor < 1 else f"{times(each.factor)} times it",
                plain(float(f"{found.demand['deals'] * each.factor:.2g}")) if each.factor < 1e6 else "-",
                each.name,
                each.happens,
                each.change,
            )
            for each in found.breaks
        ],
    )
    return f"{numbers}\n{breaks}"
