"""What can be wrong with a backtest's surroundings."""

from __future__ import annotations

from streams.errors import DealwatchError


class LibraryAbsent(DealwatchError):
    """An optional library is needed, and is not installed or does not load."""

    id = "err-library-absent"


class NothingToForecast(DealwatchError):
    """The log has no period that could be forecast and compared with what came."""

    id = "err-nothing-to-forecast"
