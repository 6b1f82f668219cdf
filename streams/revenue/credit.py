"""How the rules of attribution share one deal out over its touches: whole numbers, to the cent.

    first, last     all to the first (last) touch
    linear          the same to each
    u_shaped        40 % first, 40 % last, 20 % the others
    w_shaped        30 % first, 30 % the touch that the opportunity came from, 30 % last, 10 % the others
    full_path       22.5 % each: first, the one that made the lead, the one the opportunity came from, the one before
                    the close; 10 % the others; activities of the sellers are touches here
    time_decay      2^(-age / half-life), where the age is counted back from the last touch
    shapley         the same to each channel, however often it touched; within a channel the same to each touch

The opportunity came from the last touch up to its creation. The lead was made by the first touch in which the buyer
acted themselves. A touch that is two of these gets both shares. A part that nobody can have (no touch before creation,
no others) is shared by the rest in proportion: so one touch gets everything, and two of a U half each.

`shapley` is the Shapley value of the game in which a set of channels wins the deals that it touched alone: each deal is
a unanimity game of its channels, whose value is split evenly (Shapley 1953; for advertising Zhao, Mahboobi & Bagheri
2018). So it is exact for any number of channels, and a rule like the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import lcm
from typing import Literal

from msgspec import Struct

from streams.revenue.touches import Touch
from streams.state.opportunity import DAY

Rule = Literal["first", "last", "linear", "u_shaped", "w_shaped", "full_path", "time_decay", "shapley"]
#: What the touches are grouped by.
By = Literal["channel", "campaign"]
#: The half-life of time decay. Seven days are usual where people buy for themselves; companies take longer.
HALF_LIFE_DAYS = 30.0
#: Weight of the last touch in time decay; what is a millionth of a millionth of it gets nothing.
_ONE = 1 << 40


class Path(Struct, frozen=True, gc=False):
    """The touches of a deal up to its end, in order of time; instants in milliseconds."""

    touches: tuple[Touch, ...]
    activities: tuple[Touch, ...]
    opened_at: int
    half_life_days: float = HALF_LIFE_DAYS


class Shares(Struct, frozen=True, gc=False):
    """Touches, and how much each weighs among them: whole numbers, of which at least one is not zero."""

    touches: tuple[Touch, ...]
    weights: tuple[int, ...]


def group_of(touch: Touch, by: By) -> str:
    """The channel or the campaign of a touch."""
    return touch.channel if by == "channel" else touch.campaign


def shares(rule: Rule, path: Path, by: By) -> Shares | None:
    """What a rule gives to each touch; none where there is no touch."""
    touches = path.touches
    if rule == "full_path":
        touches = tuple(sorted(path.touches + path.activities))
    if not touches:
        return None
    return Shares(touches, tuple(_RULES[rule](touches, path, by)))


def credited(total: int, found: Shares, by: By) -> dict[str, int]:
    """An amount (cents) by channel or campaign; adds up to it. Who gets nothing is left out."""
    parts: dict[str, int] = {}
    for touch, part in zip(found.touches, allot(total, found.weights), strict=True):
        if part:
            group = group_of(touch, by)
            parts[group] = parts.get(group, 0) + part
    return parts


def allot(total: int, weights: Sequence[int]) -> list[int]:
    """Share out a whole number in proportion to weights; the parts add up to it.

    By the largest remainder (Hamilton), where remainders are equal to the earlier one. `weights` are whole numbers of
    at least 0 that are not all 0, `total` is at least 0; raises `ValueError` otherwise.
    """
    whole = sum(weights)
    if total < 0 or whole <= 0 or min(weights) < 0:
        raise ValueError("an amount of at least nothing is shared out by weights of which one is more than nothing")
    parts = [total * each // whole for each in weights]
    rest = total - sum(parts)
    if rest:
        by_remainder = sorted(range(len(weights)), key=lambda place: (-(total * weights[place] % whole), place))
        for place in by_remainder[:rest]:
            parts[place] += 1
    return parts


def _first(touches: Sequence[Touch], _path: Path, _by: By) -> list[int]:
    return [1] + [0] * (len(touches) - 1)


def _last(touches: Sequence[Touch], _path: Path, _by: By) -> list[int]:
    return [0] * (len(touches) - 1) + [1]


def _linear(touches: Sequence[Touch], _path: Path, _by: By) -> list[int]:
    return [1] * len(touches)


def _u_shaped(touches: Sequence[Touch], _path: Path, _by: By) -> list[int]:
    return _keyed(len(touches), [0, len(touches) - 1], 400, 200)


def _w_shaped(touches: Sequence[Touch], path: Path, _by: By) -> list[int]:
    keys = [0, len(touches) - 1]
    came_from = _came_from(touches, path)
    if came_from is not None:
        keys.append(came_from)
    return _keyed(len(touches), keys, 300, 100)


def _full_path(touches: Sequence[Touch], path: Path, _by: By) -> list[int]:
    keys = [0, len(touches) - 1]
    came_from = _came_from(touches, path)
    if came_from is not None:
        keys.append(came_from)
    marketing = set(path.touches)
    made = next((place for place, each in enumerate(touches) if each.own and each in marketing), None)
    if made is not None:
        keys.append(made)
    return _keyed(len(touches), keys, 225, 100)


def _time_decay(touches: Sequence[Touch], path: Path, _by: By) -> list[int]:
    latest, half_life = touches[-1].at, path.half_life_days * DAY
    return [round(_ONE * 2.0 ** ((each.at - latest) / half_life)) for each in touches]


def _shapley(touches: Sequence[Touch], _path: Path, by: By) -> list[int]:
    groups = [group_of(each, by) for each in touches]
    times = Counter(groups)
    common = lcm(*times.values())
    return [common // times[each] for each in groups]


def _came_from(touches: Sequence[Touch], path: Path) -> int | None:
    """The place of the last touch up to the creation of the opportunity."""
    places = [place for place, each in enumerate(touches) if each.at <= path.opened_at]
    return places[-1] if places else None


def _keyed(count: int, keys: Sequence[int], key_share: int, others_share: int) -> list[int]:
    """Weights where each key gets its share (in thousandths) and the others have theirs together."""
    others = count - len(set(keys))
    weights = [0 if place in keys else others_share for place in range(count)]
    for place in keys:
        weights[place] += key_share * max(others, 1)
    return weights


_RULES: dict[Rule, Callable[[Sequence[Touch], Path, By], list[int]]] = {
    "first": _first,
    "last": _last,
    "linear": _linear,
    "u_shaped": _u_shaped,
    "w_shaped": _w_shaped,
    "full_path": _full_path,
    "time_decay": _time_decay,
    "shapley": _shapley,
}
#: The rules in the order in which they are told.
RULES: tuple[Rule, ...] = tuple(_RULES)
