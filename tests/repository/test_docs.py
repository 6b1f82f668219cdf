"""What the documents say is what the code has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from models.candidates.roster import ROSTER
from models.schema import FEATURES, NAMES, WORDS
from streams.alerts.explain import phrase
from streams.alerts.registry import RULES
from streams.cli.plays_document import reference
from streams.config.settings import Settings, load
from streams.config.topics import plan
from streams.events.contract import BY_KIND
from streams.events.rejection import Reason
from streams.features.measure import measure
from streams.plays.definition import Trigger
from streams.plays.event import Happened
from streams.plays.outcome import CONDITIONS
from streams.state.opportunity import Opportunity
from streams.telemetry.catalogue import ALL, EVERY, PREFIX

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
#: Names that begin like a metric's and are none: headers of dead letters, an engine of the benchmark.
OTHER_NAMES = {
    "dealwatch_rocksdb",
    "dealwatch_copy_of",
    *(f"dealwatch_{each}" for each in ["reason", "detail", "topic", "partition", "offset", "timestamp"]),
}


def text(name: str) -> str:
    """A document's text."""
    return (PROJECT / name).read_text(encoding="utf-8")


def test_every_setting_is_documented_with_its_variable_and_meaning() -> None:
    """docs/settings.md names each setting, its environment variable and what it means."""
    document = text("docs/settings.md")
    for name, field in Settings.model_fields.items():
        assert f"`{name}`" in document
        assert f"`DEALWATCH_{name.upper()}`" in document
        assert str(field.description) in document


def test_every_metric_is_documented_and_no_other() -> None:
    """docs/metrics.md has a row for each: kind, labels, who serves it, and what it means, in the catalogue's order."""
    listed = re.findall(r"^\| `dealwatch_.*", text("docs/metrics.md"), re.MULTILINE)
    assert listed == [
        f"| `{PREFIX}{each.name}` | {each.kind} | {', '.join(each.labels) or '-'} | "
        f"{'all' if each.roles == EVERY else ', '.join(each.roles)} | {each.meaning} |"
        for each in ALL
    ]


def test_every_metric_that_a_document_names_exists() -> None:
    """What somebody copies at night works."""
    known = {PREFIX + each.name for each in ALL}
    for document in (*DOCS.glob("*.md"), *(PROJECT / "deploy").rglob("*.md")):
        for name in re.findall(r"\bdealwatch_[a-z_]+[a-z]\b", document.read_text(encoding="utf-8")):
            stem = re.sub(r"_(bucket|sum|count)$", "", name)
            assert {name, stem} & (known | OTHER_NAMES), f"{document.name}: {name}"


def test_every_topic_event_kind_and_dead_letter_reason_is_documented() -> None:
    """docs/topics.md names all of the contract."""
    document = text("docs/topics.md")
    for topic in plan(load()).all:
        assert f"`{topic.name}`" in document
    for kind in BY_KIND:
        assert re.search(rf"\b{kind}\b", document), kind
    for reason in Reason:
        assert f"`{reason.value}`" in document


def test_everything_measured_and_every_candidate_is_documented_as_the_code_has_it() -> None:
    """docs/models.md has a row for each number, each word and each candidate, with unit and meaning; and no other."""
    document = text("docs/models.md")
    rows = [f"| `{each.name}` | {each.unit} | {each.meaning} |" for each in FEATURES]
    rows += [f"| `{each.name}` | {each.meaning} |" for each in WORDS]
    rows += [f"| `{each.name}` | {each.about} |" for each in ROSTER]
    assert re.findall(r"^\| `.*", document, re.MULTILINE) == rows


@pytest.mark.parametrize(
    "document",
    [
        "docs/architecture.md",
        "docs/page.md",
        "docs/engine.md",
        "README.md",
        "docs/topics.md",
        "docs/settings.md",
        "docs/models.md",
        "docs/notify.md",
        "docs/contracts.md",
        "docs/security.md",
        "docs/threat-model.md",
        "SECURITY.md",
        "docs/deploy.md",
        "docs/upgrade.md",
        "docs/capacity.md",
        "docs/benchmarks.md",
        "docs/dashboards.md",
        "docs/coaching.md",
        "docs/revenue.md",
    ],
)
def test_every_file_that_a_document_names_exists(document: str) -> None:
    """A reader finds the code of each step at first try."""
    named = re.findall(r"`((?:streams|models|deploy|docs|tests)/[\w./]+\w)`", text(document))
    named += [link for link in re.findall(r"\]\(([\w./]+)\)", text(document)) if not link.startswith("http")]
    for path in named:
        assert (PROJECT / path).exists() or (DOCS / path).exists(), path


@pytest.mark.parametrize("document", ["docs/deploy.md", "docs/upgrade.md", "docs/reliability.md"])
def test_every_test_that_a_document_names_is_there(document: str) -> None:
    """Whoever doubts a promise finds what holds it; a name that is cut off begins one."""
    code = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "tests").rglob("*.py"))
    for name in re.findall(r"`(test_\w+)(?:…?`| \()", text(document)):
        assert f"def {name}" in code, name


def test_every_rule_is_named_in_the_readme() -> None:
    """The front door lists what speaks."""
    readme = " ".join(text("README.md").lower().split())
    for rule in RULES:
        assert rule.name.replace("_", " ") in readme, rule.name


def test_features_measured_explained_and_known_to_models_are_the_same() -> None:
    """Each feature of the schema is measured, in its order, and has its words."""
    measured = measure(Opportunity(id="x"), 0)
    assert (len(FEATURES), len(WORDS)) == (len(measured.numbers), len(measured.words))
    assert all(feature.meaning for feature in FEATURES)
    assert all(word.meaning for word in WORDS)
    for name in NAMES:
        assert phrase(name, measured.value(name))


def test_every_play_is_documented_as_its_file_has_it() -> None:
    """The second half of docs/plays.md is what `dealwatch plays list --markdown` prints; the first names the rest."""
    document = text("docs/plays.md")
    assert document.endswith(reference()), "end it with what `dealwatch plays list --markdown` prints"
    for name in (*Trigger.__struct_fields__, *CONDITIONS, *get_args(Happened)):
        assert f"`{name}`" in document or name == "on", name
