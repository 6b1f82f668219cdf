"""What the worker's log says when something breaks, and what it does not say."""

from __future__ import annotations

import subprocess
import sys

BREAKS = """
import logging
from streams.telemetry.logs import log_to_stderr

def handle(state):
    raise ValueError("broken")

log_to_stderr()
try:
    handle("the state of a deal")
except ValueError:
    logging.getLogger("dealwatch.test").exception("it broke")
"""


def test_a_traceback_in_the_log_says_where_but_shows_no_state() -> None:
    """Local variables hold other people's deals: they are in no log."""
    said = subprocess.run([sys.executable, "-c", BREAKS], capture_output=True, text=True, check=True).stderr
    assert "it broke" in said and "in handle" in said and "ValueError: broken" in said
    assert "state = " not in said and len(said.splitlines()) < 15


def test_a_failure_that_is_explained_elsewhere_has_no_traceback() -> None:
    """Where a right is missing in Kafka, the place in the program is no help; other failures keep theirs."""
    explained = BREAKS.replace("log_to_stderr()", "log_to_stderr(lambda error: isinstance(error, ValueError))")
    said = subprocess.run([sys.executable, "-c", explained], capture_output=True, text=True, check=True).stderr
    assert "it broke" in said and len(said.splitlines()) == 1
    other = explained.replace("isinstance(error, ValueError)", "isinstance(error, KeyError)")
    said = subprocess.run([sys.executable, "-c", other], capture_output=True, text=True, check=True).stderr
    assert "Traceback" in said
