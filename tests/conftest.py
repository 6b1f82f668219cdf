"""What all tests share: real data, and no limits of time.

The data is no part of the repository: found beside the checkout, or where `DEALWATCH_SHARED` says.
"""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no failure: hypothesis would call an example of more than 0.2 s one.
settings.register_profile("dealwatch", deadline=None)
settings.load_profile("dealwatch")

SHARED_VARIABLE = "DEALWATCH_SHARED"
BESIDE = Path(__file__).parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def bpi_log() -> Path:
    """Return the loan applications of the BPI Challenge 2012, October to December 2011."""
    path = Path(os.environ.get(SHARED_VARIABLE) or BESIDE) / "bpi2012" / "applications_2011q4.csv.gz"
    if not path.is_file():
        pytest.skip("shared/data is not beside this checkout")
    return path
