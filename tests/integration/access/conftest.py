"""A secured Kafka for all tests of this folder, and the command line as somebody's who comes into it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from streams.cli.main import app
from tests.brokers import PROJECT, stopped_in_any_case
from tests.integration.access.secured import KEY_PASSWORD, OWNER_PASSWORD, PASSWORD, SecuredKafka
from tests.integration.conftest import own_prefix
from tests.integration.product.conftest import Worker

SECRETS = (PASSWORD, OWNER_PASSWORD, KEY_PASSWORD)
ENDS_WITHIN_S = 60.0


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory, jars: Path) -> Iterator[SecuredKafka]:
    """Return a Kafka with TLS, passwords, and an authorizer that allows nothing by itself."""
    with stopped_in_any_case(tmp_path_factory.mktemp("secured")) as directory:
        yield SecuredKafka(directory, jars)


@pytest.fixture(scope="module")
def prefix() -> Iterator[str]:
    """Return a prefix that no other module has."""
    with own_prefix(()) as found:
        yield found


def run(environment: Mapping[str, str], *arguments: str) -> Result:
    """Run a command to its end in this process; nothing that it says has a secret in it."""
    done = CliRunner().invoke(
        app, list(arguments), env=dict(environment), prog_name="dealwatch", catch_exceptions=False
    )
    assert not [each for each in SECRETS if each in done.output]
    return done


def run_apart(environment: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    """Run a command in a process of its own; return its exit code and all that it said, without secrets in it."""
    done = subprocess.run(
        [sys.executable, "-m", "streams", *arguments],
        env={**os.environ, **environment},
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=ENDS_WITHIN_S,
    )
    assert not [each for each in SECRETS if each in done.stdout]
    return done.returncode, done.stdout


@contextmanager
def working(environment: Mapping[str, str], role: str, log: Path) -> Iterator[Worker]:
    """Run a worker; what it said has no secret in it."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streams", "worker", "--role", role, "--port", "0"],
            env={**os.environ, **environment},
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield Worker(process, log)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(30)
        said = log.read_text(errors="replace")
        assert not [each for each in SECRETS if each in said]


def ended(worker: Worker) -> int:
    """Wait until a worker has ended by itself; return its exit code."""
    until = time.monotonic() + ENDS_WITHIN_S
    while (code := worker.process.poll()) is None:
        assert time.monotonic() < until, worker.log.read_text()
        time.sleep(0.1)
    return code
