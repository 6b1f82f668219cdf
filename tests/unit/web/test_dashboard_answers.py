"""What Prometheus says, or whoever sits at its address: numbers, or one sentence about why there are none."""

from __future__ import annotations

import json
from itertools import pairwise
from math import inf, isfinite, isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.web.dashboards.answer import MOST_SERIES, PrometheusFailed, Series, read_names, read_series
from streams.web.dashboards.definition import Threshold, dashboards
from streams.web.dashboards.lines import Line, colour_of, lines_of, name_of, piled, unbroken
from streams.web.dashboards.units import is_known, number, written

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
RUBBISH = st.binary(max_size=80) | JSON.map(lambda each: json.dumps(each).encode())
ANSWERS = st.builds(
    lambda status, data: json.dumps({"status": status, "data": data, "error": "e"}).encode(),
    st.sampled_from(["success", "error", "maybe"]),
    JSON
    | st.fixed_dictionaries(
        {
            "result": st.lists(
                st.fixed_dictionaries(
                    {"metric": JSON, "values": st.lists(st.tuples(st.floats(), st.text()), max_size=3)}
                ),
                max_size=2,
            )
        }
    ),
)


def matrix(*values: str, metric: dict[str, str] | None = None) -> bytes:
    """An answer with one series, a point a minute."""
    points = [[60.0 * at, value] for at, value in enumerate(values)]
    series = {"metric": metric or {}, "values": points}
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": [series]}}).encode()


def test_series_are_read_with_what_is_no_number() -> None:
    """Prometheus writes values as text."""
    [series] = read_series(matrix("1", "NaN", "+Inf", "-0.5", metric={"role": "track"}))
    assert series.labels == {"role": "track"}
    values = [value for _, value in series.points]
    assert values[0] == 1.0 and isnan(values[1]) and values[2] == inf and values[3] == -0.5


@given(RUBBISH | ANSWERS)
def test_rubbish_is_refused_in_a_sentence_or_read_and_never_anything_else(body: bytes) -> None:
    """Whatever sits at the address."""
    for read in (read_series, read_names):
        try:
            read(body)
        except PrometheusFailed as error:
            assert len(str(error)) < 600 and "\n" not in str(error)[:20]


def test_a_refused_query_is_said_in_prometheus_own_words() -> None:
    """Shortened where they are many."""
    refused = json.dumps({"status": "error", "errorType": "bad_data", "error": "parse error: unexpected }" + "x" * 999})
    with pytest.raises(PrometheusFailed, match="Prometheus says: parse error: unexpected }") as raised:
        read_series(refused.encode())
    assert len(str(raised.value)) < 500


def test_more_series_than_anybody_can_see_are_not_read() -> None:
    """A query by a label with thousands of values does not fill the memory with lines."""
    one = {"metric": {}, "values": [[0, "1"]]}
    many = {"status": "success", "data": {"resultType": "matrix", "result": [one] * (MOST_SERIES + 9)}}
    assert len(read_series(json.dumps(many).encode())) == MOST_SERIES


def test_a_line_has_numbers_only_and_a_series_without_any_is_none() -> None:
    """Of a quantile of nothing there is no line to draw."""
    found = [Series({"le": "b"}, ((0.0, 1.0), (60.0, nan))), Series({"le": "a"}, ((0.0, nan),))]
    assert lines_of("{{le}}", found) == [Line("b", ((0.0, 1.0),))]
    assert name_of("{{role}}, {{ slo }}", {"slo": "fresh"}) == "role, fresh"


def test_a_value_has_the_colour_of_the_last_threshold_that_it_reaches() -> None:
    """The first counts from the beginning."""
    steps = (Threshold("green"), Threshold("yellow", 1.0), Threshold("red", 6.0))
    assert [colour_of(steps, each) for each in (-9.0, 0.99, 1.0, 6.0)] == ["green", "green", "yellow", "red"]
    assert colour_of((), 1.0) == ""


@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1e6)), max_size=6), min_size=1, max_size=4))
def test_a_pile_is_as_high_as_its_layers_together(given_points: list[list[tuple[int, float]]]) -> None:
    """At every moment; a layer that is missing there is none."""
    lines = [Line(str(n), tuple(sorted(dict(points).items()))) for n, points in enumerate(given_points)]
    layers = piled(lines)
    top = dict(layers[-1][1].points)
    for moment, height in top.items():
        assert height == pytest.approx(sum(dict(line.points).get(moment, 0.0) for line in lines))
    for (_, under), (below, _) in pairwise(layers):
        assert under.points == below.points


def test_a_gap_breaks_a_line() -> None:
    """A worker that was away is not drawn through."""
    points = [(0.0, 1.0), (15.0, 1.0), (60.0, 2.0)]
    assert unbroken(points, 15) == [points[:2], points[2:]]


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("s", 0.0, "0 s"),
        ("s", 0.0123, "12.3 ms"),
        ("s", 59.94, "59.9 s"),
        ("s", 90.0, "1.5 min"),
        ("s", 93_600.0, "1.08 days"),
        ("s", -7_200.0, "-2 hours"),
        ("bytes", 0.0, "0 B"),
        ("bytes", 345.6 * 2**20, "346 MiB"),
        ("percentunit", 0.12345, "12.3%"),
        ("percentunit", -1.0, "-100%"),
        ("ops", 0.05, "0.05 ops/s"),
        ("ops", 12_345.0, "12.3K ops/s"),
        ("short", 999.0, "999"),
        ("short", 1_500_000.0, "1.5 Mil"),
        ("suffix: cores", 0.75, "0.75 cores"),
        ("dateTimeFromNow", 1_000_000.0, "50 min ago"),
        ("none", 7.0, "7"),
        ("short", inf, "∞"),
        ("short", nan, "no number"),
    ],
)
def test_values_are_written_as_grafana_writes_them(unit: str, value: float, text: str) -> None:
    """In about three digits."""
    assert written(unit, value, 4_000.0) == text


@given(st.floats(-1e300, 1e300))
def test_a_number_is_off_by_a_thousandth_at_most(value: float) -> None:
    """However large or small; never with zeros at its end, and never `-0`."""
    text = number(value)
    assert float(text) == pytest.approx(value, rel=6e-3, abs=1e-9)
    assert text != "-0" and isfinite(float(text))


def test_every_unit_of_every_dashboard_is_known() -> None:
    """One that is not would be shown as a bare number."""
    drawn = [each for board in dashboards().values() for each in board.panels if each.targets]
    assert [each.title for each in drawn if not is_known(each.unit)] == []
