"""Format a new broker's storage: once per directory, all or nothing."""

import base64
import os
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

from streams.broker import java
from streams.broker.errors import StartFailed
from streams.broker.properties import Ports, render, server_properties
from streams.broker.server import Layout

_TIMEOUT_S = 60.0
_HEAP_MB = 128


def format_storage(layout: Layout, ports: Ports, class_path: Sequence[Path]) -> None:
    """Create `layout.data`; killed half-way it leaves a draft, which the next attempt throws away."""
    draft = layout.home / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    properties = layout.home / "format.properties"
    properties.write_text(render(server_properties(ports, log_directory=draft.name)), encoding="ascii")
    command = java.command(
        java.STORAGE_TOOL,
        ["format", "--cluster-id", new_cluster_id(), "--config", properties.name],
        class_path=class_path,
        directory=layout.home,
        heap_mb=_HEAP_MB,
    )
    result = subprocess.run(
        command,
        cwd=layout.home,
        env=java.environment(os.environ),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_TIMEOUT_S,
        check=False,
    )
    if result.returncode != 0:
        raise StartFailed(f"Kafka could not format {draft}: {(result.stderr or result.stdout).strip()}")
    properties.unlink()
    draft.rename(layout.data)


def new_cluster_id() -> str:
    """Return a random id in Kafka's form: base64 for URLs, not beginning with what looks like an option."""
    while True:
        identity = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not identity.startswith("-"):
            return identity
