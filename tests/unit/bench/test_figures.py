"""What the benchmark makes of its samples: rates without the warm-up, medians, targets, and who is absent."""

import json
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.bench.contenders import Contender
from streams.bench.counting import ALERT_EVERY, EVENT_BYTES, Counter, State, Truth, events
from streams.bench.figures import Score, Tally, spread
from streams.bench.growth import Size, rate_of, recovered
from streams.bench.job import Measured, Progress, Rebalanced, Recovered, Said
from streams.bench.latency import Delay, Latency, quantile
from streams.bench.meter import Meter, Sample, measured
from streams.bench.modelling import ModelScores
from streams.bench.plan import Plan, Silence
from streams.bench.rounds import Contest
from streams.bench.targets import contest_targets, growth_targets, latency_targets, model_targets


def a_meter(events: int) -> tuple[Meter, list[Said]]:
    """Return a meter and what it says."""
    said: list[Said] = []
    return Meter(events, 1_000.0, said.append), said


def test_the_warm_up_is_not_in_the_rate() -> None:
    """A slow first tenth does not count."""
    run = [Sample(0.0, 0.0, 1), Sample(100.0, 50.0, 100), Sample(101.0, 50.5, 1_000)]
    found = measured(run)
    assert found.events_per_second == pytest.approx(900.0)
    assert found.cpu_us_per_event == pytest.approx(0.5 / 900 * 1e6)


@given(st.integers(1, 5_000), st.integers(0, 100))
def test_a_meter_is_finished_once_when_all_is_handled(n: int, more: int) -> None:
    """It says so exactly once, also where records go on coming, and counts all of them."""
    meter, said = a_meter(n)
    ends: list[int] = []
    meter.on_finish = lambda: ends.append(meter.handled)
    for _ in range(n + more):
        meter.tick()
    assert ends == [n]
    assert meter.handled == n + more
    assert [each.handled for each in said if isinstance(each, Measured)] == [n]


def test_events_are_of_the_size_that_is_published() -> None:
    """228 bytes of JSON, and a key that says where it goes."""
    for event in events(500, 4):
        value = event.encode()
        assert len(value) == EVENT_BYTES
        assert json.loads(value)["key"] == event.key.decode()


def alerts_of(n: int, change: Callable[[int, State], State]) -> tuple[Truth, list[bytes]]:
    """Count `n` events, with a change to the state after each; return what must come out and what did."""
    truth, states, alerts = Truth(), dict[bytes, State](), list[bytes]()
    meter, _ = a_meter(n)
    handle = Counter(meter).handle
    for event in events(n, 4):
        truth.learn(event)
        state, alert = handle(states.get(event.key), event.encode())
        states[event.key] = change(event.number, state)
        if alert is not None:
            alerts.append(alert)
    return truth, alerts


def test_a_host_that_counts_right_has_no_faults() -> None:
    """Also one that said every alert twice: ids make that harmless."""
    truth, alerts = alerts_of(20_000, lambda _number, state: state)
    assert len(alerts) == 20_000 // ALERT_EVERY
    assert truth.faults(alerts * 2, 20_000, whole=True) == []


def test_a_host_that_loses_or_doubles_events_is_found_out() -> None:
    """Lost states change later counts, lost alerts their number."""
    truth, alerts = alerts_of(20_000, lambda number, state: [state[0] + (number % 50 == 0), state[1]])
    assert any("another count" in fault for fault in truth.faults(alerts, 20_000, whole=True))
    truth, alerts = alerts_of(20_000, lambda _number, state: state)
    assert any("instead of" in fault for fault in truth.faults(alerts[1:], 20_000, whole=True))
    assert any("instead of" in fault for fault in truth.faults(alerts[:100], 20_000, whole=False))


def test_medians_and_spread_of_the_rounds() -> None:
    """A fault in one round is kept beside the figures."""
    tally = Tally()
    for rate in (100.0, 80.0, 110.0):
        tally.add(rate, 1.0, 10)
    assert (tally.score().events_per_second, tally.score().verified) == (100.0, True)
    assert tally.score().spread == pytest.approx(spread([100.0, 80.0, 110.0]))
    tally.fault("skipped an event")
    assert (tally.score().verified, tally.score().failed) == (False, "skipped an event")


def test_a_contender_that_is_not_installed_is_named(tmp_path: Path) -> None:
    """Absent, with what it needs and how to install it; never silently left out."""
    contest = Contest(
        part="engine",
        contenders=[Contender("ghost", "nowhere", ("no_such_package",))],
        source="",
        events=1,
        limit_s=1.0,
        topics=lambda _contender, _job: [],
        faults=lambda _contender, _job, _bout: [],
    )
    scores = contest.hold(Plan(broker="", folder=tmp_path), "x.", Silence())
    assert "no_such_package" in scores["ghost"].absent
    assert "make bench" in scores["ghost"].absent
    assert scores["ghost"].events_per_second is None


def test_targets_say_figure_and_verdict_and_what_was_not_measured() -> None:
    """Each target of a part is there, also where a peer is missing."""
    scores = {"dealwatch": Score(events_per_second=100.0), "quix_streams": Score(events_per_second=50.0)}
    by_name = {each.name: each for each in contest_targets("engine", scores)}
    assert by_name["engine: dealwatch / quix_streams"].figure == 2.0
    assert by_name["engine: dealwatch / quix_streams"].reached is True
    assert by_name["engine: dealwatch / bytewax"].reached is None
    assert contest_targets("pipeline", None) == []
    half = Delay(share=0.5, events_per_second=1.0, p99_ms=150.0)
    [latency] = latency_targets(Latency(full_events_per_second=2.0, at=[half], ticks=None))
    assert latency.reached is False


def test_models_are_judged_by_the_processor_time_of_ours() -> None:
    """However few a second a busy machine let through."""
    ours = {"dealwatch": Score(events_per_second=1.0, cpu_us_per_event=50.0)}
    scoring, learning = model_targets(ModelScores(scoring=ours, learning=ours))
    assert (scoring.figure, scoring.reached) == (50.0, False)
    assert (learning.figure, learning.reached) == (20_000.0, True)
    assert [each.reached for each in model_targets(ModelScores(scoring={}, learning={}))] == [None, None]
    assert model_targets(None) == []


def test_growth_is_judged_at_its_largest_size_and_by_one_worker() -> None:
    """The ratio to the smallest size for each number of partitions, the worst weight, the slowest recovery."""

    def a_size(deals: int, rate: float, weight: float, workers: int = 1) -> Size:
        return Size(
            deals=deals,
            partitions=4,
            workers=workers,
            events_per_second=rate,
            resident_bytes_per_deal=weight,
            recovery_states_per_second=60.0,
            bare_states_per_second=100.0,
        )

    sizes = [a_size(10, 100.0, 9_000.0), a_size(1_000, 80.0, 1_400.0), a_size(1_000, 5.0, 9_999.0, workers=2)]
    figures = {each.name.partition(": ")[2]: (each.figure, each.reached) for each in growth_targets(sizes)}
    assert figures == {
        "throughput at 1,000 / at 10 deals, 4 partitions": (0.8, True),
        "resident bytes per open deal": (1_400.0, True),
        "recovery / bare aiokafka": (0.6, True),
    }


def test_what_was_recovered_before_a_rebalance_is_void() -> None:
    """Only the last assignment counts."""
    said: list[Said] = [Rebalanced(), Recovered(0, 1, 1.0), Recovered(1, 1, 1.0), Rebalanced(), Recovered(1, 1, 0.5)]
    assert recovered(said) == [Recovered(1, 1, 0.5)]


def test_the_rate_of_several_workers_is_that_of_their_sum() -> None:
    """Whichever of them is faster."""
    one = [Progress(each, each / 100) for each in range(0, 101, 10)]
    two = [Progress(each, each / 300) for each in range(0, 301, 10)]
    assert rate_of([one, two]) == pytest.approx(400, rel=0.1)


def test_a_rate_is_one_even_if_all_was_handled_between_two_looks() -> None:
    """A small run on a fast machine: nothing is sent at a rate of zero."""
    assert rate_of([[Progress(0, 1.0), Progress(144, 1.05)]]) == pytest.approx(2880)
    assert rate_of([[Progress(0, 0.9), Progress(50, 1.05)], [Progress(0, 1.0), Progress(94, 1.05)]]) > 0


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1.0))
def test_a_quantile_is_a_value_that_the_share_does_not_exceed(values: list[float], share: float) -> None:
    """And no smaller value is."""
    found = quantile(values, share)
    assert found in values
    assert sum(each <= found for each in values) >= share * len(values) - 1e-6
    assert sum(each < found for each in values) < share * len(values) + 1e-6


def test_an_alert_says_count_and_sum() -> None:
    """The alert is what the check reads, so it must hold the state."""
    meter, _ = a_meter(1)
    state, alert = Counter(meter).handle([4, 10], b'{"id":200,"key":"k","amount":5}')
    assert state == [5, 15]
    assert alert is not None
    assert orjson.loads(alert) == {"id": 200, "key": "k", "n": 5, "total": 15}
