"""A runbook as somebody reads it at night: what it says to type, and what to ask Prometheus."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "deploy" / "runbooks"


def section(alert: str, heading: str) -> str:
    """The text below a heading."""
    text = (FOLDER / f"{alert}.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"{alert} has no {heading}"
    return found[1]


def commands(alert: str, heading: str) -> list[str]:
    """What it says to type: the lines of blocks, and commands in a sentence."""
    text = section(alert, heading)
    blocks = [line for block in re.findall(r"```\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    said = re.findall(r"`(dealwatch [^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [*blocks, *(" ".join(each.split()) for each in said)]


def queries(alert: str) -> list[str]:
    """What its diagnosis says to ask Prometheus."""
    text = re.sub(r"```.*?```", "", section(alert, "Diagnosis"), flags=re.DOTALL)
    spoken = (" ".join(each.split()) for each in re.findall(r"`([^`]+)`", text))
    return [each for each in spoken if re.search(r"\b(dealwatch|process)_[a-z_]+", each) and "(" in each]
