"""A rebuild, from its start to the end of the old environment, with the rights of its parts in both and no other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.access.rights import Right, rights_of
from streams.admin.acls import give, take_back
from streams.admin.lag import committed_places, group_lag, members
from streams.admin.provision import apply
from streams.config.settings import load
from streams.config.topics import group_of, plan
from tests.integration.access.conftest import SECRETS, run, working
from tests.integration.access.secured import SecuredKafka
from tests.integration.conftest import PROJECT
from tests.integration.product.conftest import eventually

pytestmark = pytest.mark.kafka


class Both:
    """An environment and the one that is made of it; everybody has the rights of his parts, and no other."""

    def __init__(self, secured: SecuredKafka, prefix: str, folder: Path) -> None:
        """Give the rights, and make the topics of the old environment."""
        self.secured, self.folder = secured, folder
        self.old, self.new = prefix, f"{prefix}v2."
        for name in (self.old, self.new):
            settings = load(prefix=name, partitions=2)
            owned = {"worker": ("worker",), "rebuilder": ("rebuild", "look"), "eraser": ("erase",)}
            for user, components in owned.items():
                give(secured.owner, f"User:{user}", rights_of(components, settings))
        give(secured.owner, "User:rebuilder", rights_of(["provision"], load(prefix=self.new)))
        apply(secured.owner, plan(load(prefix=self.old, partitions=2)).all)

    def of(self, user: str, prefix: str | None = None) -> dict[str, str]:
        """Settings of a user; of the old environment unless another is named."""
        name = self.old if prefix is None else prefix
        data = self.folder / f"{user}-{name}data"
        ours = {"DEALWATCH_PREFIX": name, "DEALWATCH_DATA": str(data), "DEALWATCH_CLOCK": "event"}
        more = {"DEALWATCH_PAGE": "false", "DEALWATCH_MODEL_WAIT_SECONDS": "0.1", "DEALWATCH_PARTITIONS": "2"}
        return {**self.secured.environment(user), **ours, **more}

    def handled(self, prefix: str) -> bool:
        """Whether the workers of an environment have handled everything."""
        settings = load(prefix=prefix)
        topic = plan(settings).activity.name
        lag = group_lag(self.secured.owner, group_of(settings, "track"), topic)
        return bool(committed_places(self.secured.owner, group_of(settings, "track"), topic)) and not sum(lag.values())


@contextmanager
def copying(both: Both, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Let the one who rebuilds copy; what it said has no secret in it."""
    words = ("rebuild", "start", both.new, "--patience", "1")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streams", *words],
            env={**os.environ, **both.of("rebuilder")},
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(30)
        assert not [each for each in SECRETS if each in log.read_text()]


def test_a_rebuild_is_made_switched_to_and_ended_with_the_rights_of_its_parts(
    secured: SecuredKafka, prefix: str, tmp_path: Path
) -> None:
    """Copied, compared, switched to; nothing is erased under whoever copies; deleting takes a right of its own."""
    both, owner = Both(secured, prefix, tmp_path), secured.owner
    events = tmp_path / "events.jsonl"
    small = ("--deals", "6", "--days", "20", "--seed", "5", "-o", str(events))
    assert run({}, "generate", *small).exit_code == 0
    admin = {**secured.environment("owner", "PLAIN"), "DEALWATCH_PREFIX": both.old}
    assert run(admin, "replay", str(events), "--no-wait").exit_code == 0
    deal = next(each["subject"] for each in map(json.loads, events.read_text().splitlines()) if each.get("subject"))
    copier = group_of(load(prefix=both.new), "rebuild")

    with working(both.of("worker"), "track", tmp_path / "old.log"):
        eventually(lambda: both.handled(both.old), 90)
        with copying(both, tmp_path / "copying.log") as process:
            eventually(lambda: bool(members(owner, copier)) or process.poll() is not None, 60)
            assert process.poll() is None, (tmp_path / "copying.log").read_text()
            with working(both.of("worker", both.new), "track", tmp_path / "new.log"):
                eventually(lambda: bool(members(owner, group_of(load(prefix=both.new), "track"))), 60)
                for words in (("status", both.new, "--json"), ("switch", both.new), ("back", both.new)):
                    done = run(both.of("rebuilder"), "rebuild", *words)
                    assert done.exit_code == 0, done.output
                eventually(lambda: both.handled(both.new), 60)
                done = run(both.of("rebuilder"), "rebuild", "compare", both.new, "--json")
                assert json.loads(done.stdout)["equal"] > 0, done.output

    # Places lie in the old topic, under a group of the new environment: who erases sees that somebody copies.
    with copying(both, tmp_path / "again.log") as process:
        eventually(lambda: bool(members(owner, copier)) or process.poll() is not None, 60)
        refused = run(both.of("eraser"), "erase", deal, "--yes")
        assert refused.exit_code == 1 and copier in refused.stderr, refused.output
    erased = run(both.of("eraser"), "erase", deal, "--yes", "--json")
    assert erased.exit_code == 0 and json.loads(erased.stdout)["left"] == 0, erased.output
    topic = plan(load(prefix=both.old)).activity.name
    assert not sum(group_lag(owner, copier, topic).values()), "its place was moved along"

    refused = run(both.of("rebuilder"), "rebuild", "drop", both.new, "--yes")
    assert refused.exit_code == 1 and "does not allow this to the user rebuilder" in refused.stderr, refused.output
    give(owner, "User:rebuilder", rights_of(["drop"], load(prefix=both.new)))
    dropped = run(both.of("rebuilder"), "rebuild", "drop", both.new, "--yes")
    assert dropped.exit_code == 0, dropped.output


def test_who_may_not_copy_hears_which_right_is_lacking(secured: SecuredKafka, tmp_path: Path, prefix: str) -> None:
    """One line and exit code 1, and nothing goes on by halves."""
    both = Both(secured, f"{prefix}less.", tmp_path)
    group = group_of(load(prefix=both.new), "rebuild")
    take_back(secured.owner, "User:rebuilder", [Right("group", group, "READ")])
    log = tmp_path / "copying.log"
    with copying(both, log) as process:
        assert process.wait(60) == 1
    [*_, line] = log.read_text().splitlines()
    assert line.startswith("error: ") and "`dealwatch topics acls" in line
