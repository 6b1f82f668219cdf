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

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Array = npt.NDArray[np.float64]

_BITS = 53


def uniform(name: str, count: int) -> Array:
    """`count` numbers between 0 and 1, neither of them included."""
    key = int.from_bytes(blake2b(name.encode(), digest_size=16).digest(), "little")
    bits = np.random.Philox(key=key).random_raw(count)
    found: Array = ((bits >> np.uint64(64 - _BITS)).astype(np.float64) + 0.5) / 2.0**_BITS
    return found


def normal(name: str, count: int) -> Array:
    """`count` numbers of the standard normal distribution."""
    found: Array = ndtri(uniform(name, count))
    return found
