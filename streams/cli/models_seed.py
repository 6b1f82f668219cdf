"""`dealwatch models seed`: a system that begins with what was learned from history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.session import bootstrap_of, settings_of
from streams.cli.wholefile import whole
from streams.errors import DealwatchError, FileUnusable

if TYPE_CHECKING:
    from models.learn import LearnerState
    from models.seed import Seed
    from streams.access.kafka import Address
    from streams.admin.states import States

_DAY_MS = 86_400_000
#: `deal.examples`, and so `deal.learner`, has one partition.
_PARTITION = 0


class SeedUnwanted(DealwatchError):
    """A learner is at work, or has learned already."""

    id = "err-seed-unwanted"


def seed(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A seed, written by `dealwatch models learn`.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where a learner has learned already: what it learned is given up.")
    ] = False,
    save: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to keep the learner that is replaced, as a seed: the way back."),
    ] = None,
) -> None:
    """Let the learner begin from a seed: its models are used from the next day on, from the first where none were.

    Stop the workers before. Answers that were due before the end of the seed's history are not learned again, so its
    last months may be replayed to bring open deals in.

    For example:
      dealwatch models learn history.jsonl.gz -o history.seed
      dealwatch models seed history.seed
      dealwatch models seed history.seed --replace --save before.seed
    """
    from models.seed import Seed, pack_seed
    from streams.admin.states import read_states, write_states
    from streams.cli.screen import note, waiting, when
    from streams.config.topics import group_of, plan
    from streams.runtime.seed import learned_until, planted

    wanted = _read(file)
    settings = settings_of(ctx)
    bootstrap = bootstrap_of(settings)
    topic, group = plan(settings).learner.name, group_of(settings, "learn")
    with waiting(f"speaking to {bootstrap} ..."):
        _see_that_nobody_learns(bootstrap, group)
        states = read_states(bootstrap, topic, _PARTITION)
        before = _kept(states, replace)
        cases = 0 if before is None else sum(target.trained for target in before.targets.values())
        if cases and not replace:
            raise SeedUnwanted(
                f"the learner of {topic} has learned {cases:,} labels; add --replace to give them up for those of "
                f"{file.name}, and --save FILE to keep them"
            )
        if save is not None and before is not None:
            with whole(save) as stream:
                stream.write(pack_seed(Seed(before, learned_until(states.latest), topic, 0, cases)))
        records = planted(wanted, states.latest)
        write_states(
            bootstrap, topic, _PARTITION, records, states.term, lambda: _see_that_nobody_learns(bootstrap, group)
        )
    if save is not None and before is None:
        note(f"nothing was there to be kept in {save}")
    last = when(wanted.until * _DAY_MS - 1)[:10]
    given_up = f", in place of {cases:,} labels" if cases else ""
    print(
        f"{topic} begins with {wanted.cases:,} labels of {wanted.deals:,} deals from {wanted.history}, "
        f"until {last}{given_up}. Start a worker."
    )


def _read(file: Path) -> Seed:
    from models.seed import SeedRefused, unpack_seed

    try:
        return unpack_seed(file.read_bytes())
    except OSError as error:
        raise FileUnusable(f"{file}: {error.strerror}; name a seed, as `dealwatch models learn` writes it") from error
    except SeedRefused as error:
        raise FileUnusable(
            f"{file}: {error}; name a seed as `dealwatch models learn` of this version writes it"
        ) from error


def _kept(states: States, replace: bool) -> LearnerState | None:
    """The learner that is there; one that cannot be read stands in the way unless it is to be replaced."""
    from models.checkpoint import CheckpointRefused
    from streams.runtime.seed import kept_learner

    try:
        return kept_learner(states.latest)
    except CheckpointRefused as error:
        if replace:
            return None
        raise SeedUnwanted(f"there is a learner that cannot be read: {error}; --replace gives it up") from error


def _see_that_nobody_learns(bootstrap: Address, group: str) -> None:
    from streams.admin.lag import members

    if present := members(bootstrap, group):
        who = ", ".join(sorted({f"{each.client} on {each.host}" for each in present}))
        raise SeedUnwanted(
            f"a learner is at work ({who}, group {group}); stop the workers and try again. One that died is given up "
            "by Kafka after some seconds"
        )
