"""The program in docs/engine.md does what the document says."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.integration.engine.conftest import PATIENCE_S, PROJECT, Arena

GUIDE = PROJECT / "docs" / "engine.md"


def program(prefix: str, directory: Path) -> Path:
    """Write the guide's program to a file, with topics and group of the test's own."""
    (text,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    for name, ours in {"clicks": "source", "click-counts": "changelog", "announcements": "alerts"}.items():
        assert f'"{name}"' in text
        text = text.replace(f'"{name}"', f'"{prefix}{ours}"')
    text = text.replace(f'app_id="{prefix}source"', f'app_id="{prefix}counting"')
    path = directory / "clicks.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_program_of_the_guide_counts_and_survives_being_killed(arena: Arena, tmp_path: Path) -> None:
    """Killed in the middle and started again, it ends with every click counted once and every tenth announced."""
    arena.create_topics()
    arena.fill(8_000)
    path = program(arena.prefix, tmp_path)
    counted = Counter(record.key for record in arena.records("source"))
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    command = [sys.executable, str(path), arena.kafka, str(tmp_path / "states")]
    for attempt in range(2):
        running = subprocess.Popen(command, env=environment)
        try:
            if attempt == 0:
                arena.wait_until(lambda: arena.records("changelog") != [])
            else:
                arena.wait_until_committed(patience_s=90)
        finally:
            running.kill()
            running.wait(PATIENCE_S)
    states = {record.key: json.loads(record.value)["n"] for record in arena.records("changelog")}
    assert states == counted
    due = {b"%s:%d" % (key, n): key for key, count in counted.items() for n in range(10, count + 1, 10)}
    assert arena.alerts() == due
