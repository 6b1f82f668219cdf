"""The rules of deploy/prometheus: as declared, true to the metrics, each with a runbook, each seen to fire."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.prometheus.objectives import LATE_AFTER_S, OBJECTIVES, RECORDED
from deploy.prometheus.write import FILE, RUNBOOKS, text
from streams.config.settings import load
from streams.telemetry.catalogue import ALERT_DELAY
from tests.unit.deploy.promql import PROCESS, selectors, served

PROJECT = Path(__file__).parents[3]
FOLDER = PROJECT / "deploy" / "prometheus"
RULE_FILES = sorted((FOLDER / "rules").glob("*.rules.yml"))
TEST_FILES = sorted((FOLDER / "tests").glob("*.test.yml"))
SECTIONS = ("# Dealwatch", "## Meaning", "## Impact", "## Diagnosis", "## Mitigation")
needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool (Debian's `prometheus`)")


def rules() -> list[dict[str, Any]]:
    """Every rule of every file."""
    groups = [group for path in RULE_FILES for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]]
    assert len({group["name"] for group in groups}) == len(groups)
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    """Every alerting rule."""
    return [each for each in rules() if "alert" in each]


def promtool(*arguments: str) -> str:
    """What promtool says of something that is right; fails where it is not."""
    done = subprocess.run(
        ["promtool", *arguments], capture_output=True, text=True, timeout=200, check=False, cwd=FOLDER
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_making_the_objectives_again_gives_the_same_bytes() -> None:
    """What is checked in is what the code says."""
    assert FILE.read_text(encoding="utf-8") == text(), "run `make observability`"


def test_every_selector_names_what_is_served_or_recorded() -> None:
    """A rule about a metric that nobody serves never fires, which looks like peace."""
    known = served().keys() | PROCESS | RECORDED | {"up"}
    for rule in rules():
        for each in selectors(str(rule["expr"])):
            if each.name:
                assert each.name in known, f"{rule.get('alert') or rule['record']}: {each.name}"
            else:
                names = re.compile(each.matchers["__name__"])
                assert [name for name in served() if names.fullmatch(name)], each
    assert {rule["record"] for rule in rules() if "record" in rule} == RECORDED


def test_counters_are_read_by_how_they_rise() -> None:
    """But where two counters of one process are compared."""
    kinds = served()
    for rule in rules():
        if rule.get("alert") == "DealwatchDataLost":
            continue
        for each in selectors(str(rule["expr"])):
            if kinds.get(each.name) == "counter" and not re.search(
                rf"count by \([^)]*\) \({each.name}\)", rule["expr"]
            ):
                assert re.search(rf"(rate|increase)\({each.name}\b", rule["expr"]), rule


def test_what_counts_as_late_is_a_bound_of_the_histogram() -> None:
    """Else its bucket would not exist, and no alert would ever be late."""
    assert LATE_AFTER_S in ALERT_DELAY.buckets


def test_every_alert_says_what_it_is_how_bad_and_where_its_runbook_is() -> None:
    """Names begin with the component; the summary has no variables; the runbook exists and has its four parts."""
    for each in alerts():
        name, notes = each["alert"], each["annotations"]
        assert re.fullmatch(r"Dealwatch[A-Z]\w+", name)
        assert each["labels"]["severity"] in ("critical", "warning", "info"), name
        assert set(notes) == {"summary", "description", "runbook_url"}, name
        assert "{{" not in notes["summary"] and not notes["summary"].endswith("."), name
        assert notes["description"].endswith((".", "}")), name
        assert notes["runbook_url"] == f"{RUNBOOKS}/{name}.md"


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    """With meaning, impact, diagnosis and mitigation, in this order."""
    folder = PROJECT / RUNBOOKS
    written = {path.stem for path in folder.glob("Dealwatch*.md")}
    assert written == {each["alert"] for each in alerts()}
    for name in written:
        runbook = (folder / f"{name}.md").read_text(encoding="utf-8")
        headings = re.findall(r"^#.*", runbook, re.MULTILINE)
        assert headings == [f"# {name}", *SECTIONS[1:]], name
        index = (folder / "README.md").read_text(encoding="utf-8")
        assert f"({name}.md)" in index, name


@needs_promtool
@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.name)
def test_prometheus_takes_the_rules(path: Path) -> None:
    """As promtool checks them."""
    assert "SUCCESS" in promtool("check", "rules", str(path))


@pytest.mark.parametrize("name", ["prometheus.yml", "prometheus.compose.yml"])
def test_jobs_of_ours_begin_with_the_name_that_rules_go_by(name: str) -> None:
    """For one machine and for the compose file; whatever listens at a port of the product is in such a job."""
    asked: set[tuple[str, int]] = set()
    for job in yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))["scrape_configs"]:
        targets = [each for found in job.get("static_configs", ()) for each in found["targets"]]
        targets += [f"x:{each['port']}" for each in job.get("dns_sd_configs", ())]
        asked |= {(job["job_name"], int(each.rpartition(":")[2])) for each in targets}
    ours = {port for job, port in asked if re.fullmatch(r"dealwatch.*", job)}
    assert ours >= {load().web_port, load().web_port + 1}, "what runs beside another program is asked, too"
    assert {port for job, port in asked if port // 10 == load().web_port // 10} <= ours


@needs_promtool
def test_prometheus_takes_the_configuration() -> None:
    """With the rules that it names."""
    assert f"{len(RULE_FILES)} rule files found" in promtool("check", "config", "prometheus.yml")


@needs_promtool
@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.name)
def test_every_alert_fires_for_its_fault_and_ends_with_it(path: Path) -> None:
    """Series that a fault would make, through promtool."""
    promtool("test", "rules", str(path))


def test_groups_are_tried_in_one_order() -> None:
    """Each of them stands in it: promtool takes others in any order, and a late number fails one run in five."""
    groups = {
        each["name"] for path in RULE_FILES for each in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    }
    for path in TEST_FILES:
        assert set(yaml.safe_load(path.read_text(encoding="utf-8"))["group_eval_order"]) == groups, path.name


def test_every_alert_is_seen_to_fire() -> None:
    """No alert without a test of its own in which it is expected."""
    expected: set[str] = set()
    for path in TEST_FILES:
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            samples = [each for check in test["promql_expr_test"] for each in check.get("exp_samples") or ()]
            expected |= set(re.findall(r'alertname="(\w+)"', " ".join(each["labels"] for each in samples)))
    assert expected == {each["alert"] for each in alerts()}
    assert {each.alert for each in OBJECTIVES} <= expected
