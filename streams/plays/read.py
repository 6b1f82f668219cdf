"""Door: plain data, as a file of TOML has it -> a play, or every fault in it with its place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import msgspec

from streams.errors import PlayWrong
from streams.events.contract import BY_KIND
from streams.events.control import is_control_kind
from streams.plays.definition import PlayDefinition
from streams.plays.outcome import CONDITIONS


def read_play(said: Mapping[str, Any], rules: Collection[str]) -> PlayDefinition:
    """Validate a play; `rules` are those that it may name. Raises `PlayWrong`, which names what is wrong and where."""
    try:
        play = msgspec.convert(dict(said), PlayDefinition)
    except msgspec.ValidationError as error:
        raise PlayWrong(_shown(str(error))) from error
    if faults := [*_unknown(play, rules), *_at_odds(play)]:
        raise PlayWrong("; ".join(faults))
    return play


def plain(play: PlayDefinition) -> dict[str, Any]:
    """Return the play as plain data in its one form: what is at its default is left out."""
    found: dict[str, Any] = msgspec.to_builtins(play)
    return found


def _shown(complaint: str) -> str:
    """What the decoder says, with the place in front: `trigger.rules[0]: ...`."""
    what, _, where = complaint.partition(" - at `")
    place = where.rstrip("`").removeprefix("$").removeprefix(".")
    return f"{place}: {what}" if place else what


def _unknown(play: PlayDefinition, rules: Collection[str]) -> Iterator[str]:
    kinds = [kind for kind, event in BY_KIND.items() if not is_control_kind(event)]
    named = [("followed_by", play.followed_by), ("success.seen", play.success.seen)]
    named += [(f"steps[{number}].seen_in", step.seen_in) for number, step in enumerate(play.steps)]
    for place, told in named:
        yield from (f"{place}: {_no_such(kind, 'kind of event', kinds)}" for kind in told if kind not in kinds)
    wrong = (rule for rule in play.trigger.rules if rule not in rules)
    yield from (f"trigger.rules: {_no_such(rule, 'rule', rules)}" for rule in wrong)


def _no_such(name: str, what: str, known: Collection[str]) -> str:
    alike = get_close_matches(name, list(known), n=1)
    return f"there is no {what} {name!r}" + (f"; did you mean {alike[0]}?" if alike else "")


def _at_odds(play: PlayDefinition) -> Iterator[str]:
    trigger, success = play.trigger, play.success
    if not any(getattr(success, name) not in (None, False, ()) for name in CONDITIONS):
        yield f"success: names no condition; there are {', '.join(CONDITIONS)}"
    if trigger.on == "hold" and not trigger.hold:
        yield "trigger.hold: name the reasons for a hold that call for it, as budget"
    if trigger.on != "unattended" and trigger.after_business_days:
        yield "trigger.after_business_days: is for plays on unattended alerts"
    if trigger.on in ("hold", "not_ready"):
        yield from (
            f"trigger.{name}: is for plays on alerts"
            for name in ("rules", "severity")
            if getattr(trigger, name) not in ((), "info")
        )
        if success.reason_over or success.attended:
            yield "success: reason_over and attended are about alerts"
    if success.resumed is not None and trigger.on != "hold":
        yield "success.resumed: is for plays on holds"
    if play.touch_every_days is not None and trigger.on not in ("hold", "not_ready"):
        yield "touch_every_days: is for plays on holds or on buyers who are not ready"
    if any(later.due < earlier.due for earlier, later in zip(play.steps, play.steps[1:], strict=False)):
        yield "steps: must be in the order in which they are due"
    if success.resumed is None and play.steps[-1].due > success.within_business_days:
        yield "steps: the last is due after the run has failed (success.within_business_days)"
