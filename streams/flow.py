"""THE page to read: the way of an event through the rooms, door after door. Pure: nothing happens here, all is values.

decode (before this page: the event's time decides which deadlines come first, see `streams/partition.py`)
admit -> fold -> measure -> score -> decide -> guide        an event arrives     `on_event`
mature -> ask -> measure -> score -> decide -> guide        a deadline passes    `on_tick`
hear -> close an epoch -> learn -> publish          a lesson reaches the learner `on_lesson`
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from models.ballots import Vote
from models.rank import ranked
from models.schema import Vector
from models.scorer import Scorer
from models.snapshot import ModelSet
from streams.alerts.act import objection
from streams.alerts.alert import RiskStatement
from streams.alerts.decide import decide, never
from streams.alerts.explain import explain
from streams.alerts.guide import guide, must_press
from streams.alerts.policy import Policy
from streams.alerts.view import Outlook, View
from streams.effects import Effect, Follow, Publish, Reject, Step, Teach
from streams.events.action import Action, is_action
from streams.events.contract import BY_KIND, AnyEvent
from streams.events.rejection import Reason, Rejection
from streams.facts import Fact, Name
from streams.features.measure import measure
from streams.labels.classroom import Classroom
from streams.labels.lesson import Answered, Asked, Heard, Lesson, StaysChanged, TakenBack, VotesChanged
from streams.labels.mature import ask, mature, next_answer, next_question
from streams.labels.outcome import INACTIVITY, SILENCE, SLIPPAGE, TARGETS, WIN, asked_at, silence_due
from streams.labels.revise import take_back
from streams.labels.spans import ended_spans
from streams.labels.stays import changed_stays
from streams.state.admit import LATENESS, Admission, admit, fingerprint, lateness
from streams.state.feeds import Feed
from streams.state.fold import Arrival, fold, settle
from streams.state.history import follow, last_day, what_happened
from streams.state.memory import DealState
from streams.state.opportunity import DAY, Opportunity
from streams.state.watch import Estimate, Watch

if TYPE_CHECKING:  # the learner's libraries take a second to import, which whoever only scores need not wait for
    from models.learn import Learner

#: A closed deal is forgotten this long after its end, once nothing is owed any more.
RETENTION = 400 * DAY

_SCORED, _TICKED = Fact(Name.DEAL_SCORED), Fact(Name.DEAL_TICKED)
_FOLDED = {event: Fact(Name.EVENT_FOLDED, kind) for kind, event in BY_KIND.items()}
_ASKED: dict[str, Fact] = {target: Fact(Name.QUESTION_ASKED, target) for target in TARGETS}
_LABELS = {True: "yes", False: "no", None: "withdrawn"}
_REFUSALS = {Admission.CONFLICT: Reason.CONFLICTING_DUPLICATE, Admission.LATE: Reason.LATE}


class Room(Struct, frozen=True, gc=False):
    """What a step may know besides the deal: the models in use, the feeds, and the policy."""

    scorer: Scorer
    feeds: dict[str, Feed]
    policy: Policy


def on_event(state: DealState | None, event: AnyEvent, offset: int, now: int, room: Room) -> Step:
    """Take in one event of one deal at partition time `now` (not before the event's own time)."""
    mark = fingerprint(event)
    admission = admit(state, mark, event.at, offset, now)
    if admission is not Admission.FRESH:
        return _turned_away(state, event, admission, now)
    said = event if is_action(event) else None
    if said is not None and (why := _objection(state, said)):
        return _refused(state, Rejection(Reason.UNKNOWN_ALERT, why))
    feed = room.feeds.get(event.source)
    horizon = (feed.inactivity_days if feed else None) or room.policy.inactivity_days
    folded = fold(state, event, Arrival(mark, offset, now), room.policy.timezone, horizon)
    folded, taken = take_back(state, folded, now)
    folded = _resume_grid(state, folded, now)
    spans = ended_spans(None if state is None else state.facts, folded.facts, now)
    if stays := changed_stays(state, folded, event, room.policy.timezone):
        spans.append(StaysChanged(folded.facts.id, now, offset, stays))
    watch, answers = mature(folded, now)
    taught: list[Effect] = [Teach(each) for each in (*spans, *taken, *answers)]
    noticed = [_FOLDED[type(event)], *_given([*taken, *answers])]
    return _look(folded, watch, now, room, taught, noticed, event=event)


def on_tick(state: DealState, now: int, room: Room) -> Step:
    """Look at a deal at its deadline `now`: give the answers that are due, ask the day's question, decide again."""
    watch, answers = mature(state, now)
    facts = state.facts
    effects: list[Effect] = [Teach(each) for each in answers]
    noticed = [_TICKED, *_given(answers)]
    measured = None
    question = next_question(facts, watch)
    if question is not None and question <= now:
        watch, targets = ask(facts, watch, now)
        measured = _measured(facts, now, room)
        said = {each: measured.said[each] for each in targets}
        effects.append(Teach(Asked(facts.id, watch.asked, now, measured.vector, said)))
        noticed += [_ASKED[each] for each in targets]
    state = settle(state, now, room.policy.timezone)
    farewell = _farewell(facts)
    if farewell is not None and farewell <= now and next_answer(watch) is None:
        return Step(None, tuple(effects), tuple(noticed))
    return _look(state, watch, now, room, effects, noticed, measured)


def on_lesson(classroom: Classroom, learner: Learner, lesson: Heard) -> list[ModelSet]:
    """Take in one lesson on the learner's side; return the models of every epoch that begins because of it."""
    began = classroom.progress.next_epoch
    classroom.hear(lesson)
    published = []
    if began is None and classroom.progress.next_epoch is not None:
        published.append(classroom.pins.over(learner.publish(classroom.progress.next_epoch)))
    while (epoch := classroom.ready()) is not None:
        deals = classroom.asked_on(epoch)
        cases = list(classroom.close(epoch))
        if classroom.pins.holds:
            classroom.pins.judge(cases, learner.publish(epoch))
        learner.learn(cases)
        learner.norms = classroom.norms(epoch, learner.norms)
        learner.ballots = classroom.ballots(epoch, learner.ballots)
        models = classroom.pins.over(replace(learner.publish(epoch + 1), parent=epoch))
        published.append(ranked(models, deals))
    return published


def _turned_away(state: DealState | None, event: AnyEvent, admission: Admission, now: int) -> Step:
    if admission in _REFUSALS:
        reason = _REFUSALS[admission]
        how = f", {lateness(event.at, now)}" if admission is Admission.LATE else ""
        return _refused(state, Rejection(reason, f"event {event.id} of {event.source}{how}"))
    name = Name.EVENT_DUPLICATE if admission is Admission.DUPLICATE else Name.EVENT_REPLAYED
    return Step(state, (), (Fact(name),))


def _refused(state: DealState | None, refusal: Rejection) -> Step:
    return Step(state, (Reject(refusal),), (Fact(Name.EVENT_DEAD, refusal.reason.value),))


def _objection(state: DealState | None, said: Action) -> str:
    return "the deal is not known" if state is None else objection(state.watch, said)


class _Measured(Struct, frozen=True, gc=False):
    vector: Vector
    said: dict[str, float]


def _measured(facts: Opportunity, now: int, room: Room) -> _Measured:
    vector = measure(facts, now)
    return _Measured(vector, room.scorer.probabilities(vector))


def _look(
    state: DealState,
    watch: Watch,
    now: int,
    room: Room,
    effects: list[Effect],
    noticed: list[Fact],
    measured: _Measured | None = None,
    event: AnyEvent | None = None,
) -> Step:
    """Measure, score, decide and guide; write down what was said and when to look again.

    `measured` is there where the models were just asked the day's question: its answers go down in the history.
    `event` is what just arrived; a person's action on the deal's alert is one.
    """
    facts = state.facts
    asked = measured is not None
    outlooks: dict[str, Outlook] = {}
    estimates: dict[str, Estimate] = {}
    if facts.is_open:
        measured = measured or _measured(facts, now, room)
        outlooks, estimates = _outlooks(facts, watch, measured.said, now, room.scorer.models)
        noticed.append(_SCORED)
    norms = room.scorer.models.norms

    def chance_at(target: str, at: int) -> float:
        return room.scorer.probabilities(measure(facts, at))[target]

    view = View(facts, now, outlooks, norms, room.policy, room.feeds, watch.reasons, watch.horizon_days, chance_at)

    def state_risk(target: str) -> RiskStatement | None:
        asked = target if target in outlooks else next(iter(outlooks), None)
        if asked is None or measured is None:
            return None
        scorer = room.scorer
        return explain(view, scorer.models.targets[asked], lambda seen: scorer.probabilities(seen)[asked])

    said = event if event is not None and is_action(event) else None
    press = never if event is not None else partial(must_press, view, watch.runs)
    decision = decide(view, watch.alert, state_risk, said, press)
    guided = guide(view, decision, watch.runs, event)
    for alert in guided.alerts:
        effects.append(Publish(alert))
        noticed.append(Fact(Name.ALERT_MOVED, alert.rule, alert.transition, alert.severity))
    noticed += [Fact(Name.REASON_MOVED, rule, move.value) for rule, move in decision.moves]
    if decision.votes:
        effects.append(Teach(VotesChanged(facts.id, now, state.offset, decision.votes)))
        noticed += [_voted(vote, times) for vote, times in decision.votes]
    for each in guided.events:
        effects.append(Follow(each))
        noticed.append(Fact(Name.PLAY_MOVED, each.play, each.happened, each.arm))
    looks = [each for each in (decision.look_at, guided.look_at) if each is not None]
    due = _next_look(state, watch, min(looks, default=None), now)
    history = _followed(facts, watch, estimates) if asked else watch.history
    watch = replace(
        watch,
        reasons=decision.reasons,
        alert=decision.alert,
        held=decision.held,
        runs=guided.runs,
        estimates=estimates,
        history=history,
        due=due,
    )
    return Step(replace(state, watch=watch), tuple(effects), tuple(noticed))


def _voted(vote: Vote, times: int) -> Fact:
    said = ("useful" if vote.useful else "not_useful") if times > 0 else "taken_back"
    return Fact(Name.VOTE_CAST, vote.rule, said)


def _followed(facts: Opportunity, watch: Watch, said: dict[str, Estimate]) -> bytes:
    """Return the history with the answers to the question that was just asked."""
    day, slippage = last_day(watch.history), said.get(SLIPPAGE)
    return follow(
        watch.history,
        watch.asked,
        said[INACTIVITY].probability,
        None if slippage is None else slippage.probability,
        said[WIN].probability,
        0 if day is None else what_happened(facts, asked_at(watch, day)),
    )


def _next_look(state: DealState, watch: Watch, look_at: int | None, now: int) -> int | None:
    """When something about the deal may change without an event, at the earliest a millisecond from now."""
    due = next_answer(watch)
    if state.facts.is_open:
        following = next_question(state.facts, watch)
    elif state.recent:  # nobody asks about it any more: one look when its last events have become old, to sum them up
        following = state.recent[-1].at + LATENESS + 1
    else:
        following = _farewell(state.facts) if due is None else None
    if due is None or (following is not None and following < due):
        due = following
    if due is None or (look_at is not None and look_at < due):
        due = look_at
    return None if due is None else max(due, now + 1)


def _given(answers: Sequence[Lesson]) -> list[Fact]:
    facts = []
    for each in answers:
        if isinstance(each, Answered):
            facts.append(Fact(Name.ANSWER_GIVEN, each.target, _LABELS[each.label]))
        elif isinstance(each, TakenBack):
            facts.append(Fact(Name.ANSWER_GIVEN, each.target, "taken_back"))
    return facts


def _outlooks(
    facts: Opportunity, watch: Watch, said: dict[str, float], now: int, models: ModelSet
) -> tuple[dict[str, Outlook], dict[str, Estimate]]:
    """What the models say of the targets of which something is still open."""
    outlooks: dict[str, Outlook] = {}
    estimates: dict[str, Estimate] = {}
    for target in TARGETS:
        if target == SLIPPAGE and (facts.close_due is None or now >= facts.close_due):
            continue
        if target == SILENCE and now >= silence_due(facts, watch):
            continue
        model = models.targets[target]
        outlooks[target] = Outlook(said[target], model.base_rate, model.trained)
        estimates[target] = Estimate(said[target], now, model.version)
    return outlooks, estimates


def _resume_grid(before: DealState | None, after: DealState, now: int) -> DealState:
    """Begin the daily grid where a lead becomes a deal; go on in the future where it was seen late, or was closed."""
    if not after.facts.is_open or (before is not None and before.facts.is_open):
        return after
    watch = after.watch
    if before is None or before.facts.is_lead:
        watch = replace(watch, origin=after.facts.born_at if after.facts.created_at is not None else after.watch.origin)
    passed = max((now - watch.origin) // DAY, 0)
    if passed > watch.asked:
        settled = passed if not watch.asked else watch.settled
        watch = replace(watch, asked=passed, settled=settled)
    return replace(after, watch=watch)


def _farewell(facts: Opportunity) -> int | None:
    """When a deal that is over, or a lead that became none, is forgotten."""
    if facts.is_open:
        return None
    return max(facts.last_event_at, facts.closed_at or 0) + RETENTION
