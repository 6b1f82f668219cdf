"""The reference of all rules as Markdown, made from their declarations: the second half of `docs/rules.md`."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from streams.alerts.declare import Rule
from streams.alerts.parameters import described
from streams.alerts.policy import General
from streams.alerts.registry import RULES
from streams.config.plays import shipped

_PAUSES = {"hold": "a hold", "meeting": "a planned meeting"}


def reference() -> str:
    """Return the reference, rules in the order in which they run."""
    lines = ["| rule | severity | what it means |", "|---|---|---|"]
    lines += [f"| [`{rule.name}`](#{rule.name}) | {', '.join(rule.severities)} | {rule.meaning} |" for rule in RULES]
    lines += ["", "### general", "", "What is no single rule's: `[general]` in the file.", ""]
    lines += _parameters(General)
    for rule in RULES:
        lines += _rule(rule)
    return "\n".join(lines) + "\n"


def _rule(rule: Rule) -> Iterator[str]:
    yield from ("", f"### {rule.name}", "", rule.meaning, "")
    yield f"- For example: {rule.example}"
    yield f"- Looks at: {', '.join(rule.looks_at)}"
    yield from (f"- {severity.capitalize()}: {meaning}" for severity, meaning in rule.severities.items())
    yield f"- Clears when {rule.clears_when}"
    yield f"- Paused by {' or '.join(_PAUSES[each] for each in rule.paused_by) or 'nothing'}"
    yield f"- Moved by what people say: {'nothing' if rule.begins is None else f'`{rule.begins.parameter}`'}"
    plays = [play.id for play in shipped().plays if rule.name in play.trigger.rules]
    yield f"- Plays: {', '.join(f'[`{each}`](plays.md#{each})' for each in plays) or 'none'}"
    yield ""
    yield from _parameters(rule.parameters)


def _parameters(kind: type[Struct]) -> Iterator[str]:
    yield "| parameter | default | allowed | unit | what it is | default from |"
    yield "|---|---|---|---|---|---|"
    for each in described(kind):
        cells = (f"`{each.name}`", _value(each.default), each.bounds, each.unit, each.meaning, each.origin)
        yield f"| {' | '.join(cells)} |"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value) or "(none)"
