"""What all tests of this folder share besides their broker with doors and their nursery (`tests/brokers.py`)."""

from __future__ import annotations

import logging

import pytest


@pytest.fixture(autouse=True)
def _silence() -> None:
    """Let aiokafka say nothing of what is done to it: thousands of lines."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
