"""What a run that differed leaves behind: every record of its topics, as lines for `grep` and `jq`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.reliability.topics import RunTopics, read


async def keep(topics: RunTopics, folder: Path) -> None:
    """Write each topic of the run to a file in `folder`: one object a line, in order within each partition."""
    folder.mkdir(parents=True, exist_ok=True)
    for topic in topics.plan.all:
        with (folder / f"{topic.name.removeprefix(topics.settings.prefix)}.jsonl").open("w") as file:
            for record in await read(topics.bootstrap, topic.name):
                file.write(json.dumps(_plain(record)) + "\n")


def _plain(record: Any) -> dict[str, Any]:
    return {
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "key": _text(record.key),
        "headers": {name: _text(value) for name, value in record.headers},
        "value": _text(record.value),
    }


def _text(data: bytes | None) -> str | None:
    """Return bytes as text; those that are none are escaped."""
    return None if data is None else data.decode(errors="backslashreplace")
