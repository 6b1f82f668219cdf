"""docs/rules.md is what rules declare. When it is stale: `python -m tests.repository.test_rules_document` writes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from streams.alerts.registry import RULES
from streams.cli.rules_document import reference

DOCUMENT = Path(__file__).parents[2] / "docs" / "rules.md"
MARK = "<!-- From here on: dealwatch rules list --markdown -->\n\n"


def _parts() -> tuple[str, str]:
    written, _, generated = DOCUMENT.read_text(encoding="utf-8").partition(MARK)
    return written, generated


def test_the_reference_is_what_the_rules_declare() -> None:
    """Every rule, every parameter with bounds and origin, as the code has them."""
    assert _parts()[1] == reference(), "stale: python -m tests.repository.test_rules_document"


def test_every_rule_was_counted_on_the_generated_organisation() -> None:
    """How often each speaks stands in the table of counts."""
    counted = set(re.findall(r"^\| `(\w+)` \| *[\d.]+ \|", _parts()[0], re.MULTILINE))
    assert counted == {rule.name for rule in RULES}


@pytest.mark.parametrize("name", re.findall(r"`(test_\w+)`", _parts()[0]) if DOCUMENT.is_file() else [])
def test_a_test_that_the_document_names_exists(name: str) -> None:
    """Whoever doubts that a complaint is met can read how it is tested."""
    tests = Path(__file__).parents[1]
    assert any(f"def {name}(" in path.read_text(encoding="utf-8") for path in tests.rglob("test_*.py"))


if __name__ == "__main__":
    DOCUMENT.write_text(_parts()[0] + MARK + reference(), encoding="utf-8")
