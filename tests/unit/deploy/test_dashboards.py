"""The dashboards as checked in: the same as made anew, and held to what Grafana's own linter asks of a dashboard."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard
from typer.main import get_command

from deploy.grafana.board import Board, of
from deploy.grafana.boards import BOARDS
from deploy.grafana.write import FOLDER, text_of
from deploy.prometheus.objectives import RECORDED
from streams.cli.main import Later, app
from streams.telemetry.catalogue import ALL, EVERY, PREFIX
from tests.unit.deploy.promql import PROCESS, put_in, selectors, served

#: Rules of the linter that do not hold here, and why.
EXCEPTED = {
    "target-instance": "what rules record is of a job: objectives have no instance (`slo:...`)",
}
#: Metrics that no dashboard shows, and why.
UNSHOWN = {
    "epochs_reached_total": "a check that days begin; the age of the models says whether they do",
    "rules_file_invalid": "an alerting rule, and nothing to see in between",
}


def named(board: Board) -> str:
    """A board as people name it."""
    return board.uid


def read(board: Board) -> dict[str, Any]:
    """A dashboard as it is checked in."""
    found: dict[str, Any] = json.loads((FOLDER / f"{board.uid}.json").read_text(encoding="utf-8"))
    return found


def panels(board: Board) -> list[dict[str, Any]]:
    """Its panels that draw something, without headings and texts."""
    return [each for each in read(board)["panels"] if each["type"] not in ("row", "text")]


def expressions() -> list[str]:
    """Every query of every panel."""
    return [target["expr"] for board in BOARDS for panel in panels(board) for target in panel["targets"]]


def test_every_dashboard_is_checked_in_and_no_other() -> None:
    """A file that nothing makes would be edited by hand, and forgotten."""
    assert {each.name for each in FOLDER.iterdir()} == {f"{board.uid}.json" for board in BOARDS}


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_making_it_again_gives_the_same_bytes(board: Board) -> None:
    """What is checked in is what the code says: run `make observability` after a change."""
    path = FOLDER / f"{board.uid}.json"
    assert path.read_text(encoding="utf-8") == text_of(board), "run `make observability`"


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_the_sdk_reads_back_what_it_wrote(board: Board) -> None:
    """JSON -> dashboard -> JSON loses nothing, so it is of the schema that the SDK knows."""
    value = read(board)
    again = json.dumps(Dashboard.from_json(value), cls=JSONEncoder, sort_keys=True)
    assert json.loads(again) == value
    assert value["schemaVersion"] == 42


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_ids_are_unique_and_no_panel_lies_on_another(board: Board) -> None:
    """Within 24 columns."""
    value = read(board)
    ids = [each["id"] for each in value["panels"]]
    assert len(set(ids)) == len(ids)
    places = [each["gridPos"] for each in value["panels"]]
    for each in places:
        assert each["x"] >= 0 and each["x"] + each["w"] <= 24 and each["h"] > 0
    for one, other in combinations(places, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_variables_let_one_dashboard_serve_every_environment(board: Board) -> None:
    """template-datasource, template-job, template-instance, template-on-time-change."""
    source, job, instance, *written = read(board)["templating"]["list"]
    assert (source["name"], source["type"], source["query"], source["label"]) == (
        "datasource", "datasource", "prometheus", "Data source",
    )  # fmt: skip
    for variable in (job, instance):
        assert variable["type"] == "query" and variable["datasource"]["uid"] == "$datasource"
        assert (variable["multi"], variable["includeAll"], variable["allValue"], variable["refresh"]) == (
            True, True, ".+", 2,
        )  # fmt: skip
        [asked] = selectors(re.sub(r"label_values\((.*), \w+\)", r"\1", put_in(variable["query"])))
        assert asked.name in served()
    assert (job["name"], instance["name"]) == ("job", "instance")
    assert [(each["type"], each["name"], each["query"]) for each in written] == [
        ("textbox", field.name, field.default) for field in board.fields
    ]


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_every_panel_says_what_it_shows_how_to_read_it_and_in_which_unit(board: Board) -> None:
    """panel-title-description, panel-units, panel-datasource, panel-no-targets; and titles that tell panels apart."""
    shown = panels(board)
    assert len({each["title"] for each in shown}) == len(shown)
    for each in shown:
        assert each["title"] and each["description"].endswith("."), each["title"]
        assert each["fieldConfig"]["defaults"]["unit"], each["title"]
        assert each["datasource"] == {"type": "prometheus", "uid": "$datasource"}, each["title"]
        assert each["targets"], each["title"]
        assert len({target["refId"] for target in each["targets"]}) == len(each["targets"])
        for target in each["targets"]:
            assert target["datasource"]["uid"] == "$datasource" and target["legendFormat"], each["title"]


def test_counts_within_the_time_shown_are_whole_and_said_to_be_about_right() -> None:
    """`increase` reckons beyond the samples: 52.7 alerts. What has a name for each series shows it, also for one."""
    counted = 0
    for panel in (each for board in BOARDS for each in panels(board)):
        asked = [target["expr"] for target in panel["targets"] if "increase(" in target["expr"]]
        counted += len(asked)
        assert all(each.startswith("round(") for each in asked), panel["title"]
        assert not asked or panel["description"].startswith("About how many "), panel["title"]
        if panel["type"] == "stat" and any("{{" in target["legendFormat"] for target in panel["targets"]):
            assert panel["options"]["textMode"] == "value_and_name", panel["title"]
    assert counted >= 7


def test_a_deals_way_names_every_program_and_leads_to_what_knows_the_deal() -> None:
    """In and out and wait of each step; ids of deals are in commands and links, since no label has them."""
    [board] = [each for each in BOARDS if each.uid == "dealwatch-way"]
    queries = [query["expr"] for panel in panels(board) for query in panel["targets"]]
    waits = [each for expr in queries for each in selectors(put_in(expr)) if each.name == "dealwatch_lag_seconds"]
    # No alert's way leads through revenue, and what it waits for is no record of its group's.
    assert {each.matchers["role"] for each in waits} == set(EVERY) - {"revenue"}
    [words] = [each for each in read(board)["panels"] if each["type"] == "text"]
    said = words["options"]["content"]
    commands = re.findall(r"`dealwatch ([^`]+)`", said)
    assert commands
    for command in commands:
        understood(command.replace("${deal}", "opp-1").split())
    for name in re.findall(r"\$\{(\w+)", said):
        assert name in {field.name for field in board.fields}


def understood(arguments: list[str]) -> None:
    """Raise a usage error where the command line has no such command, or not with such options."""
    command: Any = get_command(app)
    while arguments and arguments[0] in (found := getattr(command, "commands", {})):
        command = found[arguments.pop(0)]
        command = command.load() if isinstance(command, Later) else command
    command.make_context("dealwatch", arguments)


@pytest.mark.parametrize("expr", expressions())
def test_every_query_is_promql_within_the_variables_and_rates_by_the_interval(expr: str) -> None:
    """target-promql, target-job, target-instance, target-rate-interval, target-counter-agg."""
    assert not re.search(r"(?<!_)rate\([^\[]*\[(?!\$__rate_interval\])", expr), expr
    found = selectors(put_in(expr))
    assert found
    for each in found:
        assert each.matchers["job"] == ".+", expr
        assert each.name.startswith("slo:") or each.matchers["instance"] == ".+", expr
        kind = served().get(each.name)
        assert kind or each.name in PROCESS | RECORDED, f"nothing serves {each.name}"
        if kind == "counter":
            assert re.search(rf"(rate|increase)\({each.name}\b", expr), f"a counter as it is says nothing: {expr}"
    assert set(EXCEPTED) == {"target-instance"}


def test_every_metric_is_on_a_dashboard() -> None:
    """What nobody looks at need not be counted; what is counted has a place where it is looked at."""
    asked = {each.name for expr in expressions() for each in selectors(put_in(expr))}
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked} | asked
    assert {each.name for each in ALL if PREFIX + each.name not in shown} == UNSHOWN.keys()


def test_a_metric_that_does_not_exist_or_is_served_by_another_program_cannot_be_asked_for() -> None:
    """A dashboard that names one is not made at all."""
    with pytest.raises(KeyError):
        of("events_lost_total")
    with pytest.raises(KeyError, match="not served by send"):
        of("questions_waiting", role="send")


def test_the_folder_is_named_where_it_is_provisioned() -> None:
    """Grafana finds the dashboards and the data source by the files beside them."""
    folder = Path(FOLDER).parent / "provisioning"
    assert "/etc/dealwatch/dashboards" in (folder / "dashboards" / "dealwatch.yaml").read_text(encoding="utf-8")
    assert "type: prometheus" in (folder / "datasources" / "prometheus.yaml").read_text(encoding="utf-8")
