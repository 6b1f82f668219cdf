"""The slope test of the soak: growth is told from noise."""

from __future__ import annotations

from random import Random

import pytest

from tests.reliability.trend import trend


def noisy(slope: float, noise: float, count: int = 120, seed: int = 1) -> list[tuple[float, float]]:
    """Samples about 100, every 5 seconds, with a slope per second and noise."""
    chance = Random(seed)
    return [(5.0 * i, 100.0 + slope * 5.0 * i + chance.gauss(0.0, noise)) for i in range(count)]


@pytest.mark.parametrize("seed", range(10, 30))
def test_noise_alone_is_flat(seed: int) -> None:
    """However the noise falls, nothing is said to grow."""
    assert trend("x", "MB", noisy(0.0, 5.0, seed=seed), allowed=1.0).flat


@pytest.mark.parametrize("seed", range(10))
def test_growth_is_seen_through_noise_and_outliers(seed: int) -> None:
    """Growth of 20 over the run is seen, about as large as it is, with a wild sample now and then."""
    samples = noisy(20.0 / 600, 2.0, seed=seed)
    samples[40] = (samples[40][0], 10_000.0)
    found = trend("x", "MB", samples, allowed=1.0)
    assert found.flat is False
    assert 10.0 < found.growth < 20.0


def test_growth_that_is_allowed_is_flat() -> None:
    """A little more than before, but within what is allowed."""
    assert trend("x", "MB", noisy(0.5 / 600, 0.01), allowed=1.0).flat


def test_a_jump_at_the_start_is_warm_up() -> None:
    """What happens in the first quarter does not count."""
    samples = [(t, value if t > 100 else value - 50) for t, value in noisy(0.0, 1.0)]
    assert trend("x", "MB", samples, allowed=1.0).flat


def test_too_few_samples_say_nothing() -> None:
    """No verdict is given rather than a guess."""
    assert trend("x", "MB", noisy(1.0, 0.0, count=8), allowed=1.0).flat is None
