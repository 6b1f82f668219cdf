"""`dealwatch bench`: words that cannot be, and the tables."""

import pytest

from streams.bench.beside import Beside
from streams.bench.figures import Score
from streams.bench.growth import Size
from streams.bench.job import Rounds
from streams.bench.latency import Delay, Latency
from streams.bench.lateness import Lateness
from streams.bench.machine import describe
from streams.bench.modelling import ModelScores
from streams.bench.revenue import RevenueFigures, View
from streams.bench.run import Report
from streams.cli.bench_view import show
from tests.unit.cli.samples import Run


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--only", "engine,nonsense"), "no part nonsense"),
        (("--contenders", "spark"), "no spark"),
        (("--open-deals", "many"), "whole numbers"),
        (("--open-deals", "0"), "at least one"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_starts(
    run: Run, words: tuple[str, ...], complaint: str
) -> None:
    """Wrong use, in a sentence, and no Kafka is started for it."""
    result = run("bench", *words)
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert "Kafka" not in result.stderr


def test_a_file_that_cannot_be_written_is_refused_before_an_hour_of_work(run: Run) -> None:
    """The sentence names the file; no Kafka is started."""
    result = run("bench", "-o", "nowhere/figures.json")
    assert result.exit_code == 1
    assert "nowhere/figures.json" in result.stderr
    assert "Kafka" not in result.stderr


def some_revenue() -> RevenueFigures:
    """Figures of the part `revenue`."""
    right = Score(events_per_second=900.0, spread=0.1, cpu_us_per_event=200.0, events=9, verified=True)
    wrong = Score(events_per_second=800.0, spread=0.1, cpu_us_per_event=200.0, events=9, failed="the answers differ")
    return RevenueFigures(
        beside=Beside(
            worker={"alone": right, "beside": wrong}, revenue_cpu_us_per_event=77.7, behind=1_234, caught_up_s=6.5
        ),
        catching_up=right,
        rounds=[
            Rounds(
                deals=20,
                events=99,
                open_deals=10,
                answers=50,
                first_s=43.2,
                later_s=20.0,
                later_cpu_s=19.0,
                lock_s=1.0,
                peak=2**30,
            )
        ],
        views=[
            View(
                path="/revenue/pipeline",
                open_deals=10,
                cold_ms=20.0,
                cold_worst_ms=199.5,
                warm_ms=1.0,
                warm_worst_ms=2.0,
            )
        ],
    )


def test_the_tables_say_every_figure_who_is_absent_and_what_is_missed(capsys: pytest.CaptureFixture[str]) -> None:
    """A reader sees ratios, results, and targets with their verdict."""
    report = Report(
        machine=describe("embedded"),
        engine={
            "quix_streams": Score(
                events_per_second=50_000.0, spread=0.1, cpu_us_per_event=20.0, events=9, verified=True
            ),
            "bytewax": Score(absent="needs bytewax: run `make bench`"),
            "dealwatch": Score(
                events_per_second=100_000.0, spread=0.2, cpu_us_per_event=8.0, events=9, failed="lost one"
            ),
        },
        models=ModelScores(
            scoring={
                "river": Score(events_per_second=9_000.0, spread=0.1, cpu_us_per_event=111.1, events=9, verified=True),
                "dealwatch": Score(
                    events_per_second=27_000.0, spread=0.1, cpu_us_per_event=37.0, events=9, verified=True
                ),
            },
            learning={"dealwatch": Score(failed="learned otherwise")},
        ),
        latency=Latency(
            full_events_per_second=1_000.0,
            at=[
                Delay(share=0.5, events_per_second=500.0, p50_ms=3.0, p99_ms=40.0, p999_ms=50.0, max_ms=60.0, alerts=7)
            ],
            ticks=Lateness(p50_ms=500.0, p99_ms=900.0, max_ms=1_000.0, alerts=5, missing=0),
        ),
        growth=[
            Size(deals=10_000, partitions=4, workers=1, events_per_second=900.0, resident_bytes_per_deal=2_048.0),
            Size(deals=10_000, partitions=4, workers=2, failed="no memory"),
        ],
        revenue=some_revenue(),
        targets=[{"name": "engine: dealwatch / quix_streams", "figure": 2.0, "at_least": 1.8, "reached": True}],
    )
    show(report)
    shown = capsys.readouterr().out
    for words in (
        "2.00 x",
        "needs bytewax",
        "3.00 x",
        "CPU us/deal",
        "labels/s",
        "learned otherwise",
        "lost one",
        "at least 1.8",
        "reached",
        "p99 900 ms",
        "no memory",
        "10,000",
        "CPU us/event 77.7; 1,234 records behind when the worker was through, all answered 6.5 s later",
        "the answers differ",
        "43.2",
        "/revenue/pipeline",
        "199.5",
    ):
        assert words in shown, words
