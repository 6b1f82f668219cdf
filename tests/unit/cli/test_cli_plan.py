"""`dealwatch plan`: tables, formulas, values and a document of one plan; what cannot be is refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from streams.capacity.figures import encode_figures
from streams.capacity.shipped import shipped
from tests.unit.cli.samples import Run

ASKED = ("plan", "--deals", "200k", "--events-per-day", "2M")


def test_the_tables_fit_on_eighty_columns_and_say_what_decides_and_breaks(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers with units, the limit that comes first, and the machine that was measured."""
    monkeypatch.setenv("COLUMNS", "80")
    result = run(*ASKED)
    assert result.exit_code == 0, result.stderr
    assert max(len(line) for line in result.stdout.splitlines()) <= 80
    for words in ("200,000 open deals", "23.1 a second", "what decides:", "what breaks first", "learner", "GiB"):
        assert words in result.stdout, words
    assert shipped().measured.processor in result.stderr


def test_the_document_has_every_formula_with_its_inputs(run: Run) -> None:
    """A program can reckon all of it again."""
    document = json.loads(run(*ASKED, "--json").stdout)
    lines = {each["name"]: each for each in document["plan"]["lines"]}
    cores = lines["event_cores"]
    assert cores["formula"] == "peak_events_s * track_event_us / 1e6"
    inputs = cores["inputs"]
    assert cores["value"] == pytest.approx(inputs["peak_events_s"] * inputs["track_event_us"] / 1e6)
    assert document["measured"]["commit"] == shipped().measured.commit


def test_every_number_can_be_explained(run: Run) -> None:
    """Formula, each input, and whether it was measured, set, or asked for."""
    shown = run(*ASKED, "--explain").stdout
    assert "= peak_events_s * track_event_us / 1e6" in shown
    assert "(measured)" in shown and "(asked for)" in shown and "(set)" in shown and "(above)" in shown


def test_values_are_yaml_and_warnings_are_beside_them(run: Run) -> None:
    """So that they can be sent to a file; the warnings are still seen."""
    result = run(*ASKED, "--store", "rocksdb", "--memory-per-worker", "8GiB", "--helm")
    values = yaml.safe_load(result.stdout)
    assert values["track"]["store"] == "rocksdb"
    assert values["kafka"]["replication"] == 3
    assert "!" not in result.stdout and "! " in result.stderr


def test_figures_of_another_machine_can_be_named(run: Run, tmp_path: Path) -> None:
    """Those that `bench --write` wrote there."""
    from msgspec.structs import replace

    file = tmp_path / "mine.json"
    file.write_bytes(encode_figures(replace(shipped(), measured=replace(shipped().measured, processor="A fast one"))))
    assert "A fast one" in run(*ASKED, "--figures", str(file)).stderr


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (("plan", "--deals", "lots", "--events-per-day", "2M"), 2, "'lots' is not a number, as in"),
        ((*ASKED, "--memory-per-worker", "4"), 2, "a size with its unit"),
        ((*ASKED, "--recovery-within", "soon"), 2, "a time with its unit"),
        ((*ASKED, "--recovery-within", "3s"), 2, "--recovery-within"),
        ((*ASKED, "--headroom", "2"), 2, "--headroom: from 0 to 0.95"),
        ((*ASKED, "--figures", "nowhere.json"), 1, "nowhere.json"),
        (("plan", "--deals", "100M", "--events-per-day", "86B", "--helm"), 2, "at most 1,000 partitions"),
        (("plan", "--deals", "100M"), 2, "--events-per-day"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_a_sentence(
    run: Run, words: tuple[str, ...], code: int, complaint: str
) -> None:
    """With the option that is meant."""
    result = run(*words)
    assert result.exit_code == code
    assert complaint in result.stderr
