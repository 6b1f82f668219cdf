"""What the runbooks tell somebody to type at night exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main

from streams.cli.main import Later, app
from tests.unit.deploy.promql import PROCESS, selectors, served

FOLDER = Path(__file__).parents[3] / "deploy" / "runbooks"
RUNBOOKS = sorted(FOLDER.glob("*.md"))
#: Words that begin a line in code and are no command of ours.
OTHERS = {"curl"}


def typed(text: str) -> list[str]:
    """The command lines of a runbook: lines of blocks, and what stands in a sentence."""
    blocks = [line for block in re.findall(r"```\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    said = re.findall(r"`(dealwatch [^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [*blocks, *(" ".join(each.split()) for each in said)]


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_every_command_and_option_exists(path: Path) -> None:
    """A command that was renamed is found here, and not at three in the morning."""
    for line in typed(path.read_text(encoding="utf-8")):
        first, *words = shlex.split(line)
        if first in OTHERS:
            continue
        assert first == "dealwatch", line
        command: Any = typer.main.get_command(app)
        while words and hasattr(command, "commands") and not words[0].startswith("-"):
            assert words[0] in command.commands, line
            command = command.commands[words.pop(0)]
            command = command.load() if isinstance(command, Later) else command
        assert not hasattr(command, "commands") or "--help" in words, f"which command? {line}"
        options = {option for each in command.params for option in each.opts} | {"--help"}
        assert {word for word in words if word.startswith("--")} <= options, line


@pytest.mark.parametrize("path", [each for each in RUNBOOKS if each.stem != "README"], ids=lambda path: path.stem)
def test_the_doctor_is_asked_first(path: Path) -> None:
    """Whoever is woken need not know which command finds what: one finds most, and says what to do."""
    diagnosis = path.read_text(encoding="utf-8").partition("## Diagnosis\n")[2]
    assert diagnosis.lstrip().startswith("```\ndealwatch doctor\n")


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_every_query_is_promql_about_what_is_served(path: Path) -> None:
    """And every metric that is named on its own, too."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for code in re.findall(r"`([^`]+)`", text):
        query = " ".join(code.split())
        if not re.search(r"\b(dealwatch|process)_[a-z]", query):
            continue
        for each in selectors(query):
            assert not each.name or each.name in served().keys() | PROCESS | {"up"} or _is_histogram(each.name), query


def _is_histogram(name: str) -> bool:
    """A histogram is named whole in a sentence."""
    return f"{name}_bucket" in served()


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_every_page_that_it_links_to_exists(path: Path) -> None:
    """A dead end is the last thing that somebody needs."""
    for link in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / link).exists(), link
