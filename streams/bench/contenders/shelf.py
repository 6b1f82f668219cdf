"""The fixed models of the pipeline, as the product's own shelf of models: one snapshot for every epoch."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

from streams.runtime.shelf import ModelShelf, models_key


def fixed_shelf(models: str) -> ModelShelf:
    """Return the shelf of a worker whose learner is absent, and who does not wait for it."""
    shelf = ModelShelf(0.0, monotonic)
    shelf.put(models_key(0), Path(models).read_bytes())
    return shelf
