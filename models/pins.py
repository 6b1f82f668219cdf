"""Door: somebody's hand on the models. Weights that are pinned are said instead of what is learned beside them.

A pin is heard like any other lesson, and decided by its place among them: from the next epoch that closes on the
pinned weights are published for their target, until it is resumed. So the same lessons give the same models. What was
heard once is known: a lesson that comes again changes nothing.

The learner goes on meanwhile. It must not take the pinned weights' mistakes for its own, so cases of which they spoke
are marked as such; and both are judged on the same cases, which is what one has to know before resuming.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from models.case import Case
from models.quality import follow
from models.schema import fingerprint
from models.score import probability
from models.snapshot import ModelSet, Notice, Pin, Quality, Weights

#: So many of the latest lessons are known again.
KNOWN_AGAIN = 64
#: A question that old is not answered any more: who answered it need not be known.
FORGET_AFTER_EPOCHS = 400


class Hand(NamedTuple):
    """Who laid a hand on a target's model, when (Unix time in milliseconds), and why. It identifies what was done."""

    target: str
    at: int
    by: str
    reason: str


class Held(Struct, frozen=True):
    """A target's pinned weights by their version, in effect since epoch `since`; none: from the next one on."""

    version: str
    hand: Hand
    since: int | None = None
    held: Quality = Quality()
    learned: Quality = Quality()


class PinState(Struct, frozen=True, omit_defaults=True):
    """All that is known of pins as plain values, but for the weights, which are kept beside it by their version."""

    held: dict[str, Held] = {}
    freed: dict[str, Hand] = {}
    refused: tuple[Notice, ...] = ()
    said: dict[str, str] = {}
    spans: dict[str, tuple[tuple[int, int], ...]] = {}
    known: tuple[Hand, ...] = ()


class Pins:
    """Which targets are pinned, and how it goes. Mutable, deterministic, without I/O.

    `weights` has the weights of every pinned version, as they were learned.
    """

    def __init__(self, state: PinState | None = None, weights: Mapping[str, Weights] | None = None) -> None:
        """Begin with nothing pinned, or continue. Raises KeyError for a version whose weights are not there."""
        self._state = state or PinState()
        self.weights = {held.version: (weights or {})[held.version] for held in self._state.held.values()}

    def pin(self, weights: Weights, features: str, hand: Hand) -> None:
        """Say these weights from the next epoch on; what cannot be said here is refused, with a notice of why."""
        if not self._is_new(hand):
            return
        if (why := _why_not(weights, features, hand.target)) is not None:
            said = self._state.said.get(hand.target, "")
            notice = Notice(hand.target, "refused", f"pin of {weights.version} by {hand.by}: {why}", said, said)
            self._state = replace(self._state, refused=(*self._state.refused, notice))
            return
        self._put({**self._state.held, hand.target: Held(weights.version, hand)}, self._state.freed)
        self.weights[weights.version] = replace(weights, quality=Quality(), pin=None)

    def resume(self, hand: Hand) -> None:
        """Say what is learned again, from the next epoch on; nothing happens where nothing is pinned."""
        if self._is_new(hand) and hand.target in self._state.held:
            held = {target: each for target, each in self._state.held.items() if target != hand.target}
            self._put(held, {**self._state.freed, hand.target: hand})

    def spoke(self, target: str, epoch: int) -> bool:
        """Whether pinned weights spoke of a target on a UTC day."""
        held = self._state.held.get(target)
        if held is not None and held.since is not None and epoch >= held.since:
            return True
        return any(first <= epoch < end for first, end in self._state.spans.get(target, ()))

    @property
    def holds(self) -> bool:
        """Whether pinned weights are said of any target now."""
        return any(each.since is not None for each in self._state.held.values())

    def judge(self, cases: Iterable[Case], learned: ModelSet) -> None:
        """Judge pinned weights, and beside them what was learned, on cases that are not learned yet."""
        held = dict(self._state.held)
        for case in cases:
            pinned = held.get(case.target)
            if pinned is None or pinned.since is None or case.taken_back is not None:
                continue
            here, there = self.weights[pinned.version], learned.targets[case.target]
            rate = there.base_rate
            held[case.target] = replace(
                pinned,
                held=follow(pinned.held, probability(here, case.vector), rate, case.label),
                learned=follow(pinned.learned, probability(there, case.vector), rate, case.label),
            )
        self._state = replace(self._state, held=held)

    def over(self, learned: ModelSet) -> ModelSet:
        """Return the models to publish: what was learned, with pinned weights over it and notices of what changed."""
        epoch, targets, notices = learned.epoch, dict(learned.targets), list(self._state.refused)
        held, spans = dict(self._state.held), dict(self._state.spans)
        for target, pinned in self._state.held.items():
            before = self._state.said.get(target, "")
            if pinned.since is None:
                pinned = held[target] = replace(pinned, since=epoch)
                text = f"{pinned.version} is said from now on, whatever is learned{_told(pinned.hand)}"
                notices.append(Notice(target, "pinned", text, pinned.version, before))
            spans[target] = _grown(spans.get(target, ()), epoch)
            quality = learned.targets[target].quality
            pin = Pin(pinned.since or epoch, pinned.hand.by, pinned.hand.reason, pinned.held, pinned.learned)
            targets[target] = replace(self.weights[pinned.version], quality=quality, pin=pin)
        for target, hand in self._state.freed.items():
            version, before = targets[target].version, self._state.said.get(target, "")
            was = spans.get(target, ())
            if target not in held and was and was[-1][1] == epoch:  # said by pinned weights until now
                text = f"what is learned is said again{_told(hand)}"
                notices.append(Notice(target, "resumed", text, version, before))
        said = {target: each.version for target, each in targets.items()}
        old = epoch - FORGET_AFTER_EPOCHS
        spans = {target: kept for target, each in spans.items() if (kept := tuple(s for s in each if s[1] > old))}
        self._state = PinState(held=held, said=said, spans=spans, known=self._state.known)
        return replace(learned, targets=targets, notices=(*learned.notices, *notices))

    def state(self) -> PinState:
        """Everything to continue from, but for the weights."""
        return self._state

    def _is_new(self, hand: Hand) -> bool:
        if hand in self._state.known:
            return False
        self._state = replace(self._state, known=(*self._state.known, hand)[-KNOWN_AGAIN:])
        return True

    def _put(self, held: dict[str, Held], freed: dict[str, Hand]) -> None:
        self._state = replace(
            self._state, held=held, freed={name: by for name, by in freed.items() if name not in held}
        )
        wanted = {each.version for each in held.values()}
        self.weights = {version: each for version, each in self.weights.items() if version in wanted}


def _why_not(weights: Weights, features: str, target: str) -> str | None:
    if features != fingerprint():
        return f"its weights are for other features ({features}, here {fingerprint()})"
    if weights.target != target:
        return f"its weights are those of {weights.target}"
    if not all(isfinite(each) for each in weights.weights.values()):
        return "one of its weights is no number"
    return None


def _grown(spans: tuple[tuple[int, int], ...], epoch: int) -> tuple[tuple[int, int], ...]:
    """The spans of epochs (the end is not in it) with one more."""
    if spans and spans[-1][1] >= epoch:
        return (*spans[:-1], (spans[-1][0], max(spans[-1][1], epoch + 1)))
    return (*spans, (epoch, epoch + 1))


def _told(hand: Hand) -> str:
    return f" ({hand.by}{': ' if hand.reason else ''}{hand.reason})"
