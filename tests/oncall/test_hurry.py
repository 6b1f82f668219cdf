"""The rules in a hurry are the product's rules: only lengths of time differ, and the numbers that are named."""

from __future__ import annotations

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml

from tests.oncall.hurry import LENGTHS, LONGER, NUMBERS, RULES, hurried, hurried_rule, tokens, write_hurried


def rules() -> dict[str, list[dict[str, Any]]]:
    """Every rule of the product, by name; an objective has two alerts of one name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(RULES.glob("*.rules.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                found.setdefault(rule.get("alert") or rule["record"], []).append(rule)
    return found


def test_only_lengths_of_time_and_named_numbers_differ() -> None:
    """Piece by piece: names, labels, strings, operators and all other numbers are those of the product."""
    differed: dict[str, set[str]] = {}
    for name, each in [(name, each) for name, all_of in rules().items() for each in all_of]:
        before, after = tokens(each["expr"]), tokens(hurried_rule(each)["expr"])
        assert "".join(token.text for token in before) == each["expr"]
        assert [token.kind for token in before] == [token.kind for token in after]
        for one, other in zip(before, after, strict=True):
            if one.kind == "number" and one != other:
                differed.setdefault(name, set()).add(one.text)
            assert one == other or one.kind in ("range", "offset", "number"), (name, one, other)
        assert {**hurried_rule(each), "expr": "", "for": ""} == {**each, "expr": "", "for": ""}
    assert differed == {name: {each.written for each in of} for name, of in NUMBERS.items()}


def test_what_is_shorter_than_something_else_stays_so() -> None:
    """And a range holds several scrapes, which come every second."""
    in_order = sorted(LENGTHS, key=lambda length: promql.parse_duration(length))
    assert all(LENGTHS[one] < LENGTHS[other] for one, other in pairwise(in_order))
    assert in_order == list(LENGTHS)


def test_what_takes_longer_is_in_its_rule_and_longer() -> None:
    """An exception that nothing needs any more is no exception."""
    for name, exceptions in LONGER.items():
        for each in exceptions:
            assert each.seconds > LENGTHS[each.written]
            assert any(each.written in f"{rule['expr']} {rule.get('for')}" for rule in rules()[name])


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("rate(x[5m]) > 5", "rate(x[5s]) > 5"),
        ("rate(x[ 5m ] offset 1h)", "rate(x[ 5s ] offset 10s)"),
        ("max_over_time(rate(x[5m])[1h:])", "max_over_time(rate(x[5s])[10s:])"),
        ('x{label="[5m] offset 1h"} > 1h5m', 'x{label="[5m] offset 1h"} > 1h5m'),
        ("rate5m / x1h", "rate5m / x1h"),
    ],
)
def test_lengths_are_found_where_promql_has_them(expr: str, expected: str) -> None:
    """In ranges and offsets; not in strings, names or numbers."""
    assert hurried(expr, "anything") == expected


def test_a_number_is_replaced_in_its_own_rule_only() -> None:
    """And only as a whole number."""
    assert hurried("x > 120 and y > 1200", "DealwatchStalled") == "x > 4 and y > 1200"
    assert hurried("x > 120", "DealwatchDown") == "x > 120"


def test_a_length_that_the_table_does_not_have_is_no_guess() -> None:
    """Whoever writes a rule with a new length gives it its place."""
    with pytest.raises(KeyError, match="45m"):
        hurried("rate(x[45m])", "anything")


def test_prometheus_takes_the_rules_in_a_hurry(tmp_path: Path) -> None:
    """As promtool checks them; as many rules as the product has."""
    if shutil.which("promtool") is None:
        pytest.skip("needs promtool (Debian's package `prometheus`)")
    written = [str(each) for each in write_hurried(tmp_path)]
    done = subprocess.run(["promtool", "check", "rules", *written], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    found = sum(int(line.split()[1]) for line in done.stdout.splitlines() if "SUCCESS" in line)
    assert found == sum(map(len, rules().values()))
