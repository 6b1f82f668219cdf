"""Which runbooks were tried: the tests in tests/oncall cause the fault of each alert, and say which by their mark."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "tests" / "oncall"
RUNBOOKS = Path(__file__).parents[3] / "deploy" / "runbooks"


def marks() -> Iterator[str]:
    """The alert of every mark of every test."""
    for path in sorted(FOLDER.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield from (
                    str(mark.args[0].value)
                    for mark in node.decorator_list
                    if isinstance(mark, ast.Call)
                    and ast.unparse(mark.func) == "pytest.mark.runbook"
                    and isinstance(mark.args[0], ast.Constant)
                )


def test_each_alert_is_tried_by_one_test() -> None:
    """It sees the alert fire for its fault, and the runbook's mitigation end it."""
    tried = Counter(marks())
    alerts = {path.stem for path in RUNBOOKS.glob("Dealwatch*.md")}
    assert tried == Counter(alerts)


def test_the_index_says_how_each_was_tried() -> None:
    """The fault, and what ended it, in a row of the table."""
    table = (RUNBOOKS / "README.md").read_text(encoding="utf-8").partition("## How each was tried")[2]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| Dealwatch")]
    assert all(len(row) == 3 and all(cell.strip() for cell in row) for row in rows), rows
    named = [name.strip() for row in rows for name in row[0].split(",")]
    assert sorted(named) == sorted(marks())
