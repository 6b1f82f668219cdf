"""Hypothesis strategies: events of every type, histories of deals, and the faults of a delivery.

`WILD` data is whatever the contract allows and serves the codecs; `TAME` data has few stages, dates and people, so that
histories meet themselves again: pushes, steps back, ties in time, repeated names.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import count
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import replace

from models.schema import FEATURES, WORDS, Vector
from streams.events import action, activity, control, deal, judgement, people
from streams.events.contract import EVENT_TYPES, encode
from streams.events.envelope import Event
from tests.builders import MONDAY, a_clock, moment

Test = TypeVar("Test", bound=Callable[..., object])
Data = dict[type[Event], SearchStrategy[Any]]
#: `HUNT=50 pytest tests/properties` looks fifty times as long, and elsewhere each time. Without it every run looks at
#: the same examples: what fails for the first time in CI should be what was changed.
HUNT = int(os.environ.get("HUNT", "0"))


def law(examples: int) -> Callable[[Test], Test]:
    """Try a law on so many examples, the same ones every time."""
    return settings(
        max_examples=examples * max(HUNT, 1),
        derandomize=not HUNT,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


ORIGINS: SearchStrategy[str] = st.sampled_from(["human", "automation", "import", "default"])
SIDES: SearchStrategy[str] = st.sampled_from(["buyer", "seller", "both", "none"])
AMOUNTS = st.none() | st.decimals(0, 10**15 - 1, places=2).map(str) | st.integers(0, 10**15 - 1).map(str)
CURRENCIES = st.none() | st.sampled_from(["EUR", "USD", "JPY"])
TIMEZONES = st.sampled_from(["", "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
_OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
WILD_TEXT = st.text(max_size=12)
_UPDATE_IDS = st.integers(0, 2**80 - 1).map(lambda number: f"up-{number:020x}")
_ALERT_IDS = st.integers(0, 2**80 - 1).map(lambda number: f"al-{number:020x}")


def data_of(
    text: SearchStrategy[str],
    name: SearchStrategy[str],
    stage: SearchStrategy[str],
    days: SearchStrategy[date],
    instants: SearchStrategy[datetime],
) -> Data:
    """Return a strategy for the data of every event type, made of these words, dates and instants."""
    contacts = st.lists(name, max_size=3).map(tuple)
    seconds = st.integers(0, 7 * 86_400)
    recipients = st.sampled_from([0, 1, 50, 51, 1_000])
    touch = st.builds(activity.TouchData, contacts=contacts, duration_seconds=seconds, recipients=recipients)
    meeting = st.builds(activity.MeetingData, contacts=contacts, starts=st.none() | instants)
    contact = st.builds(people.ContactData, contact=name, role=text)
    position = st.none() | st.integers(0, 9)
    reference = st.builds(deal.ReferenceData, opportunity=name)
    backfill = st.builds(
        control.BackfillData,
        events=st.none() | st.integers(0, 10**6),
        inactivity_horizon_days=st.none() | st.integers(1, 365),
    )
    return {
        deal.Created: st.builds(
            deal.CreatedData,
            name=text,
            owner=st.just("") | name,
            account=text,
            product=text,
            stage=st.just("") | stage,
            position=position,
            amount=AMOUNTS,
            currency=CURRENCIES,
            close_date=st.none() | days,
            close_at=st.none() | instants,
            timezone=TIMEZONES,
            lead_source=text,
        ),
        deal.StageChanged: st.builds(
            deal.StageData, stage=stage, position=position, previous=text, update=st.none() | _UPDATE_IDS
        ),
        deal.CloseDateChanged: st.builds(
            deal.CloseDateData,
            close_date=st.none() | days,
            close_at=st.none() | instants,
            update=st.none() | _UPDATE_IDS,
        ),
        deal.AmountChanged: st.builds(deal.AmountData, amount=AMOUNTS, currency=CURRENCIES),
        deal.ForecastCategoryChanged: st.builds(
            deal.CategoryData,
            category=st.sampled_from(["omitted", "pipeline", "best_case", "most_likely", "commit", "closed"]),
        ),
        deal.NextStepChanged: st.builds(
            deal.NextStepData, text=text, due=st.none() | instants, update=st.none() | _UPDATE_IDS
        ),
        deal.OwnerChanged: st.builds(deal.OwnerData, owner=name),
        deal.Won: st.builds(deal.WonData, amount=AMOUNTS, currency=CURRENCIES, update=st.none() | _UPDATE_IDS),
        deal.Lost: st.builds(deal.LostData, reason=text, no_decision=st.booleans()),
        deal.Reopened: st.just(deal.EmptyData()),
        deal.MergedInto: reference,
        deal.Split: reference,
        deal.Deleted: st.just(deal.EmptyData()),
        deal.Restored: st.just(deal.EmptyData()),
        activity.CallLogged: st.builds(
            activity.CallData, contacts=contacts, duration_seconds=seconds, connected=st.booleans()
        ),
        activity.MeetingScheduled: meeting,
        activity.MeetingRescheduled: meeting,
        activity.MeetingHeld: meeting,
        activity.MeetingCancelled: meeting,
        activity.MeetingNoShow: meeting,
        activity.MarketingTouched: st.builds(
            activity.MarketingData, contacts=contacts, recipients=recipients, channel=text, campaign=text
        ),
        activity.EmailSent: touch,
        activity.EmailReceived: touch,
        activity.EmailBounced: touch,
        activity.EmailAutoReplied: touch,
        activity.ProposalSent: touch,
        activity.ProposalViewed: touch,
        activity.ProposalSigned: touch,
        people.ContactAdded: contact,
        people.ContactRemoved: contact,
        people.ContactLeft: contact,
        judgement.HoldSet: st.builds(
            judgement.HoldData,
            reason=st.sampled_from(["budget", "holiday", "legal", "procurement", "reorganisation", "other"]),
            resume_date=st.none() | days,
            note=text,
        ),
        judgement.HoldCleared: st.just(judgement.HoldClearedData()),
        judgement.ReadinessChanged: st.builds(
            judgement.ReadinessData, readiness=st.sampled_from(["ready", "not_ready"]), note=text
        ),
        judgement.UpdateRejected: st.builds(judgement.UpdateRejectedData, update=_UPDATE_IDS, note=text),
        action.AlertAcknowledged: st.builds(action.AcknowledgedData, alert=_ALERT_IDS, note=text),
        action.AlertSnoozed: st.builds(
            action.SnoozedData, alert=_ALERT_IDS, until=instants, rule=st.sampled_from(["", "silent"]), note=text
        ),
        action.AlertDismissed: st.builds(
            action.DismissedData,
            alert=_ALERT_IDS,
            reason=st.sampled_from(["known", "wrong", "no_action", "repeated", "other"]),
            rule=st.sampled_from(["", "silent"]),
            note=text,
        ),
        action.AlertDone: st.builds(action.DoneData, alert=_ALERT_IDS, rule=st.sampled_from(["", "silent"]), note=text),
        action.AlertAssigned: st.builds(action.AssignedData, alert=_ALERT_IDS, to=st.just("") | name, note=text),
        action.AlertReopened: st.builds(action.ReopenedData, alert=_ALERT_IDS, note=text),
        control.ConnectorHeartbeat: st.just(control.HeartbeatData()),
        control.ConnectorGap: st.builds(control.GapData, since=instants, until=st.none() | instants, reason=text),
        control.BackfillStarted: backfill,
        control.BackfillEnded: backfill,
        control.ClockAdvanced: st.just(control.HeartbeatData()),
        control.ForecastAdjusted: st.builds(
            control.AdjustmentData,
            period=st.sampled_from(["FY2024-Q1", "FY2024", "FY2024-M03"]),
            level=st.sampled_from(["rep", "team", "region"]),
            unit=name,
            amount=AMOUNTS,
            reason=text,
        )
        | st.builds(control.AdjustmentData, period=st.just("FY2024-Q1"), level=st.just("company"), amount=AMOUNTS),
        control.RulesChanged: st.builds(
            control.RulesData,
            rules=st.sampled_from(
                [
                    {},
                    {"rule": {"silent": {"factor": 2.0}, "no_next_step": {"on": False}}},
                    {"team": {"one": {"owners": ["ann"], "country": "NL", "rule": {"silent": {"on": False}}}}},
                    {"rule": {"nobody": {"knows": 1}}},
                ]
            ),
        ),
    }


#: Instants that survive every conversion: far from both ends of the calendar.
_FIRST, _LAST = datetime.fromisoformat("1991-01-01"), datetime.fromisoformat("2039-01-01")
WILD_INSTANTS = st.datetimes(_FIRST, _LAST, timezones=_OFFSETS)
WILD: Data = data_of(
    text=WILD_TEXT,
    name=st.text(min_size=1, max_size=12),
    stage=st.text(min_size=1, max_size=12),
    days=st.dates(date(1970, 1, 1), date(2200, 12, 31)),
    instants=st.datetimes(datetime(1970, 1, 3), datetime(2200, 12, 29), timezones=_OFFSETS),
)


def wild_events() -> SearchStrategy[Event]:
    """Events of every type, with whatever the contract allows in them."""
    return st.sampled_from(EVENT_TYPES).flatmap(
        lambda kind: st.builds(
            kind,
            id=st.text(min_size=1, max_size=20),
            source=st.text(min_size=1, max_size=20),
            time=WILD_INSTANTS,
            subject=st.text(min_size=1, max_size=20).filter(lambda text: not text.startswith("~")),
            actor=WILD_TEXT if kind not in NAMED else st.text(min_size=1, max_size=12),
            side=SIDES,
            origin=ORIGINS,
            data=WILD[kind],
        )
    )


#: Days after the Monday on a grid of quarter hours: ties in time are common.
TAME_DAYS = st.integers(0, 20 * 96).map(lambda quarter: quarter / 96)
TAME: Data = data_of(
    text=st.sampled_from(["", "a", "b"]),
    name=st.sampled_from(["ann", "bob", "cyd", "dan"]),
    stage=st.sampled_from(["discovery", "offer", "contract"]),
    days=st.integers(0, 60).map(lambda day: (MONDAY + timedelta(days=day)).date()),
    instants=st.integers(0, 60 * 24).map(lambda hour: moment(hour / 24)),
)
#: What only somebody with a name can say.
NAMED = (*action.ACTIONS, judgement.UpdateRejected, control.ForecastAdjusted)
DEAL_TYPES = tuple(kind for kind in EVENT_TYPES if kind not in control.CONTROL)
#: Without actions: those need an alert that is there.
HISTORY_TYPES = tuple(kind for kind in DEAL_TYPES if kind not in action.ACTIONS)


@st.composite
def histories(
    draw: st.DrawFn, kinds: tuple[type[Any], ...] = HISTORY_TYPES, deals: int = 2, least: int = 1, most: int = 14
) -> list[Event]:
    """Histories of a few deals, in the order of event time; every event has an id of its own."""
    size = draw(st.integers(least, most))
    events: list[Event] = []
    for number in range(size):
        kind: type[Any] = draw(st.sampled_from(kinds))
        subject = f"opp-{draw(st.integers(1, deals))}"
        given_side: dict[str, str] = {} if draw(st.booleans()) else {"side": draw(SIDES)}
        events.append(
            kind(
                id=f"e{draw(st.integers(0, 99)):02d}-{number}",
                source=draw(st.sampled_from(["/crm", "/mail"])),
                subject=subject,
                time=moment(draw(TAME_DAYS)),
                origin=draw(ORIGINS) if draw(st.booleans()) else "human",
                data=draw(TAME[kind]),
                **({"actor": "ann"} if kind in NAMED else {}),
                **given_side,
            )
        )
    return in_order(events)


def in_order(events: list[Event]) -> list[Event]:
    """Return the events by time, ties as the fold breaks them."""
    return sorted(events, key=lambda event: (event.time, event.id, event.source))


GARBAGE = st.sampled_from(
    [
        b"",
        b"null",
        b"not json",
        b'{"type":"deal.unheard_of.v1"}',
        b'{"id":"x","source":"/crm","type":"deal.won.v1","time":"2024-01-05T00:00:00Z"}',
        b'{"id":"x","source":"/crm","type":"deal.won.v1","time":"1066-10-14T09:00:00Z","subject":"opp-1"}',
        b'{"id":"x","source":"/crm","type":"deal.won.v1","time":"9999-10-14T09:00:00Z","subject":"opp-1"}',
        b"\xff\xfe",
    ]
)


@dataclass(frozen=True, slots=True)
class Faults:
    """How a history reaches us: values in the order of arrival, with announcements of the clock in between."""

    values: list[bytes]
    #: Values that are no event at all.
    garbage: int
    #: The same event once more.
    copies: int
    #: Another event under an id that is taken.
    contradictions: int


@st.composite
def faults(draw: st.DrawFn, history: list[Event], days: float = 7.0) -> Faults:
    """Shuffle, duplicate, contradict and delay a history, each event by at most `days`, with garbage in between.

    An event of time t that is delayed by d arrives when the clock of the source stands at t + d, and that clock may be
    announced: the partition's clock is never more than `days` ahead of an event.
    """
    order = count()
    queue: list[tuple[float, int, list[bytes]]] = []
    copies = garbage = contradictions = 0
    quarters = int(days * 96)
    for event in history:
        day = (event.time - MONDAY) / timedelta(days=1)
        arrival = day + draw(st.integers(0, quarters)) / 96 if draw(st.booleans()) else day
        arrivals = [(arrival, event)]
        again = draw(st.integers(0, 6))
        if again == 0:
            arrivals.append((arrival + draw(st.integers(0, 10)), event))
            copies += 1
        elif again == 1:
            arrivals.append((arrival + draw(st.integers(0, 10)), replace(event, actor="somebody else")))
            contradictions += 1
        for when, arriving in arrivals:
            values = [encode(arriving)]
            if draw(st.integers(0, 3)) == 0:
                values.insert(0, encode(a_clock(when)))
            if draw(st.integers(0, 7)) == 0:
                values.insert(0, draw(GARBAGE))
                garbage += 1
            queue.append((when, next(order), values))
    values = [value for _, _, group in sorted(queue) for value in group]
    return Faults(values, garbage, copies, contradictions)


def times_of(history: list[Event]) -> tuple[datetime, datetime]:
    """Return the first and the last event time of a history."""
    times = [event.time.astimezone(UTC) for event in history]
    return min(times), max(times)


@st.composite
def vectors(draw: st.DrawFn) -> Vector:
    """Measurements of all kinds: on knots, between them, beyond them, and unknown; of few words."""
    numbers: list[float | None] = []
    for feature in FEATURES:
        if feature.name in ("phase", "weekday"):
            numbers.append(draw(st.sampled_from(feature.knots)))
            continue
        on_knot = st.sampled_from(feature.knots)
        anywhere = st.floats(feature.knots[0] - 100, feature.knots[-1] * 3)
        numbers.append(draw(st.none() | on_knot | anywhere))
    return Vector(tuple(numbers), tuple(draw(st.sampled_from(("", "ann", "a=b|1@2"))) for _ in WORDS))
