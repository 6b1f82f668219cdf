"""What a program imports before it can begin, which is most of what its start takes."""

from __future__ import annotations

import subprocess
import sys

LEARNING = ("river", "scipy")


def test_a_worker_that_only_scores_does_not_wait_for_the_learner_s_libraries() -> None:
    """They would be half as much again; its learner runs in another process."""
    look = f"import sys, streams.bootstrap; print([each for each in {LEARNING} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
