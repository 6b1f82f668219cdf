"""What a process takes, as Linux tells it of any process: processor time and resident memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from streams.errors import DealwatchError


class NoProcess(DealwatchError):
    """The system tells nothing of that process."""

    id = "err-no-process"


class Usage(NamedTuple):
    """Seconds of the processor, of all threads since the start; bytes that are resident now."""

    cpu_s: float
    resident: int


def usage_of(process: int) -> Usage:
    """Ask what a process takes; raises `NoProcess`, also where the system has no /proc."""
    try:
        # The name in brackets may hold anything, so what is counted comes behind its end (man 5 proc).
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError as error:
        raise NoProcess(f"the system tells nothing of process {process}; the part capacity needs Linux") from error
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    return Usage((int(fields[11]) + int(fields[12])) / ticks, int(fields[21]) * page)


def peak_of(process: int) -> int:
    """The most bytes that were ever resident of a process; raises `NoProcess` as `usage_of` does."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise NoProcess(f"the system tells nothing of process {process}; the part revenue needs Linux") from error
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def folder_bytes(folder: Path) -> int:
    """What the files under a folder take."""
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
