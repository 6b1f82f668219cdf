"""A plan: monotone, to scale, reproducible from what it shows, and equal to what was measured at what was measured."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace as with_fields

from streams.capacity.catalogue import CATALOGUE
from streams.capacity.cells import APART, SET
from streams.capacity.demand import Demand, DemandWrong
from streams.capacity.figures import Figure, Figures
from streams.capacity.formula import names_in
from streams.capacity.limits import ALLOWED, LIMITS
from streams.capacity.plan import lines, plan
from streams.capacity.sheet import sheet
from streams.capacity.shipped import shipped
from streams.config.settings import load
from streams.config.topics import COMPACTED_SEGMENT_BYTES
from streams.config.topics import plan as topics

SHIPPED = shipped()
#: What one program has of what they share may get less; everything else never does.
SHARES = {
    "worker_cores",
    "worker_bytes",
    "worker_limit",
    "worker_disk",
    "page_limit",
    "dirty_s",
    "recovery_s",
    "local_s",
    "segment_wanted",
}


GIVEN = {**ALLOWED, **{each.name: each.value for each in SET}}
ORIGIN = plan(SHIPPED, Demand(deals=1, events_per_day=1)).origin


def values_of(measured: Figures, demand: Demand) -> dict[str, float]:
    """The numbers of a plan, without the search for what breaks."""
    return {each.name: each.value for each in lines(measured, demand)}


@st.composite
def figures(draw: st.DrawFn) -> Figures:
    """Figures of other machines: each up to four times more or less than those that come with the product."""
    factor = st.floats(0.25, 4.0)
    return with_fields(
        SHIPPED, figures={name: Figure(each.value * draw(factor)) for name, each in SHIPPED.figures.items()}
    )


demands = st.builds(
    Demand,
    deals=st.floats(1, 1e9),
    events_per_day=st.floats(0, 1e11),
    peak_factor=st.floats(1, 20),
    memory_per_worker=st.floats(8 * 2.0**30, 2.0**42),
    recovery_within=st.floats(100, 3_600),
    headroom=st.floats(0, 0.9),
    deal_life_days=st.floats(5, 1_000),
    store=st.sampled_from(["memory", "rocksdb"]),
)


@given(figures(), demands, st.floats(1, 100), st.floats(1, 100))
def test_more_deals_or_events_never_need_less(
    measured: Figures, demand: Demand, more_deals: float, more_events: float
) -> None:
    """Of anything that all programs have together, on any machine."""
    more = replace(
        demand,
        deals=min(1e10, demand.deals * more_deals),
        events_per_day=min(1e12, demand.events_per_day * more_events),
    )
    before, after = values_of(measured, demand), values_of(measured, more)
    for name in before.keys() - SHARES:
        assert after[name] >= before[name] * (1 - 1e-9), name
    assert after["worker_bytes"] * after["workers"] >= before["worker_bytes"] * before["workers"] * (1 - 1e-9)
    assert after["worker_disk"] * after["workers"] >= before["worker_disk"] * before["workers"] * (1 - 1e-9)


@given(figures(), demands)
def test_twice_of_both_is_twice_the_work(measured: Figures, demand: Demand) -> None:
    """Cores, questions, alerts, and what grows on topics; what is there anyway stays."""
    assume(demand.deals <= 5e9 and demand.events_per_day <= 5e11)
    twice = replace(demand, deals=demand.deals * 2, events_per_day=demand.events_per_day * 2)
    one, two = values_of(measured, demand), values_of(measured, twice)
    for name in ("track_cores", "learn_cores", "allot_cores", "page_cores", "state_written", "examples_a_day"):
        assert two[name] == pytest.approx(one[name] * 2)
    assert two["learn_bytes"] - one["learn_bytes"] == pytest.approx(
        one["learn_bytes"] - measured.values["learn_base_bytes"] - measured.values["learn_work_bytes"]
    )


@given(figures(), demands)
def test_every_number_follows_from_the_formula_and_the_inputs_that_are_shown(measured: Figures, demand: Demand) -> None:
    """By Python's own arithmetic, and every input is asked for, measured, set, or shown above."""
    above: dict[str, float] = {}
    for line in lines(measured, demand):
        assert _by_python(line.formula, line.inputs) == pytest.approx(line.value, rel=1e-9, abs=1e-9), line.name
        for name, value in line.inputs.items():
            assert above.get(name, GIVEN.get(name, value)) == value, name
            assert name in above or name in ORIGIN, name
        above[line.name] = line.value


def _by_python(formula: str, inputs: dict[str, float]) -> float:
    """The formula as Python understands it, with no names but its own."""
    import math

    tree = ast.parse(formula, mode="eval")
    functions = {"ceil": lambda x: math.ceil(x - 1e-9), "min": min, "max": max, "__builtins__": {}}
    return float(eval(compile(tree, "formula", "eval"), functions, dict(inputs)))


@given(figures(), demands)
def test_the_plan_meets_what_was_asked_for(measured: Figures, demand: Demand) -> None:
    """Cores within the share that may be busy, memory within the limit, states back in time; one fewer would not do."""
    said = values_of(measured, demand)
    usable = min(demand.cores_per_worker, 1.0) * (1 - demand.headroom)
    assert said["worker_cores"] <= usable * (1 + 1e-6)
    assert said["worker_limit"] <= demand.memory_per_worker * (1 + 1e-6)
    assert said["recovery_s"] - said["dirty_s"] <= demand.recovery_within * (1 + 1e-6)
    assert said["partitions"] >= said["workers"]
    wants = (said["workers_by_cores"], said["workers_by_memory"], said["workers_by_recovery"])
    assert said["workers"] == max(1.0, *wants)


def test_a_plan_for_what_was_measured_gives_what_was_measured() -> None:
    """One worker with no more than was measured: its core is full at the rate, its memory and recovery as seen."""
    measured = SHIPPED.values
    deals = float(max(SHIPPED.measured.open_deals))
    rate = (1e6 - deals * measured["track_day_us"] / 86_400) / measured["track_event_us"]
    demand = Demand(
        deals=deals,
        events_per_day=rate * 86_400,
        peak_factor=1,
        headroom=0,
        memory_per_worker=2.0**40,
        deal_life_days=3_650,
        recovery_within=3_600,
    )
    said = plan(SHIPPED, demand).values
    assert said["workers"] == 1
    assert said["track_cores"] == pytest.approx(1.0)
    known = said["known_deals"]
    assert said["recovery_s"] - said["dirty_s"] - 10 == pytest.approx(known * measured["restore_us"] / 1e6)
    assert said["worker_bytes"] == pytest.approx(
        measured["track_base_bytes"]
        + known * measured["track_deal_bytes"]
        + min(deals, 8_000) * measured["track_decoded_bytes"]
    )


def test_what_breaks_first_stands_first_and_breaks_there() -> None:
    """Just below its size a limit holds, just above it does not."""
    demand = Demand(deals=200_000, events_per_day=2e6)
    found = plan(SHIPPED, demand).breaks
    assert [each.factor for each in found] == sorted(each.factor for each in found)
    assert {each.name for each in found} == {each.name for each in LIMITS}
    for each in found:
        if 1e-3 < each.factor < 1e3:
            less, more = (
                plan(SHIPPED, replace(demand, deals=demand.deals * factor, events_per_day=2e6 * factor))
                for factor in (each.factor * 0.99, each.factor * 1.01)
            )
            assert not any(it.factor < 1 for it in less.breaks if it.name == each.name)
            assert any(it.factor < 1 for it in more.breaks if it.name == each.name)


def test_the_plan_says_where_it_goes_beyond_what_was_measured() -> None:
    """And is silent about it where it does not."""
    large = plan(SHIPPED, Demand(deals=5e6, events_per_day=5e7, memory_per_worker=2.0**38, recovery_within=3_600))
    assert any("times the most that was measured" in each for each in large.warnings)
    assert any("generated log" in each and "times that" in each for each in large.warnings)
    small = plan(SHIPPED, Demand(deals=100, events_per_day=1_000))
    assert not any("times" in each for each in small.warnings if "generated log takes" not in each)


def test_a_plan_reckons_with_segments_as_they_are_provisioned() -> None:
    """The topics' plan and the sheet say the same."""
    assert GIVEN["segment_bytes"] == COMPACTED_SEGMENT_BYTES
    compacted = [each for each in topics(load()).all if each.configs["cleanup.policy"] == "compact"]
    assert compacted and {each.configs["segment.bytes"] for each in compacted} == {str(COMPACTED_SEGMENT_BYTES)}


def test_a_plan_counts_the_topics_that_there_are() -> None:
    """Whoever adds a topic of one partition adds replicas to each broker."""
    assert GIVEN["single_topics"] == sum(each.partitions == 1 for each in topics(load()).all)


def test_recovery_that_dirty_segments_make_late_is_warned_of_with_the_setting_that_helps() -> None:
    """With segments of that size what is not compacted is read in time."""
    slow = {**SHIPPED.figures, "restore_us": Figure(400.0), "state_event_bytes": Figure(1_500.0)}
    found = plan(
        with_fields(SHIPPED, figures=slow), Demand(deals=50_000, events_per_day=50e6, recovery_within=60, headroom=0)
    )
    said = found.values
    assert said["recovery_s"] > 60
    assert any("segment.bytes" in each for each in found.warnings)
    (advice,) = [each for each in found.kafka if each.setting == "segment.bytes"]
    dirty = int(advice.value) * said["partitions"] / said["workers"] / 1_500
    assert said["recovery_s"] - said["dirty_s"] + dirty * 400 / 1e6 <= 60.1


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"deals": 0.0}, "--deals"),
        ({"events_per_day": float("nan")}, "--events-per-day"),
        ({"headroom": 1.0}, "--headroom"),
        ({"replication": 5.0}, "--brokers"),
        ({"peak_factor": 0.5}, "--peak-factor"),
    ],
)
def test_a_demand_that_cannot_be_is_refused_with_its_option(wrong: dict[str, float], complaint: str) -> None:
    """Also what is no number."""
    with pytest.raises(DemandWrong, match=complaint):
        Demand(**{"deals": 10.0, "events_per_day": 10.0, **wrong})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [({"memory_per_worker": 2.0**28}, "--memory-per-worker"), ({"recovery_within": 5.0}, "--recovery-within")],
)
def test_what_no_number_of_workers_reaches_is_refused(wrong: dict[str, float], complaint: str) -> None:
    """A worker that holds nothing, or is never back in time, does not help by being many."""
    with pytest.raises(DemandWrong, match=complaint):
        plan(SHIPPED, Demand(**{"deals": 1e6, "events_per_day": 1e6, **wrong}))  # type: ignore[arg-type]


@pytest.mark.parametrize("store", ["memory", "rocksdb"])
def test_every_name_of_a_formula_is_known_and_every_figure_is_used_or_checked(store: str) -> None:
    """What nobody reckons with need not be measured; names are taken once."""
    cells = sheet("memory" if store == "memory" else "rocksdb")
    known = (
        {each.name for each in CATALOGUE}
        | {each.name for each in (*SET, *APART)}
        | set(ALLOWED)
        | set(Demand(deals=1, events_per_day=1).values)
    )
    for cell in cells:
        assert set(names_in(cell.formula)) <= known, cell.name
        assert cell.name not in known
        known.add(cell.name)
    for limit in LIMITS:
        assert {*names_in(limit.load), *names_in(limit.allowed)} <= known
    used = {name for each in (*sheet("memory"), *sheet("rocksdb")) for name in names_in(each.formula)}
    checks = {"mixture_us", "mixture_ratio", "activity_event_raw_bytes", "state_raw_bytes"}
    assert {each.name for each in CATALOGUE} - used == checks
    assert {each.name for each in APART} <= used


def test_the_program_of_revenue_is_reckoned_with_every_deal_of_the_log() -> None:
    """By what was measured: 100,000 open deals and as many closed, 1.7 million events, a round of 83 s and 2.9 GB."""
    demand = Demand(deals=100_000, events_per_day=1.7e6 / 90, retention_days=90, deal_life_days=90)
    found = plan(shipped(), demand).values
    assert found["answered_deals"] == 200_000
    assert found["revenue_bytes"] == pytest.approx(2.876e9, rel=0.01)
    assert found["round_s"] == pytest.approx(82.8, rel=0.01)
    assert found["answers_every_s"] == pytest.approx(10 * found["round_s"])
    assert found["revenue_s"] == pytest.approx(10 + 1.7e6 / 12_709 + 166.7, rel=0.02)
    long = plan(shipped(), Demand(deals=100_000, events_per_day=1.7e6 / 90, retention_days=900, deal_life_days=90))
    assert long.values["revenue_bytes"] > 5 * found["revenue_bytes"], "deals that closed stay in memory"
    assert {each.name for each in long.breaks} >= {"memory of answers", "age of answers", "processor of answers"}


def test_a_company_of_few_deals_is_told_anew_every_few_seconds() -> None:
    """The program rests five seconds at least."""
    found = plan(shipped(), Demand(deals=100, events_per_day=1_000)).values
    assert found["answers_every_s"] == pytest.approx(found["round_s"] + 5)
