"""The house's rules, each with what to do instead."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import LONGEST, REAL_LOG, turn

PROJECT = Path(__file__).parents[2]
PRODUCT = sorted([*PROJECT.glob("streams/**/*.py"), *PROJECT.glob("models/**/*.py")])
MAX_LINES = 400
MAX_FUNCTION_LINES = 80
MAX_PARAMETERS = 8
FORBIDDEN_NAMES = ("utils", "helpers", "manager", "common", "misc")


def named(path: Path) -> str:
    """A path as people name it."""
    return str(path.relative_to(PROJECT))


@pytest.mark.parametrize("path", PRODUCT, ids=named)
def test_a_module_tells_one_story(path: Path) -> None:
    """No module is longer than 400 lines (split it where it tells two stories), and its name says something."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES
    assert path.stem not in FORBIDDEN_NAMES, "name it after what it does"


@pytest.mark.parametrize("path", PRODUCT, ids=named)
def test_functions_fit_a_screen(path: Path) -> None:
    """No function is longer than a screen or takes more than eight arguments (commands take their options)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno <= MAX_FUNCTION_LINES, node.name
            if "cli" not in path.parts:
                assert len(node.args.args) <= MAX_PARAMETERS, f"{node.name}: pass a value instead"


def test_nothing_executable_is_read() -> None:
    """No pickle and no eval: states and models are data."""
    pattern = re.compile(
        r"^\s*(import|from) (pickle|dill|joblib|shelve|marshal)\b|\beval\(|\bexec\(|yaml\.load\(", re.MULTILINE
    )
    for path in PRODUCT:
        assert not pattern.search(path.read_text(encoding="utf-8")), named(path)


def test_nothing_is_left_undone() -> None:
    """No stub, no note to self: what is in the tree is whole."""
    pattern = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError")
    for path in PRODUCT:
        assert not pattern.search(path.read_text(encoding="utf-8")), named(path)


def test_no_machine_path_and_no_registry_is_named() -> None:
    """The project runs anywhere: it names no folder of a machine it was written on."""
    pattern = re.compile(r"/work/|/root/|/tmp/scratch")
    for path in [*PRODUCT, *PROJECT.glob("docs/*.md"), *PROJECT.glob("*.md"), PROJECT / "Makefile"]:
        assert not pattern.search(path.read_text(encoding="utf-8")), named(path)


def test_no_test_takes_the_clock_from_others() -> None:
    """Servers of the same process read the clock in threads: a module's name for `time` is replaced, not `time`'s own.

    A page's event loop died of a clock that had two answers, in whatever test came next.
    """
    pattern = re.compile(r"""setattr\(\s*(["'](\w+\.)*time\.|time,)""")
    assert pattern.search('setattr("streams.admin.rebuilding.time.sleep"')
    for path in PROJECT.glob("tests/**/*.py"):
        if path != Path(__file__):
            assert not pattern.search(path.read_text(encoding="utf-8")), named(path)


def test_what_is_said_to_take_longest_is_there() -> None:
    """A folder that was renamed would silently begin last."""
    assert [each for each in LONGEST if each != REAL_LOG and not (PROJECT / each).is_dir()] == []


def test_what_takes_longest_begins_first() -> None:
    """The real log before all; a file of no long folder after all of them, in the order of collection."""
    shares = ["tests/unit/test_flow.py", "tests/browser/test_page.py", "tests/reliability/test_chaos.py", REAL_LOG]
    assert sorted(shares, key=turn) == shares[::-1]
