"""What a plan chooses from."""

from __future__ import annotations

from typing import Literal

Store = Literal["memory", "rocksdb"]
"""Where workers keep their states (setting `store`)."""
