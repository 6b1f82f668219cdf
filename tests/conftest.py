"""What all tests share: real data, and no limits of time.

The data is no part of the repository: found beside the checkout, or where `DEALWATCH_SHARED` says.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import settings

from streams.alerts.policy import Policy
from streams.backtest.run import Result, run
from streams.config.plays import shipped
from streams.connectors.eventfile import read_lines
from streams.connectors.history.convert import Conversion, convert
from tests.shares import Shares
from tests.strategies import HUNT

PROJECT = Path(__file__).parents[1]

# Workers, learners and commands are started by the hundred, and each would compile again all that it imports where the
# surroundings forbid to keep it: most of its start. Then it is kept apart, beside pytest's own cache.
if sys.dont_write_bytecode:
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(PROJECT / ".pytest_cache" / "bytecode")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A busy machine is no failure: hypothesis would call an example of more than 0.2 s one.
settings.register_profile(
    "dealwatch", deadline=None, derandomize=not HUNT, max_examples=100 * max(HUNT, 1), database=None
)
settings.load_profile("dealwatch")

SHARED_VARIABLE = "DEALWATCH_SHARED"
BESIDE = PROJECT.parent / "shared" / "data"
BPI_MAPPING = PROJECT / "deploy" / "mappings" / "bpi2012.toml"

#: Where the real logs lie. `dealwatch` would say of the variable that there is no such setting.
SHARED = Path(os.environ.get(SHARED_VARIABLE) or BESIDE)

pytest_plugins = ["tests.brokers"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares:
    """Deal the tests to the processes as `Shares` says (xdist's own groups do not work with pytest 9.2)."""
    return Shares(config, log)


def pytest_collection_finish() -> None:
    """Forget the variable in whatever process runs tests; the one that starts those only collects through them."""
    os.environ.pop(SHARED_VARIABLE, None)


class Converted(NamedTuple):
    """An event file, and the account of how it was made."""

    path: Path
    account: Conversion


@pytest.fixture(scope="session")
def bpi_log() -> Path:
    """Return the loan applications of the BPI Challenge 2012, October to December 2011."""
    path = SHARED / "bpi2012" / "applications_2011q4.csv.gz"
    if not path.is_file():
        pytest.skip("shared/data is not beside this checkout")
    return path


@pytest.fixture(scope="session")
def bpi_events(bpi_log: Path, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    """Return the loan applications as events."""
    path = tmp_path_factory.mktemp("bpi") / "events.jsonl.gz"
    return Converted(path, convert(bpi_log, BPI_MAPPING, path))


@pytest.fixture(scope="session")
def bpi_backtest(bpi_events: Converted) -> Result:
    """Return what the core makes of them without Kafka."""
    return run(read_lines(bpi_events.path), Policy(playbook=shipped()), int(time.time() * 1000), partitions=4)
