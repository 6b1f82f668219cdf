"""Finding a browser on this machine: the tests drive a real one, never a downloaded one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "brave-browser",
)
_APPLICATIONS = ("Google Chrome", "Chromium", "Microsoft Edge", "Brave Browser")
#: A quiet browser: no network of its own, no first-run pages; the sandbox needs rights that containers do not have.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
)


def find_browser() -> str | None:
    """The path of a Chromium-like browser; `CHROMIUM` in the environment wins, none where there is none."""
    if named := os.environ.get("CHROMIUM"):
        return named
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    for application in _APPLICATIONS:
        for root in (Path("/Applications"), Path.home() / "Applications"):
            program = root / f"{application}.app" / "Contents" / "MacOS" / application
            if program.exists():
                return str(program)
    return None
