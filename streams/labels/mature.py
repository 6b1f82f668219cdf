"""Door of room 6: (state, now) -> answers that fall due. And `ask`: what a grid step asks.

Answers come out when their time has come, never earlier; both functions return the watch that remembers it.
"""

from __future__ import annotations

from msgspec.structs import replace

from streams.labels.lesson import Answered, Lesson
from streams.labels.outcome import (
    AT_CLOSE,
    INACTIVITY,
    SILENCE,
    SLIPPAGE,
    WITHDRAWN,
    answer_at_close,
    asked_at,
    asks_end,
    inactivity_due,
    reached,
    silence_due,
    was_inactive,
)
from streams.state.memory import DealState
from streams.state.opportunity import Opportunity
from streams.state.watch import Promise, Watch


def mature(state: DealState, now: int) -> tuple[Watch, list[Lesson]]:
    """Return the answers known by `now`, and the watch without them."""
    facts, watch = state.facts, state.watch
    if facts.status in WITHDRAWN:
        return _withdraw(facts, watch, now)
    lessons: list[Lesson] = []
    settled = watch.settled
    while settled < watch.asked and inactivity_due(watch, settled + 1) <= now:
        settled += 1
        label = was_inactive(facts, asked_at(watch, settled))
        lessons.append(Answered(facts.id, INACTIVITY, settled, settled, inactivity_due(watch, settled), label))
    for promise in watch.silences:
        if promise.due <= now:
            silent = reached(facts, watch, promise.due)
            lessons.append(Answered(facts.id, SILENCE, promise.first, promise.last, promise.due, silent))
    for promise in watch.promises:
        if promise.due <= now:
            slipped = not (facts.status == "won" and (facts.closed_at or 0) <= promise.due)
            steps = promise.first, promise.last
            lessons.append(Answered(facts.id, SLIPPAGE, *steps, promise.due, slipped, watch.revision))
    decided = watch.decided
    if not facts.is_open and watch.asked and not decided:
        for target in AT_CLOSE:
            ended = answer_at_close(target, facts)
            lessons.append(Answered(facts.id, target, 1, watch.asked, now, ended, watch.revision))
        decided = True
    if lessons:
        silences, promises = (tuple(one for one in owed if one.due > now) for owed in (watch.silences, watch.promises))
        watch = replace(watch, settled=settled, silences=silences, promises=promises, decided=decided)
    return watch, lessons


def ask(facts: Opportunity, watch: Watch, now: int) -> tuple[Watch, tuple[str, ...]]:
    """Return the targets that the grid step at `now` asks about, and the watch that owes their answers."""
    step = watch.asked + 1
    targets = [INACTIVITY]
    silences, promises = watch.silences, watch.promises
    if now < (due := silence_due(facts, watch)):
        targets.append(SILENCE)
        silences = _promised(silences, due, step)
    if facts.close_due is not None and now < facts.close_due:
        targets.append(SLIPPAGE)
        promises = _promised(promises, facts.close_due, step)
    if asks_end(step):
        targets += AT_CLOSE
    return replace(watch, asked=step, silences=silences, promises=promises), tuple(targets)


def next_question(facts: Opportunity, watch: Watch) -> int | None:
    """When the next grid step is, while the deal is open."""
    return asked_at(watch, watch.asked + 1) if facts.is_open else None


def next_answer(watch: Watch) -> int | None:
    """When the next answer falls due."""
    due = inactivity_due(watch, watch.settled + 1) if watch.settled < watch.asked else None
    for promises in (watch.silences, watch.promises):
        for promise in promises:
            if due is None or promise.due < due:
                due = promise.due
    return due


def _withdraw(facts: Opportunity, watch: Watch, now: int) -> tuple[Watch, list[Lesson]]:
    lessons: list[Lesson] = []
    if watch.settled < watch.asked:
        lessons.append(Answered(facts.id, INACTIVITY, watch.settled + 1, watch.asked, now, None))
    revision = watch.revision
    lessons += [Answered(facts.id, SILENCE, each.first, each.last, now, None) for each in watch.silences]
    lessons += [Answered(facts.id, SLIPPAGE, each.first, each.last, now, None, revision) for each in watch.promises]
    if watch.asked and not watch.decided:
        lessons += [Answered(facts.id, target, 1, watch.asked, now, None, revision) for target in AT_CLOSE]
    if not lessons:
        return watch, lessons
    return replace(watch, settled=watch.asked, silences=(), promises=(), decided=True), lessons


def _promised(promises: tuple[Promise, ...], due: int, step: int) -> tuple[Promise, ...]:
    """Owe the answer of one more step at `due`; steps in a row that fall due together are one promise."""
    if promises and promises[-1].due == due and promises[-1].last == step - 1:
        return (*promises[:-1], Promise(due, promises[-1].first, step))
    return (*promises, Promise(due, step, step))
