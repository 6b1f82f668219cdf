"""Which process gets which tests: what takes longest first, and waiting beside computing.

Tests on Kafka mostly wait, other tests only compute. Where all processes waited at the same time the processors would
be idle, and later, where all compute, each would take as long as all of them: so one process computes from the
beginning, and the others wait. What needs a broker of a kind of its own stays in few processes, since each starts one,
and even a broker that nobody asks takes some of a processor.

How long files take is known from the last time: `python -m tests.shares REPORT` writes `shares.json` anew from what
`pytest --junitxml=REPORT` wrote. A wrong figure only makes the whole take longer.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

PROJECT = Path(__file__).parents[1]
MEASURED = Path(__file__).with_suffix(".json")
#: Files that take less need no order.
WORTH_KNOWING_S = 2.0

#: Files that share what takes long to make, by how their names begin, and how that share is called: their tests run in
#: one process.
TOGETHER = {
    "tests/integration/access/": "tests/integration/access/, a secured Kafka",
    "tests/data/test_backtest_bpi.py": "tests/data/, the real log",
    "tests/data/test_convert_bpi.py": "tests/data/, the real log",
}

ON_CALL, RELIABILITY, KAFKA, COMPUTING = "on call", "reliability", "kafka", "computing"
#: What tests of a folder do; of all others: they compute.
KINDS = {"tests/oncall/": ON_CALL, "tests/reliability/": RELIABILITY, "tests/integration/": KAFKA}
#: What each process looks for, one kind after the other; with more processes it begins again.
WISHES = (
    (COMPUTING, KAFKA, RELIABILITY, ON_CALL),
    (KAFKA, RELIABILITY, ON_CALL, COMPUTING),
    (ON_CALL, RELIABILITY, KAFKA, COMPUTING),
    (KAFKA, COMPUTING, RELIABILITY, ON_CALL),
)


class Shares(LoadFileScheduling):  # type: ignore[misc]  # xdist's types say Any
    """The tests of a file run in one process, and those of all files that share what takes long in the same one."""

    _seconds: Mapping[str, float] | None = None

    def _split_scope(self, nodeid: str) -> str:
        """Return what the tests of one process have in common."""
        return share_of(super()._split_scope(nodeid))

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Give a process what it looks for."""
        if self._seconds is None:
            self._seconds = by_share(json.loads(MEASURED.read_text(encoding="utf-8")))
        place = int(node.gateway.id.removeprefix("gw"))
        self.workqueue.move_to_end(wanted(self.workqueue, place, self._seconds), last=False)
        super()._assign_work_unit(node)


def share_of(file: str) -> str:
    """Return the name of the share that a file belongs to: its own, unless others need the same.

    >>> share_of("tests/unit/test_flow.py"), share_of("tests/integration/access/test_refused.py")
    ('tests/unit/test_flow.py', 'tests/integration/access/, a secured Kafka')
    """
    return next((share for beginning, share in TOGETHER.items() if file.startswith(beginning)), file)


def kind_of(share: str) -> str:
    """Return what the tests of a share do."""
    return next((kind for folder, kind in KINDS.items() if share.startswith(folder)), COMPUTING)


def wanted(shares: Iterable[str], place: int, seconds: Mapping[str, float]) -> str:
    """Return the share that the process with this number gets: the longest of the kind that it looks for first.

    Raises ValueError where there are no shares.
    """
    wishes = WISHES[place % len(WISHES)]
    return min(shares, key=lambda each: (wishes.index(kind_of(each)), -seconds.get(each, 0.0)))


def by_share(files: Mapping[str, float]) -> dict[str, float]:
    """Return how many seconds each share takes, from those of files."""
    found: defaultdict[str, float] = defaultdict(float)
    for file, took in files.items():
        found[share_of(file)] += took
    return dict(found)


def renewed(report: Path) -> dict[str, float]:
    """Return how many seconds each file took, from a report of pytest's; only files that took long enough."""
    found: defaultdict[str, float] = defaultdict(float)
    for case in ElementTree.parse(report).iter("testcase"):
        file = case.get("classname", "").replace(".", "/") + ".py"
        found[file] += float(case.get("time", "0"))
    return {file: round(took, 1) for file, took in sorted(found.items()) if took >= WORTH_KNOWING_S}


if __name__ == "__main__":
    MEASURED.write_text(json.dumps(renewed(Path(sys.argv[1])), indent=1) + "\n", encoding="utf-8")
