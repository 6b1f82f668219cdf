"""Who sits at the terminal."""

from __future__ import annotations

import getpass


def who() -> str:
    """Whoever is logged in; containers may have a user without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
