"""The product's alert rules in a hurry: the same rules, with every length of time made shorter by one written table.

An alert that waits for five minutes, and looks back three days, cannot be tried in a test; one that waits for five
seconds and looks back sixteen can. The order of the lengths stays, so what is short beside what is long stays so.
Numbers are kept, but for those that are lengths of time, or that nothing in a test can reach: they are named, one by
one, in `NUMBERS`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "rules"

#: Seconds for each length that the rules name. A range of less than five would hold too few scrapes for a rate.
LENGTHS: Mapping[str, int] = {
    "2m": 4,
    "5m": 5,
    "10m": 6,
    "15m": 7,
    "30m": 8,
    "1h": 10,
    "6h": 12,
    "1d": 14,
    "3d": 16,
    "7d": 18,
    "14d": 20,
    "30d": 24,
}


class Longer(NamedTuple):
    """A length, as it is written in a rule, that is not hurried as much as elsewhere, and why."""

    written: str
    seconds: int
    why: str


#: Where what has to happen within a length takes real seconds: by alert, more seconds than in the table, and why.
LONGER: Mapping[str, tuple[Longer, ...]] = {
    "DealwatchAlertFlood": (Longer("7d", 1680, "168 hours, as the rule says, so that no flood is soon the usual"),),
    "DealwatchFlapping": (Longer("30m", 30, "three starts of a program, each of some seconds"),),
    "DealwatchRebalanceStorm": (Longer("30m", 30, "a dozen rebalances, each of a second or more"),),
}


class Number(NamedTuple):
    """A number of an expression, as it is written there, that is another one in a hurry, and why."""

    written: str
    hurried: str
    why: str


#: By the name of the alert or of the recorded series; a number is replaced wherever it stands in that expression.
NUMBERS: Mapping[str, tuple[Number, ...]] = {
    "job:dealwatch_waiting_too_long:bool": (Number("60", "3", "seconds that an event may wait: a minute"),),
    "DealwatchDeadlinesLate": (Number("60", "3", "seconds that a deadline is late, or that an event waits: a minute"),),
    "DealwatchMessagesWaiting": (Number("300", "4", "seconds that a message waits: 5m"),),
    "DealwatchStalled": (Number("120", "4", "seconds that records wait, and that nothing is committed: 2m"),),
}

_TOKEN = re.compile(
    r"""
    (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
    |(?P<range>\[\s*(?:\d+(?:ms|[smhdwy]))+\s*(?::\s*(?:(?:\d+(?:ms|[smhdwy]))+\s*)?)?\])
    |(?P<offset>\boffset\s+-?(?:\d+(?:ms|[smhdwy]))+)
    |(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<other>\s+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_LENGTH = re.compile(r"(?:\d+(?:ms|[smhdwy]))+")


class Token(NamedTuple):
    """A piece of an expression; all of them in a row are the expression."""

    kind: str
    text: str


def tokens(expr: str) -> list[Token]:
    """Take an expression apart: strings, ranges, offsets, names, numbers, and what is between them."""
    return [Token(str(each.lastgroup), each[0]) for each in _TOKEN.finditer(expr)]


def hurried_length(length: str, name: str) -> str:
    """The length in a hurry, in the rule `name`; raises KeyError for one that the table does not have."""
    longer = {each.written: each.seconds for each in LONGER.get(name, ())}
    return f"{longer.get(length) or LENGTHS[length]}s"


def hurried(expr: str, name: str) -> str:
    """The expression of the alert or series `name` in a hurry; raises KeyError for a length that has no place."""
    numbers = {each.written: each.hurried for each in NUMBERS.get(name, ())}
    return "".join(_hurried(each, name, numbers) for each in tokens(expr))


def _hurried(token: Token, name: str, numbers: Mapping[str, str]) -> str:
    if token.kind in ("range", "offset"):
        return _LENGTH.sub(lambda found: hurried_length(found[0], name), token.text)
    if token.kind == "number":
        return numbers.get(token.text, token.text)
    return token.text


def hurried_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule in a hurry: its expression, and how long it waits."""
    name = rule.get("alert") or rule["record"]
    made = {**rule, "expr": hurried(str(rule["expr"]), name)}
    return made | {"for": hurried_length(rule["for"], name)} if "for" in rule else made


def write_hurried(folder: Path) -> list[Path]:
    """Write every rule file of the product in a hurry; return where they are."""
    written = []
    for path in sorted(RULES.glob("*.rules.yml")):
        groups = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        hurry = {"groups": [{**group, "rules": [hurried_rule(each) for each in group["rules"]]} for group in groups]}
        target = folder / path.name
        target.write_text(yaml.safe_dump(hurry, sort_keys=False, width=118), encoding="utf-8")
        written.append(target)
    return written
