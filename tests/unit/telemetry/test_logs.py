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
