"""docs/mapping.md cannot lie: every key and event is in it, and its example is run."""

import re
from pathlib import Path

import pytest
from msgspec.structs import fields

from streams.connectors.eventfile import read_lines
from streams.connectors.history.convert import Conversion, convert
from streams.connectors.history.fields import KINDS, data_fields
from streams.connectors.history.spec import TABLES

PAGE = (Path(__file__).parents[4] / "docs" / "mapping.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """Return the text below a heading of the third level."""
    found = re.search(rf"^### {title}\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/mapping.md has no section '### {title}'"
    return found[1]


def example(name: str) -> str:
    """Return the block of the worked example with this name."""
    found = re.search(rf"<!-- example: {name} -->\n```\w*\n(.*?)```", PAGE, re.DOTALL)
    assert found, f"docs/mapping.md has no example '{name}'"
    return found[1]


@pytest.mark.parametrize("table", TABLES)
def test_the_keys_of_each_table_are_documented(table: str) -> None:
    """The reference lists exactly the keys that the mapping file may have."""
    documented = re.findall(r"^\| `(\w+)` \|", section(table), re.MULTILINE)

    assert sorted(documented) == sorted(each.name for each in fields(TABLES[table]))


def test_the_events_and_their_fields_are_documented() -> None:
    """The reference lists exactly the events of the contract that a row can be, with their fields."""
    page = PAGE[PAGE.index("## Reference of the events") :]
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", page, re.MULTILINE))

    assert {kind: re.findall(r"`(\w+)`", row) for kind, row in rows.items()} == {
        kind: list(data_fields(kind)) for kind in KINDS
    }
    assert {kind: re.findall(r"\*\*`(\w+)`\*\*", row) for kind, row in rows.items()} == {
        kind: [name for name, each in data_fields(kind).items() if each.required] for kind in KINDS
    }


def account(conversion: Conversion) -> str:
    """Return the account as the page shows it."""
    lines = [f"{conversion.rows_read} rows read", f"{conversion.events_written} events written"]
    lines += [f"    {count} {kind}" for kind, count in conversion.events_by_kind.items()]
    lines += [f"{conversion.rows_left_out} rows left out"]
    lines += [f"    {count} {reason}" for reason, count in sorted(conversion.left_out_by_reason.items())]
    return "\n".join(lines) + "\n"


def test_the_worked_example_gives_what_the_page_says(tmp_path: Path) -> None:
    """Whoever copies the example from the page gets the account and the event that it shows."""
    for name in ("log", "mapping"):
        (tmp_path / name).write_text(example(name), encoding="utf-8")

    conversion = convert(tmp_path / "log", tmp_path / "mapping", tmp_path / "events.jsonl")

    assert account(conversion) == example("account")
    assert example("event").strip().encode() in list(read_lines(tmp_path / "events.jsonl"))
