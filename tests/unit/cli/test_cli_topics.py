"""`dealwatch topics schema`: what is on the topics, for programs and for people, without any Kafka."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from streams.access.rights import COMPONENTS
from streams.config.settings import load
from streams.config.topics import plan
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


DOCUMENTATION = (Path(__file__).parents[3] / "docs" / "cli.md").read_text(encoding="utf-8")


def documented(command: str) -> list[list[str]]:
    """The words of what the documentation shows as the output of a command."""
    _, _, after = DOCUMENTATION.partition(f"$ {command}\n")
    shown = re.split(r"^(?:\$ |```)", after, maxsplit=1, flags=re.MULTILINE)[0]
    return [line.split() for line in shown.splitlines()]


@pytest.mark.parametrize("command", ["topics schema", "topics acls send"])
def test_what_the_documentation_shows_of_topics_and_rights_is_what_is_printed(run: Run, command: str) -> None:
    """Topics come and go; a page that shows those of last year misleads whoever compares."""
    printed = [line.split() for line in run(*command.split()).stdout.splitlines()]
    assert documented(f"dealwatch {command}") == printed


def test_the_documented_topics_are_those_of_the_plan() -> None:
    """With their partitions, and how many there are."""
    topics = plan(load(broker="localhost:9092")).all
    shown = [[each[0], int(each[2])] for each in documented("dealwatch topics apply")[1:]]
    assert shown == [[each.name, each.partitions] for each in topics]
    assert f"all {len(topics)} topics are as planned" in DOCUMENTATION
    assert f"all {len(topics)} as planned" in DOCUMENTATION


def test_every_part_that_has_rights_is_named_in_the_help(run: Run) -> None:
    """Who does not see a part cannot ask for its rights."""
    said = re.sub(r"\s+", " ", run("topics", "acls", "--help").stdout)
    [named] = re.findall(r"The parts are ([^.]*)\.", said)
    assert re.split(r", | and ", named) == list(COMPONENTS)
