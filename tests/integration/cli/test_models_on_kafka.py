"""`dealwatch models` against the real Kafka: a learner that learned a market, and a person's hand on it."""

import json
from functools import cache
from pathlib import Path

import pytest

from models.snapshot import ModelSet
from streams.admin.modellog import Day, day_of, read_models_of
from streams.admin.reading import read_span, read_topic
from streams.engine.task import Outgoing
from streams.labels.lesson import EpochReached, encode_lesson
from streams.state.opportunity import DAY
from tests.builders import Timeline, a_clock, a_market, ms
from tests.integration.admin.staging import Stage
from tests.integration.cli.conftest import Dealwatch
from tests.unit.runtime.schooling import Told, a_task

pytestmark = pytest.mark.kafka

LATEST = ms(40) // DAY


@cache
def lessons() -> list[bytes]:
    """What is told of a small market."""
    return [encode_lesson(each) for each in Timeline().tell(*a_market(deals=12, days=30), a_clock(40)).lessons]


@cache
def learned() -> tuple[dict[bytes, bytes], list[Outgoing]]:
    """What a learner remembers that learned the market, and what it published."""
    task = a_task({})
    task.process([Told(value, offset=number) for number, value in enumerate(lessons())], 0)
    return {key: value for key, value in task.dirty() if value is not None}, task.outbox()


class Learner:
    """The learner of an environment: what comes on deal.examples is learned, and the models are published."""

    def __init__(self, stage: Stage) -> None:
        """Begin after the lessons of a market."""
        states, published = learned()
        self._stage, self._task, self._next = stage, a_task(states), len(lessons())
        stage.put(stage.topics.examples.name, [(None, value, 0) for value in lessons()])
        stage.put(stage.topics.models.name, [(each.key, each.value, 0) for each in published])

    def learn(self) -> None:
        """Learn what came since the last time."""
        found = list(read_span(self._stage.bootstrap, self._stage.topics.examples.name, self._next))
        self._next = found[-1].offset + 1
        self._task.process([Told(each.value or b"", offset=each.offset) for each in found], 0)
        self._stage.put(self._stage.topics.models.name, [(each.key, each.value, 0) for each in self._task.outbox()])

    def pass_days(self, number: int) -> ModelSet:
        """Let days end; return the newest models."""
        newest = self.newest().epoch
        reached = EpochReached(0, 1, newest + number, newest + number)
        self._stage.put(self._stage.topics.examples.name, [(None, encode_lesson(reached), 0)])
        self.learn()
        return self.newest()

    def newest(self) -> ModelSet:
        """The newest models as they stand on the topic."""
        return read_models_of(self._stage.bootstrap, self._stage.topics.models.name, Day())


@pytest.fixture
def learner(stage: Stage) -> Learner:
    """A learner that has learned."""
    return Learner(stage)


def test_models_are_listed_with_their_quality(stage: Stage, learner: Learner, dealwatch: Dealwatch) -> None:
    """The last fortnight, the latest last; more with --limit and --all; each names its parent and its place."""
    days = json.loads(dealwatch("models", "list", "--json", *stage.words).stdout)["days"]
    assert [each["day"] for each in days] == [day_of(LATEST - back) for back in range(13, -1, -1)]
    assert [each["parent"] for each in days] == [each["epoch"] - 1 for each in days]
    assert lessons()[days[-1]["offset"]] == encode_lesson(EpochReached(0, 1, LATEST, LATEST))
    every = json.loads(dealwatch("models", "list", "--all", "--json", *stage.words).stdout)["days"]
    assert len(every) == 41 and every[-14:] == days
    shown = dealwatch("models", "list", "--limit", "2", *stage.words).stdout
    quality = learner.newest().targets["inactivity"].quality
    assert f"{quality.log_loss:.3f} / {quality.base_log_loss:.3f}" in shown
    assert day_of(LATEST - 1) in shown and day_of(LATEST - 2) not in shown


def test_an_empty_topic_is_said_to_be_empty(stage: Stage, dealwatch: Dealwatch) -> None:
    """It is no error to list nothing; there is nothing to show, though."""
    listed = dealwatch("models", "list", *stage.words)
    assert (listed.exit_code, "is empty" in listed.stderr) == (0, True)
    shown = dealwatch("models", "show", *stage.words)
    assert (shown.exit_code, "is empty" in shown.stderr) == (1, True)


def test_models_that_cannot_be_used_are_listed_with_the_reason(stage: Stage, dealwatch: Dealwatch) -> None:
    """And the others beside them."""
    stage.put(stage.topics.models.name, [(b"models-7", b'{"schema":1}', 0)])
    shown = dealwatch("models", "list", *stage.words)
    assert (shown.exit_code, "cannot be read" in shown.stdout) == (0, True)
    refused = dealwatch("models", "show", "1970-01-08", *stage.words)
    assert (refused.exit_code, "cannot be used here" in refused.stderr) == (1, True)


def test_what_was_learned_is_shown_as_curves_and_words(
    stage: Stage, learner: Learner, dealwatch: Dealwatch, tmp_path: Path
) -> None:
    """By importance over the questions asked before, on the screen, as JSON, and as a picture."""
    found = json.loads(dealwatch("models", "show", "--json", *stage.words).stdout)
    assert (found["day"], [each["target"] for each in found["targets"]]) == (
        day_of(LATEST),
        ["inactivity", "silence", "slippage", "win", "no_decision"],
    )
    inactivity = found["targets"][0]
    asked = sum(b'"asked"' in each and b'"inactivity":' in each for each in lessons())
    assert inactivity["deals"] == asked > 100
    importances = [each["importance"] for each in inactivity["features"]]
    assert importances == sorted(importances, reverse=True)
    shown = dealwatch(
        "models", "show", "latest-2", "--target", "inactivity", "--top", "3", "--plot", tmp_path / "c.svg", *stage.words
    )
    assert shown.exit_code == 0, shown.stderr
    assert f"inactivity-{LATEST - 2}" in shown.stdout and "slippage" not in shown.stdout
    assert any(block in shown.stdout for block in "▁▂▃▄▅▆▇█")
    assert "<svg" in (tmp_path / "c.svg").read_text(encoding="utf-8")
    first = json.loads(dealwatch("models", "show", "latest-2", "--json", *stage.words).stdout)["targets"][0]
    for curve in first["features"][:3]:
        assert f"{curve['feature']}  {curve['unit']}: {curve['meaning']}" in shown.stdout


def test_what_changed_between_two_days_is_shown(stage: Stage, learner: Learner, dealwatch: Dealwatch) -> None:
    """What moved most first; a day and itself do not differ."""
    found = json.loads(dealwatch("models", "diff", "latest-9", "--json", *stage.words).stdout)
    moved = found["targets"]["inactivity"]["moves"]
    assert (found["before"], found["after"]) == (day_of(LATEST - 9), day_of(LATEST))
    sizes = [abs((each["after"] or 0.0) - (each["before"] or 0.0)) for each in moved]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > 0.0
    shown = dealwatch("models", "diff", day_of(LATEST - 9), day_of(LATEST), "--top", "2", *stage.words).stdout
    assert moved[0]["name"] in shown and f"and {len(moved) - 2:,} more" in shown
    assert dealwatch("models", "diff", "latest", *stage.words).stdout.count("nothing moved") == 5


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (("show", "1999-01-01"), 1, "no models of 1999-01-01"),
        (("show", "yesterday"), 2, "'yesterday' is no day"),
        (
            ("show", "--target", "luck"),
            2,
            "no target luck; choose from inactivity, silence, slippage, win, no_decision",
        ),
        (("show", "--plot", "curves.gif"), 2, "name it .png or .svg"),
        (("rollback", "latest-1"), 2, "nobody is there to be asked"),
        (("resume", "--yes"), 1, "nothing is pinned"),
        (("resume", "--target", "win", "--yes"), 1, "win: not pinned"),
        (("freeze", "--yes", "--reason", "x" * 301), 2, "at most 300 characters"),
    ],
)
def test_what_cannot_be_done_is_said(
    words: tuple[str, ...], code: int, complaint: str, stage: Stage, learner: Learner, dealwatch: Dealwatch
) -> None:
    """With an exit code, a reason, and nothing done."""
    before = len(list(read_topic(stage.bootstrap, stage.topics.examples.name)))
    result = dealwatch("models", *words, *stage.words)
    assert (result.exit_code, complaint in " ".join(result.stderr.split())) == (code, True), result.stderr
    assert len(list(read_topic(stage.bootstrap, stage.topics.examples.name))) == before


def test_models_are_rolled_back_and_resumed(stage: Stage, learner: Learner, dealwatch: Dealwatch) -> None:
    """Announced at once, in effect with the next day, told by a notice; the learner goes on, and speaks again."""
    done = dealwatch("models", "rollback", "latest-7", "--target", "win", "--reason", "odd", "--yes", *stage.words)
    assert done.exit_code == 0, done.stderr
    assert f"win: win-{LATEST} -> win-{LATEST - 7}" in done.stderr
    waiting = json.loads(dealwatch("models", "list", "--json", *stage.words).stdout)["from_the_next_day_on"]
    assert [(each["type"], each["target"], each["reason"]) for each in waiting] == [("pinned", "win", "odd")]
    assert f"win is pinned to win-{LATEST - 7}" in dealwatch("models", "list", *stage.words).stdout

    models = learner.pass_days(1)
    good = read_models_of(stage.bootstrap, stage.topics.models.name, Day(LATEST - 7)).targets["win"]
    assert models.targets["win"].weights == good.weights
    assert models.targets["win"].version == f"win-{LATEST - 7}"
    assert models.targets["slippage"].version == f"slippage-{LATEST + 1}"
    assert [each.kind for each in models.notices] == ["pinned"]
    for words in (("models", "list"), ("models", "show", "--target", "win")):
        assert "odd" in dealwatch(*words, *stage.words).stdout

    assert dealwatch("models", "resume", "--yes", "--reason", "well again", *stage.words).exit_code == 0
    assert dealwatch("models", "resume", "--yes", *stage.words).exit_code == 1  # it is resumed already
    models = learner.pass_days(1)
    assert models.targets["win"].version == f"win-{LATEST + 2}"
    assert [(each.kind, each.before) for each in models.notices] == [("resumed", f"win-{LATEST - 7}")]
    assert json.loads(dealwatch("models", "list", "--json", *stage.words).stdout)["from_the_next_day_on"] == []


def test_models_are_frozen_as_they_are(stage: Stage, learner: Learner, dealwatch: Dealwatch) -> None:
    """All targets, where none is named; what is said stays the same however many days end."""
    before = learner.newest()
    done = json.loads(dealwatch("models", "freeze", "--yes", "--json", *stage.words).stdout)
    assert {each["version"] for each in done} == {each.version for each in before.targets.values()}
    after = learner.pass_days(3)
    assert "pinned: inactivity, silence, slippage, win, no_decision" in dealwatch("doctor", *stage.words).stdout
    assert after.epoch == before.epoch + 3
    for name, weights in after.targets.items():
        assert (weights.version, weights.weights) == (before.targets[name].version, before.targets[name].weights)
        assert weights.pin is not None and weights.pin.since == before.epoch + 1


def test_a_person_is_asked_before_anything_is_done(
    stage: Stage, learner: Learner, dealwatch: Dealwatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A no does nothing, a yes does it."""
    monkeypatch.setattr("streams.cli.models_hand.someone_is_there", lambda: True)
    declined = dealwatch("models", "freeze", "--target", "win", *stage.words, typed="n\n")
    assert (declined.exit_code, "nothing was done" in declined.stderr) == (1, True)
    assert learner.pass_days(1).targets["win"].pin is None
    assert dealwatch("models", "freeze", "--target", "win", *stage.words, typed="y\n").exit_code == 0
    assert learner.pass_days(1).targets["win"].pin is not None
