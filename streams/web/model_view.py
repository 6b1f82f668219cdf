"""The models as the page knows them: the latest ones, those of the days before, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.closing import Closings
from models.curves import Learned, learned
from models.norms import Norms
from models.schema import Vector
from models.snapshot import ModelSet, Weights

#: A deal was scored by the models of its last look; so many epochs (days) back its numbers can be explained exactly.
_EPOCHS = 8


class ModelView:
    """What is worked out from the latest models is worked out once, when somebody asks for it."""

    def __init__(self) -> None:
        """Begin without models."""
        self.latest: ModelSet | None = None
        self._epochs: dict[int, dict[str, Weights]] = {}
        self._closings: Closings | None = None
        self._learned: tuple[Learned, ...] | None = None

    def put(self, models: ModelSet) -> None:
        """Take in the models of an epoch, repeats too; those of the epochs before explain older numbers."""
        self._epochs[models.epoch] = models.targets
        while len(self._epochs) > _EPOCHS:
            del self._epochs[min(self._epochs)]
        if self.latest is None or models.epoch >= self.latest.epoch:
            self.latest, self._closings, self._learned = models, None, None

    @property
    def norms(self) -> Norms:
        """What is usual."""
        return self.latest.norms if self.latest else Norms()

    def closings(self) -> Closings | None:
        """The tables of the latest models: some 30 ms an epoch."""
        if self._closings is None and self.latest is not None:
            self._closings = Closings(self.latest.norms.dwell, self.latest.epoch)
        return self._closings

    def learned(self, measured: Callable[[], Sequence[Vector]]) -> tuple[Learned, ...]:
        """What the latest models have learned; `measured` gives deals that tell what matters: some 40 ms for 80."""
        if self._learned is None and self.latest is not None:
            vectors = measured()
            self._learned = tuple(learned(each, vectors) for each in self.latest.targets.values())
        return self._learned or ()

    def weights_of(self, target: str, version: str) -> Weights | None:
        """The model that said something, or the latest one where that is gone."""
        for targets in self._epochs.values():
            if target in targets and targets[target].version == version:
                return targets[target]
        return self.latest.targets.get(target) if self.latest else None
