"""`dealwatch generate --channel`: marketing whose effect is known, and how it is said wrongly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streams.demo.settings import PlantedChannel
from streams.demo.truth import MarketingTruth, WorldTruth, read_truth
from tests.unit.cli.samples import Run


def test_planted_channels_are_those_that_were_asked_for_and_the_truth_says_what_they_did(
    run: Run, tmp_path: Path
) -> None:
    """Shares stand in the truth's first line; each deal's line says which reached it, and which won it."""
    channels = ["--channel", "podcast=reach:0.5,sways:1", "--channel", "reference=follows:0.8"]
    words = ("generate", "--deals", "40", "--days", "20", "-o", tmp_path / "e.jsonl", *channels)
    told = json.loads(run(*words, "--json").stdout)["told"]
    world, *rest = [read_truth(line) for line in (tmp_path / "e.truth.jsonl").read_bytes().splitlines()]

    assert isinstance(world, WorldTruth)
    podcast, reference = PlantedChannel(reach=0.5, sways=1.0), PlantedChannel(follows=0.8)
    assert world.settings.channels == {"podcast": podcast, "reference": reference}
    planted = [each for each in rest if isinstance(each, MarketingTruth)]
    assert len(planted) == 40
    assert told["reached deals"] == sum(bool(each.touched) for each in planted) > 10
    assert told["swayed deals"] == sum(bool(each.swayed_by) for each in planted) > 3
    assert "podcast" in (tmp_path / "e.jsonl").read_text()
    plain = json.loads(run(*words[:-4], "--json").stdout)["told"]
    assert not plain.keys() & {"reached deals", "swayed deals"}


@pytest.mark.parametrize(
    ("channels", "said"),
    [
        (["podcast"], "'' is none of reach, sways, follows with a share"),
        (["podcast=0.3"], "'0.3' is none of reach, sways, follows"),
        (["podcast=reach:much"], "reach: 'much' is no share between 0 and 1"),
        (["podcast=reach:2"], "channels.podcast.reach is a share between 0 and 1"),
        (["podcast=reach:nan"], "channels.podcast.reach is a share between 0 and 1"),
        (["podcast=reach:0.1,reach:0.2"], "'reach:0.2' is none of"),
        (["podcast=reach:0"], "it would touch no deal"),
        (["podcast=sways:0.5"], "sways is a share of the deals that it reaches"),
        (["webinar=reach:0.5"], "webinar is in every world"),
        (["=reach:0.5"], "are named in at most 100 letters"),
        (["podcast=reach:0.5", "podcast=reach:0.6"], "podcast is planted twice"),
    ],
)
def test_a_channel_that_cannot_be_planted_is_wrong_use(
    run: Run, tmp_path: Path, channels: list[str], said: str
) -> None:
    """How it is written is said, and nothing is written."""
    words = [word for channel in channels for word in ("--channel", channel)]
    failed = run("generate", "-o", tmp_path / "e.jsonl", *words)

    assert failed.exit_code == 2
    assert said in failed.stderr and "write it as podcast=reach:0.35,sways:0.4" in failed.stderr
    assert not list(tmp_path.iterdir())
