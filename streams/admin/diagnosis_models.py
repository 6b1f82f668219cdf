"""What the doctor says of predictions: worse than the usual rate, not coming true, changed, or held for long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from models.snapshot import ModelSet, Weights
from streams.access.kafka import Address
from streams.admin.check import Check, Look
from streams.admin.modellog import day_of, read_snapshots
from streams.alerts.words import count
from streams.config.topics import Topics

#: As the alerts have it: figures of fewer cases are chance; an error of some hundredths is noise of a thousand cases.
_CASES, _CALIBRATION_ERROR = 1_000, 0.1
#: Days after which a pin may have been forgotten.
_HELD_DAYS = 14
_CHANGED = ("drift", "unusual")
NAME = "predictions"


class Finding(NamedTuple):
    """What is wrong with what is said of some targets, and what to do about it."""

    what: str
    targets: tuple[str, ...]
    todo: str


def model_checks(bootstrap: Address, topics: Topics) -> Iterator[Look]:
    """Yield the check, with its name."""
    yield NAME, lambda: predictions([each.models for each in read_snapshots(bootstrap, topics.models.name, 1)])


def predictions(newest: Sequence[ModelSet | None]) -> Check:
    """Whether what the newest models say (none: there are none yet) is worth hearing."""
    models = newest[-1] if newest else None
    if models is None:
        return Check(NAME, "ok", "nothing judged yet")
    found = [each for each in _findings(models) if each.targets]
    judged = sum(each.quality.cases > 0 for each in models.targets.values())
    if not found:
        return Check(NAME, "ok", f"{count(judged, 'target')} judged, none worse than its usual rate")
    said = "; ".join(f"{', '.join(each.targets)}: {each.what}" for each in found)
    return Check(NAME, "warn", said, found[0].todo)


def _findings(models: ModelSet) -> Iterator[Finding]:
    known = {name: each for name, each in models.targets.items() if each.trained > _CASES}
    back = "see `dealwatch models list`; `dealwatch models rollback DAY` says those of a good day again"
    yield Finding("worse than always saying the usual rate", _where(known, _is_worse), back)
    yield Finding("does not come true as often as it says", _where(known, _is_off), back)
    changed = tuple(
        name for name in models.targets if any(n.target == name and n.kind in _CHANGED for n in models.notices)
    )
    yield Finding(
        f"changed on {day_of(models.epoch - 1)}", changed, "see what in `dealwatch models list`: the world, or a feed?"
    )
    for name, each in models.targets.items():
        if each.pin is not None and (days := models.epoch - each.pin.since) >= _HELD_DAYS:
            held = f"pinned {count(days, 'day')} ago by {each.pin.by}{each.pin.reason and f' ({each.pin.reason})'}"
            yield Finding(held, (name,), "see `dealwatch models list`; `dealwatch models resume` lets it go")


def _where(of: dict[str, Weights], true: Callable[[Weights], bool]) -> tuple[str, ...]:
    return tuple(name for name, each in of.items() if true(each))


def _is_worse(weights: Weights) -> bool:
    return weights.quality.log_loss > weights.quality.base_log_loss


def _is_off(weights: Weights) -> bool:
    return weights.quality.ece is not None and weights.quality.ece > _CALIBRATION_ERROR
