"""A learner as a file: read back equal, or refused with the reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.case import Case
from models.learn import Learner
from models.seed import Seed, SeedRefused, pack_seed, unpack_seed
from tests.builders import a_vector
from tests.strategies import law


def a_seed() -> Seed:
    """A learner that has seen two days."""
    learner = Learner()
    for label in (True, False):
        cases = [Case(name, f"opp-{n}", a_vector(float(n)), label) for n in range(4) for name in ("inactivity", "win")]
        learner.learn(cases)
    return Seed(learner.state(), 20_000, "crm.jsonl.gz", 4, 16)


SEED = a_seed()
RAW = pack_seed(SEED)


def test_a_seed_is_read_back_equal() -> None:
    """To the last bit."""
    assert unpack_seed(RAW) == SEED


@law(60)
@given(st.integers(0, len(RAW) - 1))
def test_a_truncated_seed_is_refused(length: int) -> None:
    """Wherever it ends."""
    with pytest.raises(SeedRefused):
        unpack_seed(RAW[:length])


@law(100)
@given(st.integers(0, len(RAW) - 1), st.integers(1, 255))
def test_an_altered_seed_is_refused(place: int, change: int) -> None:
    """Wherever it was altered."""
    altered = bytearray(RAW)
    altered[place] ^= change
    with pytest.raises(SeedRefused):
        unpack_seed(bytes(altered))


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b'{"kind":"other","schema":1}\n', b"[" * 100_000, b"\xff\xfe\n\n"])
def test_something_else_is_refused(raw: bytes) -> None:
    """With words that say what a seed begins with."""
    with pytest.raises(SeedRefused, match="does not begin as a seed of Dealwatch does"):
        unpack_seed(raw)
