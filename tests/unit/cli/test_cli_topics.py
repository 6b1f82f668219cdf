"""`dealwatch topics schema`: what is on the topics, for programs and for people, without any Kafka."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.unit.cli.samples import Run


def test_a_topic_s_schema_is_printed_under_the_name_that_the_prefix_gives_it(run: Run) -> None:
    """What is printed is a JSON Schema of the values, titled as the topic is called in that environment."""
    schema = json.loads(run("topics", "schema", "staging.deal.alerts", "--prefix", "staging.").stdout)
    assert schema["$schema"].endswith("draft/2020-12/schema")
    assert schema["title"] == "staging.deal.alerts"
    assert {"id", "sequence", "opportunity"} <= schema["$defs"]["Alert"]["properties"].keys()


def test_the_asyncapi_document_and_the_files_belong_together(run: Run, tmp_path: Path) -> None:
    """The printed document is the written one, and the schemas that it names are written beside it."""
    printed = run("topics", "schema", "--asyncapi").stdout
    done = run("topics", "schema", "--write", tmp_path / "new" / "folder")
    written = {str(each.relative_to(tmp_path / "new" / "folder")) for each in tmp_path.rglob("*") if each.is_file()}
    assert done.stdout == f"{len(written)} files in {tmp_path / 'new' / 'folder'}\n"
    assert (tmp_path / "new" / "folder" / "asyncapi.yaml").read_text(encoding="utf-8") == printed
    addresses = {each["address"] for each in yaml.safe_load(printed)["channels"].values()}
    assert written == {"asyncapi.yaml", "openapi.json", *(f"schemas/{each}.schema.json" for each in addresses)}


def test_without_a_topic_all_of_them_are_listed(run: Run) -> None:
    """A person sees what there is, also what is not for others."""
    listed = run("topics", "schema").stdout
    assert "deal.alerts" in listed
    assert "not for others" in next(line for line in listed.splitlines() if line.startswith("deal.learner"))


def test_a_topic_that_is_none_is_answered_with_those_that_are(run: Run) -> None:
    """A private topic has no schema to rely on, either."""
    for name in ("deal.alert", "deal.learner"):
        refused = run("topics", "schema", name)
        assert refused.exit_code == 1
        assert "deal.alerts" in refused.stderr


@pytest.mark.parametrize("words", [["deal.alerts", "--asyncapi"], ["--asyncapi", "--write", "x"]])
def test_two_wishes_at_once_are_wrong_use(words: list[str], run: Run) -> None:
    """It is said which of them to leave out."""
    refused = run("topics", "schema", *words)
    assert refused.exit_code == 2
    assert "one of them" in refused.stderr


def test_a_folder_that_cannot_be_written_is_named(run: Run, tmp_path: Path) -> None:
    """A file where a folder should be is one line, no traceback."""
    (tmp_path / "taken").write_text("")
    refused = run("topics", "schema", "--write", tmp_path / "taken")
    assert refused.exit_code == 1
    assert "taken" in refused.stderr
    assert "Traceback" not in refused.stderr
