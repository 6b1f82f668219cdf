"""The tree of commands: fast, complete, and forgiving where words stand."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from streams.cli.main import TREE, Later, app, global_first
from tests.unit.cli.samples import Run

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "cli.md"
#: Options that every program has.
UNIVERSAL = ("--help", "--install-completion", "--show-completion")
#: Everything that costs more than it may before a command is known.
HEAVY = ("aiokafka", "faust", "kafka", "msgspec", "numpy", "pydantic", "rich", "river", "streams.events")


def every_command() -> Iterator[tuple[str, Any]]:
    """Yield the full name of every command and group, and the command."""
    root: Any = get_command(app)
    yield "dealwatch", root
    for name, entry in root.commands.items():
        assert isinstance(entry, Later)
        command = entry.load()
        yield f"dealwatch {name}", command
        for sub, inner in getattr(command, "commands", {}).items():
            yield f"dealwatch {name} {sub}", inner


def test_help_imports_nothing_heavy() -> None:
    """What makes `dealwatch --help` fast is what it leaves alone."""
    script = "import sys\nfrom streams.cli.main import main\ntry: main()\nfinally: print('\\n', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", script, "--help"], capture_output=True, text=True, check=True)
    loaded = done.stdout.rpartition("\n ")[2].split()
    assert "streams.cli.main" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_the_overview_names_every_command(run: Run) -> None:
    """Every command stands in the help with its purpose, under the heading of its section."""
    shown = run("--help").stdout
    for title, section in TREE.items():
        assert f"\n{title}:\n" in shown
        for entry in section:
            assert f"\n  {entry.name} " in shown
            assert entry.help.split(".")[0].split(":")[0][:30] in shown


@pytest.mark.parametrize("name", [name for name, _ in every_command()])
def test_every_command_explains_itself(name: str, run: Run) -> None:
    """Help works at every place of the tree, and commands show an example of their use."""
    result = run(*name.split()[1:], "-h")
    assert result.exit_code == 0
    assert f"Usage: {name} " in result.stdout
    if " " in name and "COMMAND" not in result.stdout.splitlines()[0]:
        assert f"\n    {name}" in result.stdout


def test_every_command_and_option_is_documented() -> None:
    """Each command has its section in the documentation of the command line, and each option stands in it."""
    text = DOCUMENTATION.read_text(encoding="utf-8")
    sections = {part.partition("\n")[0].strip(): part for part in re.split(r"^##+ ", text, flags=re.MULTILINE)}
    missing = []
    for name, command in every_command():
        section = sections.get(f"`{name}`")
        if section is None:
            missing.append(name)
            continue
        for parameter in command.params:
            names = [each for each in (*parameter.opts, *parameter.secondary_opts) if each.startswith("--")]
            missing += [f"{name} {each}" for each in names if each not in UNIVERSAL and each not in section]
    assert missing == []


def test_a_misspelt_command_is_wrong_use_with_a_suggestion(run: Run) -> None:
    """A person who mistypes is told what they may have meant."""
    result = run("alrets")
    assert result.exit_code == 2
    assert "Did you mean 'alerts'?" in result.stderr


@pytest.mark.parametrize(
    "words", [["topics"], ["alerts", "list", "--severity", "awful"], ["backtest"], ["dlq", "list", "--limit", "0"]]
)
def test_wrong_use_has_its_own_exit_code(words: list[str], run: Run) -> None:
    """Scripts can tell a wrong command from a failed one."""
    assert run(*words).exit_code == 2


@pytest.mark.parametrize(
    ("words", "moved"),
    [
        (["alerts", "list", "--broker", "k:1"], ["--broker", "k:1", "alerts", "list"]),
        (["alerts", "--prefix=x.", "list", "--json"], ["--prefix=x.", "alerts", "list", "--json"]),
        (["deal", "show", "--", "--broker"], ["deal", "show", "--", "--broker"]),
        (["alerts", "list", "--broker"], ["--broker", "alerts", "list"]),
    ],
)
def test_global_options_may_stand_anywhere(words: list[str], moved: list[str]) -> None:
    """The broker can be named at the end of the line, where people add it."""
    assert global_first(words) == moved


def test_a_global_option_after_the_command_is_obeyed(run: Run, tmp_path: Path) -> None:
    """The data folder named behind a command is the one that is looked at."""
    result = run("broker", "status", "--json", "--data", tmp_path / "here")
    assert json.loads(result.stdout)["directory"] == str(tmp_path / "here" / "kafka")


def test_the_version_is_that_of_the_package(run: Run) -> None:
    """`--version` needs no command."""
    from importlib.metadata import version

    assert run("--version").stdout == f"dealwatch {version('dealwatch')}\n"


def test_a_choice_that_does_not_exist_is_answered_with_those_that_do(run: Run) -> None:
    """In plain words, without the name of an error class."""
    result = run("alerts", "list", "--severity", "mega")
    assert result.exit_code == 2
    assert "Invalid value for '--severity': 'mega' is not one of 'info', 'warning', 'critical'." in result.stderr
