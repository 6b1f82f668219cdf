"""Readable histories of sales deals, as typed events and as the records of a partition.

Days are counted from `MONDAY`, so that a test reads like a calendar: `a_call(day=3)`. An id is made of kind, deal and
day, so the same call builds the same event twice; `id=` names another one. `Timeline` lives a partition through event
by event and keeps what came out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import log
from random import Random
from typing import Any, NotRequired, TypedDict, Unpack

from msgspec import Struct
from msgspec.structs import replace

from models.ballots import Tallies
from models.hats import CONSTANT, main_slots
from models.learn import Learner
from models.norms import Norms
from models.schema import FEATURES, PHASES, WORDS, Vector, fingerprint
from models.scorer import Scorer
from models.snapshot import ModelSet, Weights
from streams.alerts.alert import Alert, Reason
from streams.alerts.plays import Play
from streams.alerts.policy import General, Policy, TeamRules
from streams.alerts.rules.record import Incomplete
from streams.backtest.tellings import tellings
from streams.config.plays import shipped
from streams.effects import Effect, Follow, Publish, Reject, Teach
from streams.events import action, activity, control, deal, judgement, people
from streams.events.contract import encode
from streams.events.envelope import Event, Origin, Side, millis
from streams.events.rejection import Rejection
from streams.flow import on_lesson
from streams.labels.classroom import Classroom
from streams.labels.lesson import Lesson
from streams.partition import ModelShelf, Partition
from streams.plays.event import PlayEvent
from streams.state.calendar import Calendar
from streams.state.memory import DealState
from streams.state.opportunity import DAY, Opportunity

#: Day 0 of every test.
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
#: All records are appended long after their events, unless a test says otherwise: no time is absurdly far ahead.
APPENDED_AT = millis(datetime(2040, 1, 1, tzinfo=UTC))
OPPORTUNITY = "opp-1"
SOURCE = "/crm"
TARGETS = ("inactivity", "silence", "slippage", "win", "no_decision")


class Envelope(TypedDict):
    """What a test may say about an event besides its day and its data."""

    id: NotRequired[str]
    source: NotRequired[str]
    subject: NotRequired[str]
    actor: NotRequired[str]
    side: NotRequired[Side]
    origin: NotRequired[Origin]


class _Complete(TypedDict):
    id: str
    source: str
    subject: str
    time: datetime
    actor: NotRequired[str]
    side: NotRequired[Side]
    origin: NotRequired[Origin]


def moment(day: float) -> datetime:
    """Return the instant `day` days after the Monday, exact to the millisecond."""
    return MONDAY + timedelta(milliseconds=round(day * DAY))


def ms(day: float) -> int:
    """Return the same instant in milliseconds since 1970, as states know it."""
    return millis(moment(day))


def calendar_day(day: int) -> date:
    """Return the calendar date `day` days after the Monday."""
    return moment(day).date()


def _envelope(kind: str, day: float, given: Envelope) -> _Complete:
    subject = given.get("subject", OPPORTUNITY)
    complete: _Complete = {"id": f"{kind}-{subject}-{day:g}", "source": SOURCE, "subject": subject, "time": moment(day)}
    return {**complete, **given}


class _Acting(TypedDict):
    id: str
    source: str
    subject: str
    time: datetime
    actor: str
    side: NotRequired[Side]
    origin: NotRequired[Origin]


def _acting(kind: str, day: float, given: Envelope) -> _Acting:
    complete = _envelope(kind, day, given)
    return {**complete, "actor": complete.get("actor", "ann")}


def an_opportunity(day: float = 0, data: deal.CreatedData | None = None, **envelope: Unpack[Envelope]) -> deal.Created:
    """Open a deal with an owner, a stage and an amount, but no close date."""
    usual = deal.CreatedData(name="Deal", owner="rep-1", stage="discovery", position=1, amount="12000", currency="EUR")
    return deal.Created(data=usual if data is None else data, **_envelope("created", day, envelope))


def a_stage(day: float, stage: str, position: int | None = None, **envelope: Unpack[Envelope]) -> deal.StageChanged:
    """Move the deal to a stage."""
    return deal.StageChanged(data=deal.StageData(stage=stage, position=position), **_envelope("stage", day, envelope))


def a_close_date(day: float, closes: int | None, **envelope: Unpack[Envelope]) -> deal.CloseDateChanged:
    """Plan the close for the calendar day `closes` days after the Monday (none: clear it)."""
    planned = None if closes is None else calendar_day(closes)
    return deal.CloseDateChanged(data=deal.CloseDateData(close_date=planned), **_envelope("close", day, envelope))


def an_amount(day: float, amount: str | None, **envelope: Unpack[Envelope]) -> deal.AmountChanged:
    """Change the amount."""
    return deal.AmountChanged(data=deal.AmountData(amount=amount), **_envelope("amount", day, envelope))


def a_category(
    day: float, category: deal.ForecastCategory, **envelope: Unpack[Envelope]
) -> deal.ForecastCategoryChanged:
    """Judge the deal for the forecast."""
    return deal.ForecastCategoryChanged(
        data=deal.CategoryData(category=category), **_envelope("category", day, envelope)
    )


def a_next_step(
    day: float, text: str = "send the offer", due: float | None = None, **envelope: Unpack[Envelope]
) -> deal.NextStepChanged:
    """Plan a next step (an empty text clears it)."""
    data = deal.NextStepData(text=text, due=None if due is None else moment(due))
    return deal.NextStepChanged(data=data, **_envelope("step", day, envelope))


def an_owner(day: float, owner: str, **envelope: Unpack[Envelope]) -> deal.OwnerChanged:
    """Hand the deal to another rep."""
    return deal.OwnerChanged(data=deal.OwnerData(owner=owner), **_envelope("owner", day, envelope))


def a_win(day: float, **envelope: Unpack[Envelope]) -> deal.Won:
    """Win the deal."""
    return deal.Won(**_envelope("won", day, envelope))


def a_loss(day: float, reason: str = "", *, no_decision: bool = False, **envelope: Unpack[Envelope]) -> deal.Lost:
    """Lose the deal."""
    return deal.Lost(data=deal.LostData(reason=reason, no_decision=no_decision), **_envelope("lost", day, envelope))


def a_reopening(day: float, **envelope: Unpack[Envelope]) -> deal.Reopened:
    """Open a closed deal again."""
    return deal.Reopened(**_envelope("reopened", day, envelope))


def a_deletion(day: float, **envelope: Unpack[Envelope]) -> deal.Deleted:
    """Delete the CRM object."""
    return deal.Deleted(**_envelope("deleted", day, envelope))


def a_restoration(day: float, **envelope: Unpack[Envelope]) -> deal.Restored:
    """Bring a deleted CRM object back."""
    return deal.Restored(**_envelope("restored", day, envelope))


def a_merge(day: float, into: str = "opp-2", **envelope: Unpack[Envelope]) -> deal.MergedInto:
    """Merge the deal into another one."""
    return deal.MergedInto(data=deal.ReferenceData(opportunity=into), **_envelope("merged", day, envelope))


def a_call(
    day: float,
    *,
    connected: bool = True,
    seconds: int = 600,
    contacts: tuple[str, ...] = (),
    **envelope: Unpack[Envelope],
) -> activity.CallLogged:
    """Talk to the buyer: the plainest contact."""
    data = activity.CallData(connected=connected, duration_seconds=seconds, contacts=contacts)
    return activity.CallLogged(data=data, **_envelope("call", day, envelope))


def a_message(day: float, **envelope: Unpack[Envelope]) -> activity.EmailSent:
    """Write to the buyer."""
    return activity.EmailSent(**_envelope("sent", day, envelope))


def a_reply(day: float, contacts: tuple[str, ...] = (), **envelope: Unpack[Envelope]) -> activity.EmailReceived:
    """Let the buyer write."""
    return activity.EmailReceived(data=activity.TouchData(contacts=contacts), **_envelope("reply", day, envelope))


def an_auto_reply(day: float, **envelope: Unpack[Envelope]) -> activity.EmailAutoReplied:
    """Let the buyer's machine write."""
    return activity.EmailAutoReplied(**_envelope("auto", day, envelope))


def a_touch(day: float, channel: str = "webinar", **envelope: Unpack[Envelope]) -> activity.MarketingTouched:
    """Let a campaign reach somebody of the buyer."""
    data = activity.MarketingData(channel=channel)
    return activity.MarketingTouched(data=data, **_envelope("touch", day, envelope))


def a_proposal(day: float, **envelope: Unpack[Envelope]) -> activity.ProposalSent:
    """Send a proposal."""
    return activity.ProposalSent(**_envelope("proposal", day, envelope))


def a_planned_meeting(day: float, starts: float, **envelope: Unpack[Envelope]) -> activity.MeetingScheduled:
    """Put a meeting on day `starts` into the calendars."""
    data = activity.MeetingData(starts=moment(starts))
    return activity.MeetingScheduled(data=data, **_envelope("meeting", day, envelope))


def a_cancellation(day: float, **envelope: Unpack[Envelope]) -> activity.MeetingCancelled:
    """Cancel the planned meeting."""
    return activity.MeetingCancelled(**_envelope("cancelled", day, envelope))


def a_no_show(day: float, **envelope: Unpack[Envelope]) -> activity.MeetingNoShow:
    """Wait for the buyer in vain."""
    return activity.MeetingNoShow(**_envelope("no-show", day, envelope))


def a_held_meeting(day: float, contacts: tuple[str, ...] = (), **envelope: Unpack[Envelope]) -> activity.MeetingHeld:
    """Meet the buyer."""
    return activity.MeetingHeld(data=activity.MeetingData(contacts=contacts), **_envelope("held", day, envelope))


def a_signature(day: float, **envelope: Unpack[Envelope]) -> activity.ProposalSigned:
    """Let the buyer sign."""
    return activity.ProposalSigned(**_envelope("signed", day, envelope))


def a_listing(day: float, contact: str, **envelope: Unpack[Envelope]) -> people.ContactAdded:
    """Put somebody of the buyer on record."""
    return people.ContactAdded(data=people.ContactData(contact=contact), **_envelope("listed", day, envelope))


def a_departure(day: float, contact: str, **envelope: Unpack[Envelope]) -> people.ContactLeft:
    """Let a person leave the buyer's company."""
    return people.ContactLeft(data=people.ContactData(contact=contact), **_envelope("left", day, envelope))


def a_hold(
    day: float, reason: judgement.HoldReason = "budget", resumes: int | None = None, **envelope: Unpack[Envelope]
) -> judgement.HoldSet:
    """Put the deal on hold until the calendar day `resumes` days after the Monday (none: open-ended)."""
    resume_date = None if resumes is None else calendar_day(resumes)
    return judgement.HoldSet(
        data=judgement.HoldData(reason=reason, resume_date=resume_date), **_envelope("hold", day, envelope)
    )


def a_cleared_hold(day: float, **envelope: Unpack[Envelope]) -> judgement.HoldCleared:
    """End the hold by hand."""
    return judgement.HoldCleared(**_envelope("hold-cleared", day, envelope))


def an_acknowledgement(day: float, alert: str, **envelope: Unpack[Envelope]) -> action.AlertAcknowledged:
    """Look after an alert."""
    return action.AlertAcknowledged(data=action.AcknowledgedData(alert=alert), **_acting("acknowledged", day, envelope))


def a_snooze(day: float, alert: str, until: float, rule: str = "", **envelope: Unpack[Envelope]) -> action.AlertSnoozed:
    """Want to hear nothing of an alert, or of one reason, until a day."""
    data = action.SnoozedData(alert=alert, until=moment(until), rule=rule)
    return action.AlertSnoozed(data=data, **_acting("snoozed", day, envelope))


def a_dismissal(
    day: float, alert: str, reason: action.NoUse = "known", rule: str = "", **envelope: Unpack[Envelope]
) -> action.AlertDismissed:
    """Call an alert, or one reason, of no use."""
    data = action.DismissedData(alert=alert, reason=reason, rule=rule)
    return action.AlertDismissed(data=data, **_acting("dismissed", day, envelope))


def a_done(day: float, alert: str, rule: str = "", **envelope: Unpack[Envelope]) -> action.AlertDone:
    """Say that it was done."""
    return action.AlertDone(data=action.DoneData(alert=alert, rule=rule), **_acting("done", day, envelope))


def an_assignment(day: float, alert: str, to: str, **envelope: Unpack[Envelope]) -> action.AlertAssigned:
    """Give an alert to somebody."""
    return action.AlertAssigned(data=action.AssignedData(alert=alert, to=to), **_acting("assigned", day, envelope))


def an_undoing(day: float, alert: str, **envelope: Unpack[Envelope]) -> action.AlertReopened:
    """Take back what was done about an alert."""
    return action.AlertReopened(data=action.ReopenedData(alert=alert), **_acting("alert-reopened", day, envelope))


def a_rejection(day: float, update: str, **envelope: Unpack[Envelope]) -> judgement.UpdateRejected:
    """Reject a proposed update."""
    data = judgement.UpdateRejectedData(update=update)
    return judgement.UpdateRejected(data=data, **_acting("update-rejected", day, envelope))


def a_readiness(day: float, readiness: judgement.Readiness, **envelope: Unpack[Envelope]) -> judgement.ReadinessChanged:
    """Judge whether the buyer is ready."""
    return judgement.ReadinessChanged(
        data=judgement.ReadinessData(readiness=readiness), **_envelope("readiness", day, envelope)
    )


def a_heartbeat(day: float, source: str = SOURCE) -> control.ConnectorHeartbeat:
    """Let a connector say that it is alive and complete."""
    return control.ConnectorHeartbeat(id=f"heartbeat-{day:g}", source=source, time=moment(day))


def a_gap(day: float, since: float, until: float | None = None, source: str = SOURCE) -> control.ConnectorGap:
    """Let a connector say that it missed something."""
    data = control.GapData(since=moment(since), until=None if until is None else moment(until))
    return control.ConnectorGap(id=f"gap-{day:g}", source=source, time=moment(day), data=data)


def a_backfill(day: float, horizon_days: int | None = None, source: str = SOURCE) -> control.BackfillStarted:
    """Let a connector begin to deliver history, with its own inactivity horizon."""
    data = control.BackfillData(inactivity_horizon_days=horizon_days)
    return control.BackfillStarted(id=f"backfill-{day:g}", source=source, time=moment(day), data=data)


def a_clock(day: float) -> control.ClockAdvanced:
    """Say what time it is."""
    return control.ClockAdvanced(id=f"clock-{day:g}", source="/clock", time=moment(day))


def new_rules(day: float, rules: dict[str, Any]) -> control.RulesChanged:
    """Say by which rules alerts go from here on."""
    return control.RulesChanged(
        id=f"rules-{day:g}", source="/worker", time=moment(day), data=control.RulesData(rules=rules)
    )


def a_figure(
    day: float,
    amount: str | None,
    unit: str = "north",
    *,
    level: control.ForecastLevel = "team",
    period: str = "FY2024-Q1",
    name: str = "",
) -> control.ForecastAdjusted:
    """Let a manager say a figure of a unit's forecast, or take it back."""
    data = control.AdjustmentData(period=period, level=level, unit=unit, amount=amount, reason="I asked them")
    return control.ForecastAdjusted(
        id=name or f"figure-{day:g}", source="/people", time=moment(day), actor="mia", data=data
    )


@dataclass(frozen=True, slots=True)
class Delivery:
    """One Kafka record on its way into a partition."""

    offset: int
    value: bytes | None
    key: bytes | None = None
    timestamp: int = APPENDED_AT


def deliveries(events: Iterable[Event | bytes], first: int = 0) -> list[Delivery]:
    """Return events, or raw values, as the records of one partition."""
    values = (event if isinstance(event, bytes) else encode(event) for event in events)
    return [Delivery(first + index, value) for index, value in enumerate(values)]


def a_vector(filled: float | None = None, **values: float | str | None) -> Vector:
    """A measurement that has `filled` in place of each number that is not named, and no words but those named."""
    numbers = {feature.name: 0.0 if feature.name in ("phase", "weekday") else filled for feature in FEATURES}
    words = {word.name: "" for word in WORDS}
    for name, value in values.items():
        if isinstance(value, str):
            words[name] = value
        else:
            numbers[name] = value
    return Vector(tuple(numbers.values()), tuple(words.values()))


def some_models(
    inactivity: float = 0.2,
    slippage: float = 0.5,
    win: float = 0.5,
    *,
    silence: float | None = None,
    no_decision: float = 0.4,
    base_rate: float = 0.2,
    cases: int = 0,
    norms: Norms | None = None,
) -> ModelSet:
    """Models that say the same of every deal; with less than 300 cases the model rules stay silent.

    Of a silence they say what they say of inactivity, unless told otherwise.
    """
    said_of = (inactivity, inactivity if silence is None else silence, slippage, win, no_decision)
    targets = {
        target: Weights(
            target,
            f"{target}-0",
            cases,
            base_rate,
            (base_rate,) * len(PHASES),
            {CONSTANT: log(said / (1.0 - said))},
            {},
        )
        for target, said in zip(TARGETS, said_of, strict=True)
    }
    return ModelSet(0, fingerprint(), targets, Norms() if norms is None else norms)


def some_moving_models() -> ModelSet:
    """Models whose probabilities follow silence, contacts and pushes far enough to be seen from day to day."""
    still = some_models(cases=500)
    curves = {"since_contact": 0.35, "contacts": -0.1, "stage_age": 0.1, "pushes": 1.5}
    slopes = {
        slot: place * step
        for feature in FEATURES
        if (step := curves.get(feature.name)) is not None
        for place, slot in enumerate(main_slots(feature))
    }
    moving = {name: replace(each, weights={**each.weights, **slopes}) for name, each in still.targets.items()}
    return replace(still, targets=moving)


class SchooledModels:
    """A shelf whose models say what they are told to, and know the votes that a timeline's lessons have brought.

    It hears lessons as the learner does; a day's models know the votes of the days before.
    """

    def __init__(self, models: ModelSet) -> None:
        """Say what `models` say, every day."""
        self._models = models
        self._learner = Learner()
        self._classroom = Classroom()
        self._scorers: dict[int, Scorer] = {}

    def hear(self, lesson: Lesson) -> None:
        """Take in a lesson; publish the models of every day that begins because of it."""
        for learned in on_lesson(self._classroom, self._learner, lesson):
            self._scorers[learned.epoch] = Scorer(replace(self._models, epoch=learned.epoch, feedback=learned.feedback))

    def models_of(self, epoch: int) -> Scorer | None:
        """Return the models of an epoch; none while they are not there."""
        return self._scorers.get(epoch)

    def feedback(self, epoch: int) -> Tallies:
        """Return what votes come to on a day."""
        return self._scorers[epoch].models.feedback


class SameModels:
    """A shelf that has the same models for every epoch, or others from a given day on."""

    def __init__(self, models: ModelSet | None = None, later: dict[int, ModelSet] | None = None) -> None:
        """Offer `models`, and those of `later` from their days after the Monday on."""
        self._scorer = Scorer(some_models() if models is None else models)
        first = ms(0) // DAY
        self._later = {first + day: Scorer(each) for day, each in sorted((later or {}).items())}

    def models_of(self, epoch: int) -> Scorer | None:
        """Return the models of an epoch."""
        found = self._scorer
        for day, scorer in self._later.items():
            if day <= epoch:
                found = scorer
        return found


def a_policy(*parameters: Struct, calendar: Calendar | None = None, **general: object) -> Policy:
    """Return what rules go by, with these parameters in place of the declared ones; `general` is what is no rule's."""
    named = {type(each): each for each in parameters}
    off = frozenset[str]() if Incomplete in named else frozenset(("incomplete",))  # tests tell of a deal what they need
    everyone = TeamRules(parameters=named, calendar=calendar or Calendar(), off=off)
    return Policy(everyone=everyone, general=General(**general), playbook=shipped())  # type: ignore[arg-type]  # its own fields


def advised(play: str) -> Play:
    """Return a play that comes with the product as an alert says it that begins no run."""
    found = shipped().of(play)
    assert found is not None
    steps = tuple(step.text for step in found.steps)
    return Play(found.id, found.version, found.title, steps, found.success.text, found.situation, found.who)


class Timeline:
    """A partition lived through; what came out is kept in order."""

    def __init__(
        self, models: ModelSet | None = None, policy: Policy | None = None, shelf: ModelShelf | None = None
    ) -> None:
        """Begin with an empty partition and models that never change."""
        self.shelf = shelf or SameModels(models)
        self.partition = Partition(0, 1, a_policy() if policy is None else policy, self.shelf)
        self.alerts: list[Alert] = []
        self.plays: list[PlayEvent] = []
        self.lessons: list[Lesson] = []
        self.rejections: list[Rejection] = []
        self._next = 0

    def tell(self, *events: Event | bytes | None) -> Timeline:
        """Deliver events, or raw values, one after the other."""
        for event in events:
            value = encode(event) if isinstance(event, Event) else event
            while not self.partition.handle(Delivery(self._next, value)):
                assert isinstance(self.shelf, SchooledModels), "the models of a day are missing"
                self._keep(effect for effect, _ in self.partition.drain())
            self._next += 1
            self._keep(effect for effect, _ in self.partition.drain())
        return self

    def until(self, day: float) -> Timeline:
        """Let time pass without an event."""
        return self.tell(a_clock(day))

    def deal(self, subject: str = OPPORTUNITY) -> DealState:
        """Return the state of a deal."""
        return self.partition.deals[subject]

    def facts(self, subject: str = OPPORTUNITY) -> Opportunity:
        """Return what is known of a deal."""
        return self.deal(subject).facts

    def of(self, rule: str) -> list[tuple[str, str, float]]:
        """Return a rule's reasons as (opened, escalated or resolved; severity; day), the day with two decimals."""
        words = {"told": "opened", "worse": "escalated", "over": "resolved"}
        return [
            (words[each.move], each.severity, round((each.at - ms(0)) / DAY, 2))
            for each in tellings(self.alerts)
            if each.rule == rule
        ]

    def told(self, rule: str) -> list[tuple[Alert, Reason]]:
        """Return where a rule's reason was told or got worse: the message, and the reason in it."""
        when = {(each.opportunity, each.at) for each in tellings(self.alerts) if each.rule == rule}
        return [
            (alert, reason)
            for alert in self.alerts
            for reason in alert.reasons
            if reason.rule == rule and (alert.opportunity, alert.at) in when
        ]

    def ended(self, rule: str) -> list[str]:
        """Return why each reason of a rule ended."""
        return [each.why for alert in self.alerts for each in alert.ended if each.rule == rule]

    def _keep(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Publish(alert):
                    self.alerts.append(alert)
                case Follow(event):
                    self.plays.append(event)
                case Teach(lesson):
                    self.lessons.append(lesson)
                    if isinstance(self.shelf, SchooledModels):
                        self.shelf.hear(lesson)
                case Reject(rejection):
                    self.rejections.append(rejection)


def a_market(deals: int = 24, days: int = 50, seed: int = 7) -> list[Event]:
    """Return the log of a small market, ordered by time: deals that live, go silent, slip, are won or lost."""
    events: list[Event] = [a_heartbeat(day / 4) for day in range(days * 4)]
    for number in range(deals):
        events += _a_life(Random(f"{seed}/{number}"), f"opp-{number}", days)
    return sorted(events, key=lambda event: (event.time, event.id))


def a_second_thought(events: Iterable[Event]) -> list[Event]:
    """Return a log in which deals that closed are reopened and close again, are merged, deleted or restored."""
    thoughts: list[Event] = []
    for number, end in enumerate(each for each in events if isinstance(each, deal.Won | deal.Lost)):
        day, subject = (end.time - MONDAY) / timedelta(days=1), end.subject
        thoughts += (
            [a_reopening(day + 2, subject=subject), a_loss(day + 5, subject=subject)],
            [a_reopening(day + 0.1, subject=subject), a_win(day + 0.2, subject=subject)],
            [a_merge(day + 3, subject=subject)],
            [a_deletion(day + 1, subject=subject), a_restoration(day + 4, subject=subject)],
        )[number % 4]
    return sorted([*events, *thoughts], key=lambda event: (event.time, event.id))


def _a_life(random: Random, subject: str, days: int) -> list[Event]:
    day = round(random.uniform(0, days / 2), 4)
    planned = int(day) + random.randint(10, 30)
    usual = deal.CreatedData(
        name=subject, owner=f"rep-{random.randint(1, 3)}", stage="discovery", position=1, amount="5000"
    )
    events: list[Event] = [
        an_opportunity(day, usual, subject=subject),
        a_close_date(day + 0.01, planned, subject=subject),
    ]
    rhythm = random.choice((1.0, 2.0, 4.0))
    end = min(day + random.expovariate(1 / 25), days - 1)
    position = 1
    while (day := round(day + random.expovariate(1 / rhythm) + 0.02, 4)) < end:
        chance = random.random()
        if chance < 0.5:
            events.append(a_call(day, contacts=(f"{subject}-{random.randint(1, 3)}",), subject=subject))
        elif chance < 0.7:
            events.append(a_message(day, subject=subject))
        elif chance < 0.8:
            position += 1
            events.append(a_stage(day, f"stage-{position}", position, subject=subject))
        elif chance < 0.9:
            planned = max(planned, int(day)) + random.randint(3, 14)
            events.append(a_close_date(day, planned, subject=subject))
        else:
            events.append(a_next_step(day, due=day + 5, subject=subject))
    if random.random() < 0.7:
        last = a_win(day, subject=subject) if random.random() < 0.5 else a_loss(day, subject=subject)
        events.append(last)
    return [event for event in events if event.time < moment(days)]
