"""Numbers that look like chance and are none: the same name gives the same ones, on every machine.

Philox is a counter-based generator (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): its bits are a
function of a key and a counter, with no state that one call leaves to the next. The key is a hash of a name, such as a
deal in a period. So a deal meets the same fate in the forecasts of its rep, its team and the company, which is why the
draws of parts add up to those of the whole; a part can be worked out anywhere, in any order; and from one day to the
next a forecast moves because something happened, not because the dice were thrown again.

An exact distribution by convolution would need no draws, but shocks of reps and of accounts cross each other, so that a
sum does not fall into parts that are independent given a few of them. Only the bits are numpy's, which it keeps stable;
what is made of them is here.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Array = npt.NDArray[np.float64]

_BITS = 53
_WORD = 64
_MASK = 2**_WORD - 1


class Draws:
    """The numbers of all names, `count` of each. One generator is set anew for each name, which is fast."""

    def __init__(self, count: int) -> None:
        """Make a generator; a key and a counter are all that it ever has."""
        self.count = count
        self._generator = np.random.Philox(0)  # any seed: without one it would ask the system for chance
        self._state: dict[str, Any] = dict(self._generator.state)

    def uniform(self, name: str) -> Array:
        """Numbers between 0 and 1, neither of them included."""
        key = int.from_bytes(blake2b(name.encode(), digest_size=16).digest(), "little")
        inner = {"key": np.array([key & _MASK, key >> _WORD], np.uint64), "counter": np.zeros(4, np.uint64)}
        self._generator.state = cast(Any, {**self._state, "state": inner})
        bits = self._generator.random_raw(self.count)
        found: Array = ((bits >> np.uint64(_WORD - _BITS)).astype(np.float64) + 0.5) / 2.0**_BITS
        return found

    def normal(self, name: str) -> Array:
        """Numbers of the standard normal distribution."""
        found: Array = ndtri(self.uniform(name))
        return found
