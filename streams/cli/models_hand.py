"""`dealwatch models freeze|rollback|resume`: which models are said, decided by a person."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.models_list import handling_words, quality_words
from streams.cli.models_show import Targets, chosen_targets
from streams.cli.person import who
from streams.cli.session import bootstrap_of, settings_of
from streams.errors import NotFound

if TYPE_CHECKING:
    from models.snapshot import ModelSet, Weights
    from streams.access.kafka import Address
    from streams.config.topics import Topics
    from streams.labels.lesson import Handling
    from streams.labels.outcome import Target

_LONGEST_REASON = 300

Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why, for whoever looks at the models later.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document of what was said to the learner.")]


def freeze(
    ctx: typer.Context, target: Targets = None, reason: Reason = "", yes: Yes = False, json: Json = False
) -> None:
    """Go on saying the latest models, whatever is learned.

    From the next day on the models as they are now are said, of all targets or those that are named. The learner goes
    on beside; `models resume` lets it speak again.

    For example:
      dealwatch models freeze --reason "quarter's end"
      dealwatch models freeze --target win --yes
    """
    _pin(ctx, "latest", target, reason, yes, json)


def rollback(
    ctx: typer.Context,
    day: Annotated[str, typer.Argument(metavar="DAY", help="2026-03-01, or latest-7 for 7 days before the latest.")],
    target: Targets = None,
    reason: Reason = "",
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Say the models of an earlier day again.

    From the next day on the models of that day are said, of all targets or those that are named, whatever is learned.
    The learner goes on beside; `models resume` lets it speak again, and is the undo.

    For example:
      dealwatch models rollback latest-7 --target inactivity --reason "learned a broken feed"
      dealwatch models rollback 2026-03-01 --yes
    """
    _pin(ctx, day, target, reason, yes, json)


def resume(
    ctx: typer.Context, target: Targets = None, reason: Reason = "", yes: Yes = False, json: Json = False
) -> None:
    """Say what is learned again, after a freeze or a rollback.

    From the next day on, for all targets that are pinned or those that are named. What was learned meanwhile is not
    lost: `models show` has how good it was beside what was said.

    For example:
      dealwatch models resume
      dealwatch models resume --target inactivity --yes
    """
    from streams.labels.lesson import Pinned, Resumed

    _check(reason)
    bootstrap, topics = _place(ctx)
    newest, waiting = _now(bootstrap, topics)
    pinned = [
        name
        for name, each in newest.targets.items()
        if (isinstance(waiting[name], Pinned) if name in waiting else each.pin is not None)
    ]
    wanted = chosen_targets(newest, target)
    if target and (free := [name for name in wanted if name not in pinned]):
        raise NotFound(f"{', '.join(free)}: not pinned; pinned are {', '.join(pinned) or 'none'}. Nothing was done")
    if not pinned:
        raise NotFound("nothing is pinned; what is learned is said of every target")
    at, by = int(time.time() * 1000), who()
    resumed = [Resumed(each, at, by, reason) for each in _targets(wanted) if each in pinned]
    _confirm([_of_resume(newest.targets[each.target]) for each in resumed], yes, quiet=json)
    _say(bootstrap, topics, resumed, json)


def _pin(ctx: typer.Context, day: str, target: Sequence[str] | None, reason: str, yes: bool, json: bool) -> None:
    from streams.admin.modellog import read_models_of
    from streams.cli.moments import model_day
    from streams.labels.lesson import Pinned

    _check(reason)
    wanted = model_day(day)
    bootstrap, topics = _place(ctx)
    newest, _ = _now(bootstrap, topics)
    models = read_models_of(bootstrap, topics.models.name, wanted)
    at, by = int(time.time() * 1000), who()
    pinned = [
        Pinned(each, at, by, reason, models.features, models.targets[each])
        for each in _targets(chosen_targets(models, target))
    ]
    _confirm([_of_pin(newest.targets, each.weights) for each in pinned], yes, quiet=json)
    _say(bootstrap, topics, pinned, json)


def _place(ctx: typer.Context) -> tuple[Address, Topics]:
    from streams.config.topics import plan

    settings = settings_of(ctx)
    return bootstrap_of(settings), plan(settings)


def _now(bootstrap: Address, topics: Topics) -> tuple[ModelSet, Mapping[str, Handling]]:
    """The newest models, and what was done since."""
    from streams.admin.modellog import Day, read_models_of, waiting
    from streams.cli.screen import waiting as busy

    with busy(f"reading {topics.models.name} ..."):
        newest = read_models_of(bootstrap, topics.models.name, Day())
        return newest, waiting(bootstrap, topics, newest)


def _check(reason: str) -> None:
    if len(reason) > _LONGEST_REASON:
        raise typer.BadParameter(f"say it in at most {_LONGEST_REASON} characters", param_hint="--reason")


def _targets(names: Sequence[str]) -> list[Target]:
    """The same names, as the contract knows them."""
    from streams.labels.outcome import TARGETS

    return [each for each in TARGETS if each in names]


def _of_pin(now: Mapping[str, Weights], weights: Weights) -> str:
    said = now[weights.target].version
    words = f"{weights.target}: {said} -> {weights.version}, {weights.trained:,} cases learned"
    if said == weights.version:
        words = f"{weights.target}: stays at {weights.version}, {weights.trained:,} cases learned"
    return f"{words}; on its day {quality_words(weights.quality)}"


def _of_resume(now: Weights) -> str:
    words = f"{now.target}: {now.version} -> what is learned"
    pin = now.pin
    if pin is None or not pin.held.cases:
        return words
    return (
        f"{words}; on the last {pin.held.cases:,} cases log loss {pin.held.log_loss:.3f} as pinned, "
        f"{pin.learned.log_loss:.3f} as learned"
    )


def _confirm(lines: Sequence[str], yes: bool, quiet: bool) -> None:
    """Say what will be, and ask; without anybody to ask nothing is done."""
    from streams.cli.screen import note

    if not quiet or not yes:
        for line in lines:
            note(line)
    if yes:
        return
    if not someone_is_there():
        raise typer.BadParameter("nobody is there to be asked; --yes does it without asking. Nothing was done")
    if not typer.confirm("From the next day on?", err=True):
        note("nothing was done")
        raise typer.Exit(1)


def someone_is_there() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()


def _say(bootstrap: Address, topics: Topics, handlings: Sequence[Handling], json: bool) -> None:
    from streams.admin.modellog import say
    from streams.cli.screen import print_document
    from streams.labels.lesson import Pinned

    say(bootstrap, topics, handlings)
    if json:
        print_document(
            [
                {
                    "target": each.target,
                    "done": "pinned" if isinstance(each, Pinned) else "resumed",
                    "version": each.weights.version if isinstance(each, Pinned) else None,
                    "by": each.by,
                    "reason": each.reason,
                }
                for each in handlings
            ]
        )
        return
    for each in handlings:
        print(f"from the next day on {handling_words(each)}")
    print("`dealwatch models list` shows when it counts; the day ends when every partition has reached midnight (UTC)")
