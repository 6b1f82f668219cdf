"""The Helm chart: rendered, valid for Kubernetes without asking a cluster, safe, and true to the product.

Where there is no helm the renderings kept beside the chart are looked at instead, after their digest has shown that
they are of this very chart; and a warning says which tests looked at those. What only helm can tell is told by
`test_helm_finds_no_fault_and_renders_what_is_kept` where there is one: `make helm` builds it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from jsonschema import Draft202012Validator
from trustme import CA
from typer.testing import CliRunner

from streams import __version__
from streams.access.kafka import kafka_of
from streams.cli.main import app
from streams.config.secret import is_reference
from streams.config.settings import BROKER_ACCESS, Settings, load
from streams.config.topics import group_of, plan
from streams.engine.settings import EngineSettings
from streams.web.guard import OPEN_PATHS
from tests.repository.charts import CHART, EXAMPLES, KUBERNETES, Manifest, header, helm, kept, manifests_of, render, run

OFFICIAL = Path(__file__).parent / "official"
WORKLOADS = ("StatefulSet", "Job", "Deployment")
#: No part of Kubernetes: held by the definition that its project publishes.
KEDA = "keda.sh/v1alpha1"
WITHOUT_HELM = "HELM IS NOT HERE, the chart was neither linted nor rendered; what was rendered elsewhere was looked at"


def stem(path: Path) -> str:
    """An example as people name it."""
    return path.stem


def every(kind: str, manifests: list[Manifest]) -> list[Manifest]:
    """The manifests of a kind."""
    return [each for each in manifests if each["kind"] == kind]


def pods(manifests: list[Manifest]) -> list[Any]:
    """The specification of every pod."""
    return [each["spec"]["template"]["spec"] for kind in WORKLOADS for each in every(kind, manifests)]


def variables(container: Any) -> dict[str, Any]:
    """The environment of a container: values, or where they come from."""
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container["env"]}


@pytest.mark.filterwarnings(f"default:{WITHOUT_HELM}")
@pytest.mark.parametrize("values", EXAMPLES, ids=stem)
def test_helm_finds_no_fault_and_renders_what_is_kept(values: Path) -> None:
    """`helm lint --strict` and `helm template`; without helm the digest says that what is kept is of this chart."""
    assert kept(values).splitlines()[0] == header(values), "the chart or its values changed: run `make chart`"
    program = helm()
    if program is None:
        warnings.warn(WITHOUT_HELM, stacklevel=1)
        return
    linted = run(program, "lint", "--strict", str(CHART), "--values", str(values))
    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert render(program, values) == list(yaml.safe_load_all(kept(values))), "run `make chart`"


@pytest.mark.parametrize("values", EXAMPLES, ids=stem)
def test_every_manifest_is_what_kubernetes_takes(values: Path) -> None:
    """By the schemas of Kubernetes itself, with no field that it does not know."""
    manifests = manifests_of(values)
    for each in manifests:
        if each["apiVersion"] != KEDA:
            kubernetes_validate.validate(each, KUBERNETES, strict=True)
    assert len({(each["kind"], each["metadata"]["name"]) for each in manifests}) == len(manifests)


def test_the_scaled_object_is_what_keda_takes() -> None:
    """By the definition that KEDA publishes; it asks for the group and the topic that the product has."""
    values = next(each for each in EXAMPLES if each.stem == "large")
    (scaled,) = every("ScaledObject", manifests_of(values))
    definition = yaml.safe_load((OFFICIAL / "keda.sh_scaledobjects.yaml").read_text(encoding="utf-8"))
    (version,) = definition["spec"]["versions"]
    assert f"{definition['spec']['group']}/{version['name']}" == scaled["apiVersion"] == KEDA
    Draft202012Validator(_closed(version["schema"]["openAPIV3Schema"])).validate(scaled)
    said = load(broker="kafka:9092", prefix="prod.", partitions=24)
    (trigger,) = scaled["spec"]["triggers"]
    assert trigger["metadata"]["consumerGroup"] == group_of(said, "track")
    assert trigger["metadata"]["topic"] == plan(said).activity.name
    assert trigger["metadata"]["lagThreshold"] == "1000000"
    assert scaled["spec"]["maxReplicaCount"] < said.partitions


def _closed(schema: Any) -> Any:
    """A schema that refuses fields which it does not name, as the API server drops them."""
    if isinstance(schema, dict):
        closed = {key: _closed(value) for key, value in schema.items()}
        named = closed.get("type") == "object" and "properties" in closed and "additionalProperties" not in closed
        return closed | {"additionalProperties": False} if named else closed
    return [_closed(each) for each in schema] if isinstance(schema, list) else schema


@pytest.mark.parametrize("values", EXAMPLES, ids=stem)
def test_every_pod_is_locked_down(values: Path) -> None:
    """As the restricted Pod Security Standard wants it, and beyond: no token, a read-only root, bounded memory."""
    for pod in pods(manifests_of(values)):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert not any("hostPath" in volume for volume in pod["volumes"])
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] is True
            assert security["allowPrivilegeEscalation"] is False
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"] and container["resources"]["requests"]["cpu"]
            assert {"/var/lib/dealwatch", "/tmp"} <= {mount["mountPath"] for mount in container["volumeMounts"]}


@pytest.mark.parametrize("values", EXAMPLES, ids=stem)
def test_every_variable_is_a_setting_and_every_command_one_of_the_product(values: Path) -> None:
    """What a pod is told is understood: names and values of settings, command, role; secrets are referred to only."""
    for pod in pods(manifests_of(values)):
        (container,) = pod["containers"]
        said = variables(container)
        assert len(said) == len(container["env"]), "a variable is said twice"
        settings = {name: value for name, value in said.items() if name.startswith("DEALWATCH_")}
        assert {name.removeprefix("DEALWATCH_").lower() for name in settings} <= set(Settings.model_fields)
        load(**{_setting(name): value for name, value in settings.items() if isinstance(value, str)})
        for name in ("SLACK_A", "SLACK_B", "SLACK_C"):
            assert name not in said or set(said[name]) == {"secretKeyRef"}
        done = CliRunner().invoke(app, [*container["args"], "--help"], prog_name="dealwatch")
        assert done.exit_code == 0, done.output


def secret_files(pod: Any) -> set[str]:
    """The path of every file that comes of a Secret, as a pod's container sees it."""
    (container,) = pod["containers"]
    places = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    found = set()
    for volume in pod["volumes"]:
        sources = [volume] if "secret" in volume else volume.get("projected", {}).get("sources", [])
        for source in sources:
            found |= {f"{places[volume['name']]}/{item['path']}" for item in source["secret"]["items"]}
    return found


@pytest.mark.parametrize("values", EXAMPLES, ids=stem)
def test_secrets_of_page_and_kafka_are_files_that_settings_name(values: Path) -> None:
    """Each file is named by a setting, each place that a setting names is a file, and no value is a secret."""
    for pod in pods(manifests_of(values)):
        said = variables(pod["containers"][0])
        token = said.get("DEALWATCH_WEB_TOKEN")
        assert (token is None) == (pod["containers"][0]["name"] in ("topics", "rebuild"))
        assert token is None or is_reference(token)
        named = [value.removeprefix("file:") for value in said.values() if isinstance(value, str)]
        assert {each for each in named if each.startswith("/run/secrets/")} == secret_files(pod)
        for volume in pod["volumes"]:
            for kind in ("secret", "projected"):
                assert kind not in volume or volume[kind]["defaultMode"] == 0o440, "for its group, and nobody else"


def test_each_part_comes_into_kafka_as_itself_and_its_settings_fit_together(tmp_path: Path) -> None:
    """With files in the places that pods have: TLS, a password, a user for each part that has rights of its own."""
    manifests = manifests_of(next(each for each in EXAMPLES if each.stem == "large"))
    files = {"ca": CA().cert_pem.bytes(), "password": b"a password\n"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    users = {}
    for kind in WORKLOADS:
        for each in every(kind, manifests):
            said = variables(each["spec"]["template"]["spec"]["containers"][0])
            here = {
                _setting(name): value.replace("/run/secrets/kafka", str(tmp_path))
                for name, value in said.items()
                if name.startswith("DEALWATCH_BROKER")
            }
            access = kafka_of(load(**here)).access
            assert access.by == f"SASL_SSL, SCRAM-SHA-512 as {access.user}" and access.tls is not None
            users[each["metadata"]["labels"]["app.kubernetes.io/component"]] = access.user
    assert users == {
        **dict.fromkeys(("track", "page", "learn"), "dealwatch"),
        "topics": "operator",
        "revenue": "analyst",
        "notify": "notifier",
    }


@pytest.mark.parametrize("values", EXAMPLES, ids=stem)
def test_the_files_of_the_examples_are_understood(
    values: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules, plays and delivery, as the commands for that check them, with the variables that pods would have."""
    manifests = manifests_of(values)
    for pod in pods(manifests):
        for name in variables(pod["containers"][0]):
            if not name.startswith("DEALWATCH_"):
                monkeypatch.setenv(name, "SECRET000")
    for config in every("ConfigMap", manifests):
        folder = tmp_path / config["metadata"]["name"]
        folder.mkdir()
        for name, text in config["data"].items():
            (folder / name).write_text(text, encoding="utf-8")
        whole = folder.name.endswith("-plays")
        for path in [folder] if whole else folder.iterdir():
            command = "plays" if whole else {"rules.toml": "rules", "delivery.toml": "notify"}[path.name]
            done = CliRunner().invoke(app, [command, "check", str(path)], prog_name="dealwatch")
            assert done.exit_code == 0, done.output


def _setting(variable: str) -> str:
    return variable.removeprefix("DEALWATCH_").lower()


@pytest.mark.parametrize("values", EXAMPLES, ids=stem)
def test_a_worker_has_a_name_that_survives_its_pod_and_time_to_come_back(values: Path) -> None:
    """Static membership: the pod's name, a session longer than a restart, time to stop, one pod after the other."""
    sets = every("StatefulSet", manifests_of(values))
    assert {"track", "learn"} <= {each["metadata"]["labels"]["app.kubernetes.io/component"] for each in sets}
    stop_s = EngineSettings(app_id="", broker="", source_topic="", state_dir=Path()).stop_timeout_s
    for each in sets:
        pod = each["spec"]["template"]["spec"]
        said = variables(pod["containers"][0])
        assert said["DEALWATCH_GROUP_INSTANCE"] == {"fieldRef": {"fieldPath": "metadata.name"}}
        assert float(said["DEALWATCH_SESSION_TIMEOUT_SECONDS"]) >= pod["terminationGracePeriodSeconds"] + 30
        assert pod["terminationGracePeriodSeconds"] > stop_s
        assert each["spec"]["updateStrategy"]["type"] == "RollingUpdate"


@pytest.mark.parametrize("values", EXAMPLES, ids=stem)
def test_probes_ask_where_the_worker_answers_without_a_token(values: Path) -> None:
    """The product's own addresses, at the port it listens on; to restart and to wait are two questions."""
    for each in every("StatefulSet", manifests_of(values)):
        (container,) = each["spec"]["template"]["spec"]["containers"]
        port = container["ports"][0]
        assert port["containerPort"] == load().web_port
        asked = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
        assert {each["path"] for each in asked.values()} == set(OPEN_PATHS)
        assert asked["readiness"]["path"] == "/readyz" and asked["liveness"]["path"] == "/healthz"
        assert {each["port"] for each in asked.values()} == {port["name"]}
        assert variables(container)["DEALWATCH_WEB_HOST"] == "0.0.0.0"


@pytest.mark.parametrize("values", EXAMPLES, ids=stem)
def test_every_program_has_a_port_which_its_service_names_and_its_policy_lets_through(values: Path) -> None:
    """Whoever starts another program beside has two: metrics are asked of both (docs/deploy.md)."""
    manifests = manifests_of(values)
    scraped = (CHART.parents[2] / "docs" / "deploy.md").read_text(encoding="utf-8")
    for each in every("StatefulSet", manifests):
        (container,) = each["spec"]["template"]["spec"]["containers"]
        programs = 2 if container["args"][-1] in ("notify", "all") else 1
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        assert [*ports.values()] == [load().web_port + number for number in range(programs)]
        (asked,) = re.findall(r"container_port_name\], regex: (\S+), action: keep", scraped)
        assert all(re.fullmatch(asked, port) for port in ports)
        name = each["metadata"]["name"]
        (service,) = [it for it in every("Service", manifests) if it["metadata"]["name"] == name]
        (policy,) = [it for it in every("NetworkPolicy", manifests) if it["metadata"]["name"] == name]
        assert {port["port"] for port in service["spec"]["ports"]} == set(ports.values())
        (inward,) = policy["spec"]["ingress"]
        assert {port["port"] for port in inward["ports"]} == set(ports.values())


@pytest.mark.parametrize("values", EXAMPLES, ids=stem)
def test_services_budgets_and_policies_select_pods_that_are_there(values: Path) -> None:
    """A selector that matches nothing protects nothing; each worker has a policy, and a budget if it is not alone."""
    manifests = manifests_of(values)
    sets = every("StatefulSet", manifests)
    labels = [each["spec"]["template"]["metadata"]["labels"] for kind in WORKLOADS for each in every(kind, manifests)]
    selectors = [each["spec"]["selector"]["matchLabels"] for each in every("PodDisruptionBudget", manifests)]
    selectors += [each["spec"]["podSelector"]["matchLabels"] for each in every("NetworkPolicy", manifests)]
    selectors += [each["spec"]["selector"] for each in every("Service", manifests)]
    for selector in selectors:
        assert [label for label in labels if selector.items() <= label.items()] != [], selector
    assert {each["spec"]["serviceName"] for each in sets} <= {
        each["metadata"]["name"] for each in every("Service", manifests)
    }
    assert len(every("NetworkPolicy", manifests)) == len(labels)
    budgets = {each["metadata"]["name"] for each in every("PodDisruptionBudget", manifests)}
    assert budgets == {each["metadata"]["name"] for each in sets if each["spec"].get("replicas", 2) > 1}


def test_what_runs_before_everything_else_has_its_policy_by_then() -> None:
    """Where a namespace lets nothing through by itself the job would wait for Kafka in vain."""
    manifests = manifests_of(next(each for each in EXAMPLES if each.stem == "small"))
    (job,) = every("Job", manifests)
    (policy,) = [each for each in every("NetworkPolicy", manifests) if each["metadata"]["name"].endswith("-topics")]
    before, after = policy["metadata"]["annotations"], job["metadata"]["annotations"]
    assert before["helm.sh/hook"] == after["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert int(before["helm.sh/hook-weight"]) < int(after.get("helm.sh/hook-weight", 0))


def test_one_copies_with_rights_of_its_own_and_never_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment that is, is named by the settings, the new one by the command; nobody asks it anything."""
    manifests = manifests_of(next(each for each in EXAMPLES if each.stem == "rebuild"))
    (copies,) = every("Deployment", manifests)
    assert copies["spec"]["replicas"] == 1 and copies["spec"]["strategy"] == {"type": "Recreate"}
    (container,) = copies["spec"]["template"]["spec"]["containers"]
    said = variables(container)
    assert said["DEALWATCH_PREFIX"] == "" and said["DEALWATCH_BROKER_USER"] == "rebuilder"
    heard: dict[str, Any] = {}
    monkeypatch.setattr("streams.cli.rebuild.settings_of", lambda ctx: heard.update(ctx.params) or sys.exit(0))
    CliRunner().invoke(app, container["args"], prog_name="dealwatch")
    assert (heard["new"], heard["partitions"], heard["rate"], heard["follow"]) == ("v2.", 12, 1_000_000.0, True)
    (policy,) = [each for each in every("NetworkPolicy", manifests) if each["metadata"]["name"].endswith("-rebuild")]
    assert policy["spec"]["ingress"] == []


def test_what_stands_before_the_page_is_believed_by_the_page_alone() -> None:
    """Else a person has the address of the Ingress, and a cookie that goes without TLS."""
    manifests = manifests_of(next(each for each in EXAMPLES if each.stem == "rebuild"))
    for each in every("StatefulSet", manifests):
        said = variables(each["spec"]["template"]["spec"]["containers"][0])
        is_page = each["metadata"]["name"].endswith("-page")
        assert said.get("DEALWATCH_WEB_PROXIES") == ("10.42.0.0/16,10.43.0.7" if is_page else None)


def test_the_autoscaler_of_kubernetes_asks_for_a_metric_that_workers_serve() -> None:
    """`dealwatch_lag_records`, as docs/metrics.md has it; and it scales the workers that share the partitions."""
    values = next(each for each in EXAMPLES if each.stem == "hpa")
    manifests = manifests_of(values)
    (scaler,) = every("HorizontalPodAutoscaler", manifests)
    (metric,) = scaler["spec"]["metrics"]
    documented = (CHART.parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert f"| `{metric['pods']['metric']['name']}` | gauge |" in documented
    (target,) = [each for each in every("StatefulSet", manifests) if each["metadata"]["name"].endswith("-track")]
    assert scaler["spec"]["scaleTargetRef"]["name"] == target["metadata"]["name"]
    assert "replicas" not in target["spec"], "each upgrade would take back what the scaler did"


def test_the_chart_is_of_this_version_and_its_values_fit_their_schema() -> None:
    """Chart.yaml names the product's version; the schema wants what the templates need, and takes the examples."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["appVersion"] == __version__
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    defaults = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    assert set(BROKER_ACCESS) <= set(schema["properties"]["settings"]["propertyNames"]["not"]["enum"])
    complaints = {error.json_path for error in Draft202012Validator(schema).iter_errors(defaults)}
    assert complaints == {"$.kafka.broker", "$.webToken.name"}
    for values in EXAMPLES:
        given = yaml.safe_load(values.read_text(encoding="utf-8"))
        whole = {key: _over(defaults.get(key), given.get(key)) for key in {*defaults, *given}}
        assert list(Draft202012Validator(schema).iter_errors(whole)) == []


def _over(default: Any, given: Any) -> Any:
    if isinstance(default, dict) and isinstance(given, dict):
        return {key: _over(default.get(key), given.get(key)) for key in {*default, *given}}
    return default if given is None else given


@pytest.mark.filterwarnings(f"default:{WITHOUT_HELM}")
@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("kafka: {broker: ''}\nwebToken: {name: x}", "broker"),
        ("kafka: {broker: 'k:9092'}", "webToken"),
        ("kafka: {broker: 'k:9092'}\nwebToken: {name: x}\nsettings: {broker: 'z:1'}", "'broker'"),
        ("kafka: {broker: 'k:9092'}\nwebToken: {name: x}\nsettings: {broker_user: me}", "'broker_user'"),
        ("kafka: {broker: 'k:9092', secrets: {pass: {name: a, key: b}}}\nwebToken: {name: x}", "pass"),
        ("kafka: {broker: 'k:9092'}\nwebToken: {name: x}\nnotify: {enabled: true}", "delivery.toml"),
        ("kafka: {broker: 'k:9092'}\nwebToken: {name: x}\nautoscaling: {enabled: true, maxReplicas: 9}", "partitions"),
        ("kafka: {broker: 'k:9092'}\nwebToken: {name: x}\nautoscaling: {enabled: true, minReplicas: 4}", "minReplicas"),
        ("kafka: {broker: 'k:9092'}\nwebToken: {name: x}\ntrack: {replicas: 4}", "track.replicas"),
        ("kafka: {broker: 'k:9092', prefix: a.}\nwebToken: {name: x}\nrebuild: {into: a.}", "rebuild.into"),
        ("kafka: {broker: 'k:9092'}\nwebToken: {name: x}\npage: {proxies: ['*']}", "proxies"),
        ("kafka: {broker: 'k:9092'}\nwebToken: {name: x}\nsettings: {web_proxies: '10.0.0.1'}", "'web_proxies'"),
    ],
)
def test_values_that_cannot_work_are_refused_with_their_name(given: str, complaint: str, tmp_path: Path) -> None:
    """Before anything is installed; by helm, and, where there is none, those that the schema can see."""
    values = tmp_path / "values.yaml"
    values.write_text(given, encoding="utf-8")
    program = helm()
    if program is not None:
        with pytest.raises(subprocess.CalledProcessError) as refused:
            render(program, values)
        assert complaint in refused.value.stderr
        return
    warnings.warn(WITHOUT_HELM, stacklevel=1)
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    defaults = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    whole = {key: _over(defaults.get(key), value) for key, value in (defaults | yaml.safe_load(given)).items()}
    found = " ".join(f"{error.json_path} {error.message}" for error in Draft202012Validator(schema).iter_errors(whole))
    templates = " ".join(each.read_text(encoding="utf-8") for each in (CHART / "templates").iterdir())
    assert complaint in found or re.search(rf"{{{{- fail .*{complaint}|deliveryFile\) }}}}", templates)
