"""The compose file and what it mounts: by the official schema, by a linter, and true to the product.

There is no Docker where these tests run: what is said of images that others publish is not tried.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import warnings
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from typer.testing import CliRunner

from deploy.grafana.boards import BOARDS
from streams import __version__
from streams.cli.main import app
from streams.config.secret import is_reference
from streams.config.settings import Settings, load
from streams.engine.settings import EngineSettings

PROJECT = Path(__file__).parents[2]
DEPLOY = PROJECT / "deploy"
COMPOSE = DEPLOY / "compose" / "compose.yaml"
PROMETHEUS = DEPLOY / "prometheus" / "prometheus.compose.yml"
OFFICIAL = Path(__file__).parent / "official"
TOOLS = Path(sys.executable).parent
OURS = ("topics", "track", "learn", "revenue", "notify")
WITHOUT_PROMTOOL = "PROMTOOL IS NOT HERE, what Prometheus reads was compared with the product only"


def document(path: Path) -> Any:
    """A YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def services() -> dict[str, Any]:
    """The services, with what they share merged in."""
    found: dict[str, Any] = document(COMPOSE)["services"]
    return found


def test_the_compose_file_is_one_by_the_official_schema() -> None:
    """As `docker compose config` would say; and every network, volume and secret that is used is declared."""
    whole = document(COMPOSE)
    schema = json.loads((OFFICIAL / "compose-spec.json").read_text(encoding="utf-8"))
    assert list(Draft7Validator(schema).iter_errors(whole)) == []
    for name, service in whole["services"].items():
        assert set(service["networks"]) <= set(whole["networks"]), name
        assert set(service.get("secrets", ())) <= set(whole["secrets"]), name
        assert set(service.get("depends_on", ())) <= set(whole["services"]), name
        for source, _ in mounts(service):
            assert source in whole["volumes"] or source.startswith("."), source


def test_the_linter_finds_nothing_grave() -> None:
    """Nothing of its highest two severities: no privilege, no host namespace, no secret in a variable's value.

    Where a secret is looks to it like one: `test_the_token_is_a_secret_by_file_in_every_worker_and_a_value_nowhere`.
    """
    done = subprocess.run([TOOLS / "compose-lint", "--format", "json", COMPOSE], capture_output=True, text=True)
    found = json.loads(done.stdout)["findings"]
    assert found, "it looked"
    grave = [each for each in found if each["severity"] in ("high", "critical")]
    assert [each for each in grave if "'DEALWATCH_WEB_TOKEN'" not in each["message"]] == []


def mounts(service: Any) -> list[tuple[str, str]]:
    """Source and target of every mount."""
    pairs = [each.split(":")[:2] for each in service.get("volumes", ())]
    return [(source, target) for source, target in pairs]


def test_every_folder_that_is_mounted_is_there_and_cannot_be_written() -> None:
    """Docker would make an empty one, owned by root."""
    for service in services().values():
        for mount in service.get("volumes", ()):
            if mount.startswith("."):
                source, _, mode = mount.rsplit(":", 2)
                assert (COMPOSE.parent / source).is_dir() and mode == "ro", mount


@pytest.mark.parametrize("name", OURS)
def test_ours_run_locked_down_with_settings_and_commands_of_the_product(name: str) -> None:
    """A read-only root, no privilege, nobody; what it is told is understood."""
    service = services()[name]
    assert service["image"] == f"dealwatch:{__version__}"
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", service["user"])
    assert "/var/lib/dealwatch" in [target for _, target in mounts(service)]
    settings = {each.removeprefix("DEALWATCH_").lower() for each in service["environment"]}
    assert settings <= set(Settings.model_fields)
    done = CliRunner().invoke(app, [*service["command"], "--help"], prog_name="dealwatch")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("name", ["track", "learn", "revenue", "notify"])
def test_workers_have_names_time_to_stop_and_a_question_that_needs_no_shell(name: str) -> None:
    """Static membership, a session longer than a restart, a health check at the product's own address."""
    service = services()[name]
    stop_s = EngineSettings(app_id="", broker="", source_topic="", state_dir=Path()).stop_timeout_s
    assert float(service["stop_grace_period"].removesuffix("s")) > stop_s
    assert service["environment"]["DEALWATCH_GROUP_INSTANCE"] == f"{name}-0"
    session_s = float(service["environment"]["DEALWATCH_SESSION_TIMEOUT_SECONDS"])
    assert session_s >= float(service["stop_grace_period"].removesuffix("s")) + 10
    command = service["healthcheck"]["test"]
    assert command[0] == "CMD" and command[1].startswith("/")
    assert f":{load().web_port}/healthz" in command[-1]
    compile(command[-1], "healthcheck", "exec")
    assert service["depends_on"] == {"topics": {"condition": "service_completed_successfully"}}


def test_nothing_listens_beyond_this_machine_and_every_image_has_a_version() -> None:
    """Ports are published on loopback; no tag moves by itself."""
    for name, service in services().items():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), name
        tag = service["image"].rpartition(":")[2]
        assert re.match(r"v?\d+\.\d+", tag), name


def programs(name: str) -> int:
    """How many programs a service of ours is: `notify` has one beside it, `all` would, too."""
    return 2 if services()[name]["command"][-1] in ("notify", "all") else 1


def addresses() -> set[str]:
    """Where every program of every worker serves its metrics: the one beside another at the next port."""
    workers = [name for name in OURS if services()[name]["command"][0] == "worker"]
    return {f"{name}:{load().web_port + number}" for name in workers for number in range(programs(name))}


def test_prometheus_asks_every_program_under_its_name_with_the_token() -> None:
    """Targets are services at the product's ports; what is found in the DNS is asked by name, else it is refused."""
    jobs = {each["job_name"]: each for each in document(PROMETHEUS)["scrape_configs"]}
    (static,) = jobs["dealwatch"]["static_configs"]
    found = jobs["dealwatch-notify"]["dns_sd_configs"]
    asked = [*static["targets"], *(f"{name}:{each['port']}" for each in found for name in each["names"])]
    assert sorted(asked) == sorted(addresses())
    labels = {each["target_label"]: each for each in jobs["dealwatch-notify"]["relabel_configs"]}
    assert labels["job"]["replacement"] == "dealwatch", "the rules go by job"
    renamed = labels["__address__"]
    said = re.sub(renamed["regex"], renamed["replacement"].replace("$", "\\"), "172.18.0.7:8788")
    assert said == "notify:8788"
    for name in {each.partition(":")[0] for each in addresses()}:
        assert services()[name]["environment"]["DEALWATCH_WEB_HOSTS"] == name
    for job in ("dealwatch", "dealwatch-notify"):
        assert jobs[job]["authorization"] == {"credentials_file": "/run/secrets/web_token"}
    assert services()["prometheus"]["secrets"] == ["web_token"]
    mounted = {target: COMPOSE.parent / source for source, target in mounts(services()["prometheus"])}
    assert mounted["/etc/prometheus"].resolve() == PROMETHEUS.parent
    assert f"--config.file=/etc/prometheus/{PROMETHEUS.name}" in services()["prometheus"]["command"]


def test_the_token_is_a_secret_by_file_in_every_worker_and_a_value_nowhere() -> None:
    """What `docker inspect` shows has it not."""
    (secret,) = document(COMPOSE)["secrets"]
    assert document(COMPOSE)["secrets"][secret] == {"file": f"./config/{secret}"}
    for name in OURS:
        service = services()[name]
        if service["command"][0] == "worker":
            reference = service["environment"]["DEALWATCH_WEB_TOKEN"]
            assert is_reference(reference) and reference == f"file:/run/secrets/{secret}"
            assert service["secrets"] == [secret]
        else:
            assert "DEALWATCH_WEB_TOKEN" not in service["environment"], "it serves nothing"


@pytest.mark.filterwarnings(f"default:{WITHOUT_PROMTOOL}")
def test_prometheus_takes_its_configuration_and_reads_every_rule(tmp_path: Path) -> None:
    """By promtool; no file of rules is passed over."""
    config = document(PROMETHEUS)
    rules = [each for each in PROMETHEUS.parent.rglob("*.y*ml") if "groups" in (document(each) or {})]
    for each in rules:
        name = each.relative_to(PROMETHEUS.parent).as_posix()
        assert any(fnmatch(name, pattern) for pattern in config["rule_files"]), f"{name} is not read"
    promtool = shutil.which("promtool")
    if promtool is None:
        warnings.warn(WITHOUT_PROMTOOL, stacklevel=1)
        return
    # The secret of the container, as it would be there; rules lie beside the configuration, as here.
    (tmp_path / "web_token").touch()
    (tmp_path / "rules").symlink_to(PROMETHEUS.parent / "rules")
    text = PROMETHEUS.read_text(encoding="utf-8").replace("/run/secrets", str(tmp_path))
    (tmp_path / "prometheus.yml").write_text(text, encoding="utf-8")
    done = subprocess.run([promtool, "check", "config", tmp_path / "prometheus.yml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules)} rule files found" in done.stdout


def test_alertmanager_is_where_prometheus_sends_to_and_routes_to_receivers_that_are_there() -> None:
    """Every route names a receiver."""
    config = document(DEPLOY / "alertmanager" / "alertmanager.yml")
    receivers = {each["name"] for each in config["receivers"]}
    assert {config["route"]["receiver"], *(each["receiver"] for each in config["route"]["routes"])} == receivers
    (target,) = document(PROMETHEUS)["alerting"]["alertmanagers"][0]["static_configs"]
    assert target["targets"] == ["alertmanager:9093"] and "alertmanager" in services()


def test_grafana_is_given_the_dashboards_of_the_project_and_a_prometheus_that_is_there() -> None:
    """Every dashboard is in the folder that is mounted where the provider looks; the data source is a service."""
    grafana = services()["grafana"]
    provisioning = DEPLOY / "grafana" / "provisioning"
    (source,) = document(provisioning / "datasources" / "prometheus.yaml")["datasources"]
    assert source["url"] == "$PROMETHEUS_URL"
    assert grafana["environment"]["PROMETHEUS_URL"] == "http://prometheus:9090" and "prometheus" in services()
    (provider,) = document(provisioning / "dashboards" / "dealwatch.yaml")["providers"]
    targets = {target: (COMPOSE.parent / source).resolve() for source, target in mounts(grafana)}
    shown = targets[provider["options"]["path"]]
    assert {each.name for each in shown.iterdir()} == {f"{board.uid}.json" for board in BOARDS}
    assert targets["/etc/grafana/provisioning"] == provisioning
    assert source["jsonData"]["timeInterval"] == document(PROMETHEUS)["global"]["scrape_interval"]
