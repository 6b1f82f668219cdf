"""The house's rules, each with what to do instead."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from tests.shares import KINDS, MEASURED, TOGETHER, by_share, renewed, share_of, wanted

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


def test_what_is_known_of_how_long_files_take_is_of_files_that_are_there() -> None:
    """A file that was renamed would silently begin last."""
    known = [*json.loads(MEASURED.read_text(encoding="utf-8")), *TOGETHER, *KINDS]
    assert [each for each in known if not (PROJECT / each).exists()] == []


def test_the_first_process_computes_while_the_others_wait_and_each_begins_with_what_takes_longest() -> None:
    """Who finds nothing of its own kind helps the others; of an unknown file nothing is known, so it comes last."""
    took = {
        "tests/properties/test_allot.py": 20.0,
        "tests/integration/test_broker.py": 30.0,
        "tests/integration/product/test_rebuild.py": 90.0,
        "tests/oncall/test_events.py": 50.0,
    }
    shares = [*took, "tests/unit/test_flow.py"]
    begin = [wanted(shares, place, took) for place in range(4)]
    assert begin == [shares[0], shares[2], shares[3], shares[2]]

    order = []
    while shares:
        order.append(wanted(shares, 0, took))
        shares.remove(order[-1])
    assert order == [
        "tests/properties/test_allot.py",
        "tests/unit/test_flow.py",
        "tests/integration/product/test_rebuild.py",
        "tests/integration/test_broker.py",
        "tests/oncall/test_events.py",
    ]


def test_files_that_need_the_same_run_in_one_process(tmp_path: Path) -> None:
    """How long such a share takes is the sum of its files in the last report."""
    files = ("tests/data/test_backtest_bpi.py", "tests/data/test_convert_bpi.py", "tests/data/test_forecast_crm.py")
    assert len({share_of(each) for each in files}) == 2

    report = tmp_path / "report.xml"
    case = '<testcase classname="{}" name="test_it" time="{}"/>'
    cases = [case.format(each.removesuffix(".py").replace("/", "."), 1.5) for each in files for _ in range(2)]
    report.write_text(f"<testsuites><testsuite>{''.join(cases[:-1])}</testsuite></testsuites>", encoding="utf-8")
    assert renewed(report) == {files[0]: 3.0, files[1]: 3.0}
    assert by_share(renewed(report)) == {share_of(files[0]): 6.0}
