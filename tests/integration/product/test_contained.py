"""The worker as its image runs it: nobody's user, nothing to write to but its data, probes for whoever restarts it."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.integration.product.conftest import PROJECT, Product, Worker, eventually

RECIPE = (PROJECT / "deploy" / "image" / "Dockerfile").read_text(encoding="utf-8")
NOBODY = 65532
TOKEN = "a token of this test's own"
POD_IP, UNKNOWN = "10.9.8.7", "172.30.1.1:8787"
#: Seconds that a container is given between SIGTERM and SIGKILL: those of the chart.
STOPS_WITHIN_S = 30.0


def environment(product: Product, data: Path, name: str) -> dict[str, str]:
    """What the image and the chart put into the environment, and nothing of this process's."""
    stated = re.search(r"^ENV ((?:.*\\\n)*.*)$", RECIPE, re.MULTILINE)
    assert stated is not None
    image = dict(each.split("=", 1) for each in stated[1].replace("\\\n", " ").split())
    image.pop("PYTHONPATH")
    assert image["DEALWATCH_DATA"] == image["HOME"]
    return image | {
        # What must not be written to: in a container all of the root, here what programs like to write to.
        "HOME": str(data.parent / "readonly"),
        "TMPDIR": str(data.parent / "tmp"),
        "DEALWATCH_DATA": str(data),
        "DEALWATCH_BROKER": product.bootstrap,
        "DEALWATCH_PREFIX": product.prefix,
        "DEALWATCH_GROUP_INSTANCE": name,
        "DEALWATCH_SESSION_TIMEOUT_SECONDS": "60",
        "DEALWATCH_WEB_HOST": "0.0.0.0",
        "DEALWATCH_WEB_HOSTS": f"{POD_IP},dealwatch",
        "DEALWATCH_WEB_TOKEN": f"file:{data.parent / 'token'}",
        "DEALWATCH_STORE": "rocksdb",
    }


def nobody() -> int | None:
    """The user to be: nobody, where we may choose one and nobody may run this interpreter; else ourselves."""
    try:
        subprocess.run([sys.executable, "-c", "import streams"], user=NOBODY, group=NOBODY, check=True, cwd="/")
    except (PermissionError, subprocess.CalledProcessError):
        return None
    return NOBODY


def contained(product: Product, folder: Path, name: str, *command: str) -> Worker:
    """Start a program as the image does: its user where we may choose one, no shell."""
    data, user = folder / "data", nobody()
    for each in (data, folder / "tmp", folder / "readonly"):
        each.mkdir(parents=True)
        if user is not None:
            os.chown(each, user, user)
    (folder / "token").write_text(TOKEN + "\n", encoding="ascii")
    (folder / "readonly").chmod(stat.S_IRUSR | stat.S_IXUSR)
    for each in folder.parents if user is not None else ():
        # The folders of a test are its user's alone.
        if each != Path(each.root) and not each.stat().st_mode & stat.S_IXOTH:
            each.chmod(each.stat().st_mode | stat.S_IXOTH)
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streams", *command],
            env=environment(product, data, name),
            cwd=folder / "readonly",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    product.workers.append(process)
    return Worker(process, log)


def answer(address: str, path: str, host: str, token: str = "") -> tuple[int, str]:
    """Ask as a probe, or as Prometheus, does: by another name than loopback's."""
    headers = {"Host": host} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(urllib.request.Request(address + path, headers=headers), timeout=5) as said:
            return said.status, said.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()
    except OSError:  # it says its address a moment before it listens
        return 0, "{}"


@pytest.mark.kafka
@pytest.mark.parametrize("role", ["track", "learn"])
def test_a_worker_runs_as_nobody_on_a_read_only_system_and_answers_its_probes(
    product: Product, tmp_path: Path, role: str
) -> None:
    """Ready, asked without a token by the pod's address; metrics with one; SIGTERM ends it in order and in time."""
    worker = contained(product, tmp_path / "pod", f"pod-{role}", "worker", "--role", role, "--port", "0")
    address = worker.address(beside=role == "learn").replace("0.0.0.0", "127.0.0.1")
    # Probes come by the pod's address, whatever it is.
    eventually(lambda: bool(json.loads(answer(address, "/readyz", UNKNOWN)[1]).get("ready")), 60)

    assert answer(address, "/healthz", UNKNOWN)[0] == 200
    assert answer(address, "/metrics", f"{POD_IP}:8787")[0] == 401
    assert answer(address, "/metrics", UNKNOWN, TOKEN)[0] == 400
    status, metrics = answer(address, "/metrics", f"{POD_IP}:8787", TOKEN)
    assert status == 200 and "dealwatch_partitions_assigned" in metrics

    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(STOPS_WITHIN_S) == 0, worker.log.read_text()
    assert TOKEN not in worker.log.read_text()
    assert list((tmp_path / "pod" / "readonly").iterdir()) == []
    assert [each.name for each in (tmp_path / "pod" / "data" / "workers").iterdir()] == [f"pod-{role}-{role}"]


@pytest.mark.kafka
def test_topics_are_provisioned_by_the_same_image(product: Product, tmp_path: Path) -> None:
    """The job of the chart: it ends with 0, also where nothing was to be done, and needs no data."""
    for attempt in range(2):
        job = contained(product, tmp_path / str(attempt), "", "topics", "apply")
        assert job.process.wait(60) == 0, job.log.read_text()
        assert list((tmp_path / str(attempt) / "data").iterdir()) == []
