"""The part `models`: ours and River do the same work, and whoever does not is found out."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as with_fields

from models.snapshot import decode_models, encode_models
from streams.bench.epochs import read_epochs, vectors_of, write_epochs
from streams.bench.modelling import run_models
from streams.bench.plan import Plan, Silence, quick_plan
from streams.bench.school import fixed_epochs, fixed_models


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Return the plan of `--quick`, smaller still, whose models have learned."""
    plan = replace(
        quick_plan(broker="", folder=tmp_path_factory.mktemp("school")), deals=12, school_days=40, scored_deals=500
    )
    fixed_models(plan, Silence())
    return plan


def test_ours_and_river_say_the_same_and_learn_every_label(school: Plan) -> None:
    """To the last label; no Kafka is needed."""
    found = run_models(school, "x.", Silence())
    labels = sum(map(len, read_epochs(str(fixed_epochs(school, Silence())))))
    for scores, events in ((found.scoring, 500), (found.learning, labels)):
        assert list(scores) == ["river", "dealwatch"]
        for score in scores.values():
            assert (score.failed, score.verified, score.events, len(score.runs)) == ("", True, events, 1)
            assert score.cpu_us_per_event is not None and score.cpu_us_per_event > 0
    assert labels > 50


class Swapped(Silence):
    """Puts other models into the place of the fixed ones as soon as a scorer begins."""

    def __init__(self, models: Path, others: bytes) -> None:
        """Swap them in the file `models`."""
        self._models, self._others = models, others

    def begin(self, what: str, total: int) -> None:
        """Swap."""
        if what.startswith("scoring"):
            self._models.write_bytes(self._others)


def test_a_scorer_with_other_weights_is_found_out(school: Plan, tmp_path: Path) -> None:
    """What has to be said is known before: somebody who scores with something else has not done the work."""
    shutil.copytree(school.folder, tmp_path, dirs_exist_ok=True)
    plan = replace(school, folder=tmp_path, contenders=("dealwatch",))
    path = fixed_models(plan, Silence())
    models = decode_models(path.read_bytes())
    halved = {
        name: with_fields(each, weights={slot: weight / 2 for slot, weight in each.weights.items()})
        for name, each in models.targets.items()
    }
    found = run_models(plan, "y.", Swapped(path, encode_models(with_fields(models, targets=halved))))
    assert "is right" in found.scoring["dealwatch"].failed
    assert not found.scoring["dealwatch"].verified


def test_epochs_are_read_as_they_were_written(school: Plan, tmp_path: Path) -> None:
    """Also those without a case; of what was measured each question counts once, whatever its targets."""
    epochs = read_epochs(str(fixed_epochs(school, Silence())))
    write_epochs(tmp_path / "again.bin", epochs)
    assert read_epochs(str(tmp_path / "again.bin")) == epochs
    assert [] in epochs
    assert len(vectors_of(epochs)) < sum(map(len, epochs))
