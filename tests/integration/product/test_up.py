"""`dealwatch up`, which is `make run`: alerts appear, a killed worker comes back, Ctrl-C leaves nothing behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from streams.broker.ports import is_free
from tests.integration.product.conftest import PROJECT, Product, eventually
from tests.reliability.stage import free_ports

#: Each listens at a port of its own, within so many from the page's on.
PROGRAMS = 8


def start_up(product: Product, folder: Path, said: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start `dealwatch up` on the environment's Kafka; what it says goes to `said`.

    Prometheus is told the ports of its programs before they have them, so they must not be taken meanwhile.
    """
    port = next(port for port in free_ports(20) if all(is_free(port + number) for number in range(PROGRAMS)))
    with said.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "streams", "up", "--port", str(port), *options],
            cwd=PROJECT,
            env={
                **os.environ,
                "DEALWATCH_BROKER": product.bootstrap,
                "DEALWATCH_PREFIX": product.prefix,
                "DEALWATCH_DATA": str(folder),
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # As a shell starts what it puts in the background: deaf to Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        )


def programs_of(up: subprocess.Popen[bytes]) -> dict[str, psutil.Process]:
    """The programs that it has started, by their words after `worker`."""
    return {" ".join(each.cmdline()[4:]): each for each in psutil.Process(up.pid).children()}


def page_of(said: Path) -> str:
    """Where the page is, once it is said."""
    eventually(lambda: "Ctrl-C stops everything" in said.read_text(), 120)
    [page] = re.findall(r"^page +(\S+)$", said.read_text(), re.MULTILINE)
    return str(page)


def read(url: str) -> str:
    """What an address answers; nothing where it does not."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def metrics_in(log: Path) -> list[str]:
    """Where the metrics of revenue are, by each start of it."""
    return re.findall(r"the metrics of revenue are at (\S+)", log.read_text())


def deals_known(address: str) -> float:
    """How many deals a program of revenue has told of; 0 before it tells of any, and where it does not answer."""
    found = re.search(r"^dealwatch_revenue_deals\S* (\S+)$", read(f"{address}/metrics"), re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_alerts_appear_a_killed_worker_comes_back_and_ctrl_c_ends_everything(product: Product, tmp_path: Path) -> None:
    """The worker is killed while alerts come: it is started again, more alerts come, and Ctrl-C ends with code 0."""
    said = tmp_path / "up.log"
    up = start_up(product, tmp_path, said)
    try:
        eventually(lambda: "-> " in said.read_text(), 120)
        programs = programs_of(up)
        assert programs.keys() == {"", "--role revenue"}
        worker = programs[""]
        family = [*programs.values(), *worker.children(recursive=True)]
        worker.kill()
        eventually(lambda: "it is started again" in said.read_text(), 30)
        before = len(product.alerts())
        eventually(lambda: len(product.alerts()) > before, 120)
        family += psutil.Process(up.pid).children(recursive=True)

        up.send_signal(signal.SIGINT)

        assert up.wait(40) == 0, said.read_text()[-2_000:]
        assert "Traceback" not in said.read_text()
        eventually(lambda: not any(each.is_running() for each in family), 10)
    finally:
        up.kill()
        up.wait(10)


def test_the_page_shows_what_is_asked_of_revenue_and_a_killed_program_of_it_comes_back(
    product: Product, tmp_path: Path
) -> None:
    """`up` says where. Then it is killed itself, and nothing of it stays."""
    said = tmp_path / "up.log"
    up = start_up(product, tmp_path, said)
    family: list[psutil.Process] = []
    try:
        page = page_of(said)
        assert f"revenue  {page}/revenue\n" in said.read_text()
        eventually(lambda: "What each version said" in read(f"{page}/revenue"), 120)
        log = tmp_path / "logs" / "revenue.log"
        family = psutil.Process(up.pid).children(recursive=True)
        programs_of(up)["--role revenue"].kill()
        eventually(lambda: "revenue ended with exit code -9; it is started again" in said.read_text(), 30)
        eventually(lambda: [bool(deals_known(each)) for each in metrics_in(log)] == [False, True], 120)
        family += psutil.Process(up.pid).children(recursive=True)
        up.kill()
        eventually(lambda: not any(each.is_running() and each.status() != "zombie" for each in family), 30)
    finally:
        up.kill()
        up.wait(10)
        for each in family:
            if each.is_running():
                each.kill()


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="needs Prometheus (Debian's package `prometheus`)")
def test_with_a_prometheus_the_page_has_dashboards_and_nothing_of_it_outlives_up(
    product: Product, tmp_path: Path
) -> None:
    """All programs are scraped from the first minute on; `up` is killed, and Prometheus ends by itself."""
    said = tmp_path / "up.log"
    up = start_up(product, tmp_path, said, "--prometheus")
    family: list[psutil.Process] = []
    try:
        eventually(lambda: "Ctrl-C stops everything" in said.read_text(), 120)
        family = psutil.Process(up.pid).children(recursive=True)
        assert any("prometheus" in Path(each.exe()).name for each in family)
        [boards] = re.findall(r"^boards +(\S+),", said.read_text(), re.MULTILINE)

        def programs() -> list[str]:
            with urllib.request.urlopen(f"{boards}/dealwatch-overview?range=5m", timeout=30) as answer:
                panel = re.search(r">Programs</button>.*?</section>", answer.read().decode(), re.DOTALL)
            return re.findall(r'<span class="sub">(\w+) ', panel[0] if panel else "")

        eventually(lambda: programs() == ["learn", "revenue", "track"], 90)
        up.kill()
        eventually(lambda: not any(each.is_running() and each.status() != "zombie" for each in family), 30)
    finally:
        up.kill()
        up.wait(10)
        for each in family:
            if each.is_running():
                each.kill()


def test_a_terminal_that_is_closed_after_ctrl_c_leaves_nothing_behind(product: Product, tmp_path: Path) -> None:
    """The second signal comes while everything is being stopped, and does not keep it from that."""
    said = tmp_path / "up.log"
    up = start_up(product, tmp_path, said)
    try:
        eventually(lambda: "Ctrl-C stops everything" in said.read_text(), 120)
        family = psutil.Process(up.pid).children(recursive=True)
        up.send_signal(signal.SIGINT)
        eventually(lambda: "stopping the worker" in said.read_text(), 20, soon=True)
        up.send_signal(signal.SIGHUP)

        assert up.wait(40) == 0, said.read_text()[-2_000:]
        assert "Traceback" not in said.read_text()
        eventually(lambda: not any(each.is_running() for each in family), 10)
    finally:
        up.kill()
        up.wait(10)


def test_ctrl_c_and_a_service_managers_request_in_one_instant_are_one(product: Product, tmp_path: Path) -> None:
    """Both signals come before either is answered: everything stops in order, without a word of complaint."""
    said = tmp_path / "up.log"
    up = start_up(product, tmp_path, said)
    try:
        eventually(lambda: "Ctrl-C stops everything" in said.read_text(), 120)
        family = psutil.Process(up.pid).children(recursive=True)
        up.send_signal(signal.SIGSTOP)
        up.send_signal(signal.SIGINT)
        up.send_signal(signal.SIGTERM)
        up.send_signal(signal.SIGCONT)

        assert up.wait(40) == 0, said.read_text()[-2_000:]
        assert not any(word in said.read_text() for word in ("Traceback", "Exception", "Error")), said.read_text()
        assert "everything is stopped" in said.read_text()
        eventually(lambda: not any(each.is_running() for each in family), 10)
    finally:
        up.kill()
        up.wait(10)
