"""What somebody asks for on the page -> the event that says it, or why it makes no sense. Pure.

The event's time is the deal's: how far the time of its partition has come, as the page knows it. Where history is
replayed, or a demo runs ahead, the wall clock would be another year's. The desk puts it after what was handed in
before. Its id comes from the key that the browser makes for each intention, so asking twice acts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec
from msgspec import Meta, Struct

from streams.alerts.propose import accepted
from streams.alerts.update import Update
from streams.errors import DealwatchError, NotFound
from streams.events import action
from streams.events.control import AdjustmentData, ForecastAdjusted
from streams.events.decode import LATEST_YEAR
from streams.events.envelope import Event, Text, millis, moment_of
from streams.events.judgement import (
    HoldCleared,
    HoldClearedData,
    HoldData,
    HoldSet,
    UpdateRejected,
    UpdateRejectedData,
)
from streams.records import read_value
from streams.state.opportunity import DAY
from streams.web.alert_log import Episode
from streams.web.standing import Standing

SOURCE = "/dealwatch/page"
_MAX_NAME = 200
_MAX_DAYS = 3_650
#: What else may be said with an action, besides alert (or deal), note and actor.
_SAYS: dict[str, frozenset[str]] = {
    "acknowledge": frozenset(),
    "snooze": frozenset(("rule", "until", "days")),
    "dismiss": frozenset(("rule", "reason")),
    "done": frozenset(("rule",)),
    "assign": frozenset(("to",)),
    "reopen": frozenset(),
    "hold": frozenset(("reason", "until", "days")),
    "release": frozenset(),
    "accept": frozenset(("update", "value")),
    "reject": frozenset(("update",)),
    "adjust": frozenset(("period", "level", "unit", "amount")),
}
_MORE = frozenset.union(*_SAYS.values())
ABOUT_A_DEAL = ("hold", "release", "accept", "reject")
_ANSWERS = ("accept", "reject")
ABOUT_A_FORECAST = ("adjust",)

ActionName = Literal[
    "acknowledge", "snooze", "dismiss", "done", "assign", "reopen", "hold", "release", "accept", "reject", "adjust"
]
Name = Annotated[str, Meta(max_length=_MAX_NAME)]


class Refused(DealwatchError):
    """Why something that was asked for is not done: a status of HTTP, a fixed id, and a sentence."""

    def __init__(self, status: int, name: str, sentence: str) -> None:
        """Refuse with an HTTP status, the id of the problem, and a sentence for a person."""
        super().__init__(sentence)
        self.status, self.id, self.sentence = status, name, sentence


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a request.

    `until` is a date (its midnight, UTC) or an instant with its zone; `days` count from the deal's time. `reason` says
    why it was not useful, or why the deal rests. `value` is what was shown of a proposed update: where that has become
    another since, nothing is changed. `period`, `level` and `unit` say which forecast a figure is of; an empty `amount`
    takes back what was said of it.
    """

    action: ActionName
    key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{8,64}\Z")]
    alert: Name = ""
    deal: Name = ""
    rule: Name = ""
    until: Annotated[str, Meta(max_length=40)] = ""
    days: Annotated[int, Meta(ge=1, le=_MAX_DAYS)] | None = None
    reason: Annotated[str, Meta(max_length=40)] = ""
    note: Text = ""
    to: Name | None = None
    update: Annotated[str, Meta(max_length=40)] = ""
    value: Text = ""
    period: Annotated[str, Meta(max_length=40)] = ""
    level: Annotated[str, Meta(max_length=40)] = ""
    unit: Name = ""
    amount: Annotated[str, Meta(max_length=40)] | None = None
    actor: Name = ""


class AlertNow(Struct, frozen=True, kw_only=True):
    """An alert as the page knows it at `at`, the time of its deal's partition in milliseconds."""

    id: str
    opportunity: str
    at: int
    #: Those of its reasons, while it is open.
    rules: tuple[str, ...] = ()
    #: How it ended; empty while it is open.
    over: str = ""
    #: Who ended it, where a person did.
    ended_by: str = ""
    #: Whether the deal has had another alert since, or is closed.
    past: bool = False


class DealNow(Struct, frozen=True):
    """A deal as the page knows it at `at`, the time of its partition in milliseconds."""

    id: str
    at: int
    is_open: bool


def alert_now(alert: str, now: DealNow, deal: Standing | None, episode: Episode | None) -> AlertNow:
    """Put together what is known of an alert of a deal, which may be closed, and the alert long over."""
    if deal is not None and deal.alert is not None and deal.alert.id == alert:
        return AlertNow(id=alert, opportunity=now.id, at=now.at, rules=tuple(each.rule for each in deal.alert.reasons))
    last = episode.ended if episode else None
    another = (deal.alert or deal.watch.alert) if deal is not None else None
    since = episode is not None and another is not None and another.opened_at > episode.last.opened_at
    return AlertNow(
        id=alert,
        opportunity=now.id,
        at=now.at,
        over=last.resolution if last else "it is no longer open",
        ended_by=last.by if last else "",
        past=since or not now.is_open,
    )


_decoder = msgspec.json.Decoder(Asked)


def read_asked(body: bytes) -> Asked:
    """Read the body of a request; raises `Refused`."""
    try:
        asked = read_value(_decoder, body)
    except msgspec.ValidationError as error:
        raise _wrong(_in_words(error, Asked)) from error
    except msgspec.DecodeError as error:
        raise _wrong(f"the body is no JSON: {error}") from error
    given = {name for name in _MORE if getattr(asked, name) not in ("", None)}
    if strange := sorted(given - _SAYS[asked.action]):
        raise _wrong(f"{asked.action} takes no {' and no '.join(strange)}")
    if asked.action in ABOUT_A_FORECAST:
        return _about_one_forecast(asked)
    wanted = "deal" if asked.action in ABOUT_A_DEAL else "alert"
    if not getattr(asked, wanted):
        raise _wrong(f"{asked.action} is about {'a deal' if wanted == 'deal' else 'an alert'}: say its id as {wanted}")
    if asked.action in _ANSWERS and not asked.update:
        raise _wrong(f"{asked.action} answers a proposed update: say its id as update")
    return asked


def _about_one_forecast(asked: Asked) -> Asked:
    if asked.alert or asked.deal:
        raise _wrong(f"{asked.action} is about a forecast, not about a deal or an alert")
    if not asked.period or not asked.level:
        raise _wrong(f"{asked.action} is about a forecast: say its period, level and unit")
    if asked.amount is None:
        raise _wrong(f'{asked.action} says a figure, as amount; "" takes back what was said')
    return asked


def about_forecast(asked: Asked, now: int | None, *, is_known: bool, actor: str) -> Event:
    """The event that says a manager's figure for a forecast, or takes it back, at `now` (milliseconds).

    `is_known`: whether there is such a forecast. Raises `Refused` where it makes no sense.
    """
    if now is None or not is_known:
        whose = f"{asked.level} {asked.unit}".strip()
        raise Refused(404, NotFound.id, f"no forecast of {whose} for {asked.period} is kept here")
    fields = {"period": asked.period, "level": asked.level, "unit": asked.unit, "reason": asked.note}
    data = _checked({**fields, "amount": asked.amount or None}, AdjustmentData)
    return _event(asked, ForecastAdjusted, data, "", now, actor)


def about_alert(asked: Asked, found: AlertNow | None, actor: str) -> Event:
    """The event that says an action on an alert; raises `Refused` where that makes no sense."""
    if found is None:
        raise Refused(404, NotFound.id, f"no alert {asked.alert} is known here")
    if found.past:
        raise Refused(409, "err-alert-over", "the deal has had another alert since, or is closed")
    if found.over and asked.action != "reopen":
        raise Refused(409, "err-alert-over", f"the alert is over already: {found.over}")
    if found.over and not found.ended_by:
        raise Refused(409, "err-alert-over", f"the alert ended by itself: {found.over}; there is nothing to take back")
    if asked.rule and asked.rule not in found.rules:
        raise _wrong(f"the alert has no reason {asked.rule}; it has {', '.join(found.rules)}")
    kind, data = _said(asked, found.at)
    return _event(asked, kind, data, found.opportunity, found.at, actor)


def about_deal(asked: Asked, found: DealNow | None, actor: str, proposed: Sequence[Update] = ()) -> Event:
    """The event that holds or releases a deal, or answers an update that is `proposed`.

    Raises `Refused` where that makes no sense.
    """
    if found is None:
        raise Refused(404, NotFound.id, f"no deal {asked.deal} is known here")
    if not found.is_open:
        raise Refused(409, "err-deal-closed", "the deal is closed")
    if asked.action in _ANSWERS:
        return _answer(asked, found, actor, proposed)
    if asked.action == "release":
        return _event(asked, HoldCleared, HoldClearedData(), found.id, found.at, actor)
    until = _end(asked, found.at, needed=False)
    resume = None if until is None else moment_of(until).date().isoformat()
    data = _checked({"reason": asked.reason, "resume_date": resume, "note": asked.note}, HoldData)
    return _event(asked, HoldSet, data, found.id, found.at, actor)


def _answer(asked: Asked, found: DealNow, actor: str, proposed: Sequence[Update]) -> Event:
    update = next((each for each in proposed if each.id == asked.update), None)
    if update is None:
        raise Refused(409, "err-update-over", "this update is not proposed any more: look at the deal again")
    if asked.action == "reject":
        rejected = _checked({"update": update.id, "note": asked.note}, UpdateRejectedData)
        return _event(asked, UpdateRejected, rejected, found.id, found.at, actor)
    if asked.value and asked.value != update.value:
        raise Refused(409, "err-update-over", f"what is proposed has changed since: {update.title}")
    kind, data = accepted(update)
    return _event(asked, kind, data, found.id, found.at, actor)


def _said(asked: Asked, at: int) -> tuple[type[Event], Any]:
    fields: dict[str, Any] = {"alert": asked.alert, "note": asked.note}
    match asked.action:
        case "acknowledge":
            return action.AlertAcknowledged, _checked(fields, action.AcknowledgedData)
        case "snooze":
            until = _end(asked, at)
            assert until is not None
            return action.AlertSnoozed, _checked(
                {**fields, "rule": asked.rule, "until": moment_of(until)}, action.SnoozedData
            )
        case "dismiss":
            return action.AlertDismissed, _checked(
                {**fields, "rule": asked.rule, "reason": asked.reason}, action.DismissedData
            )
        case "done":
            return action.AlertDone, _checked({**fields, "rule": asked.rule}, action.DoneData)
        case "assign":
            if asked.to is None:
                raise _wrong('assign says whose it is from now on, as to; "" gives it back to the owner of the deal')
            return action.AlertAssigned, _checked({**fields, "to": asked.to.strip()}, action.AssignedData)
        case _:
            return action.AlertReopened, _checked(fields, action.ReopenedData)


def _end(asked: Asked, at: int, *, needed: bool = True) -> int | None:
    """The instant that `until` or `days` name; none where neither does and none is needed."""
    if asked.until and asked.days is not None:
        raise _wrong("say until or days, not both")
    if asked.days is not None:
        return at + asked.days * DAY
    if not asked.until:
        if needed:
            raise _wrong(f"{asked.action} says for how long: until (a date) or days")
        return None
    end = _instant(asked.until)
    if end <= at:
        raise _wrong(f"{asked.until} is over: for this deal it is {moment_of(at):%Y-%m-%d %H:%M} UTC")
    if moment_of(end).year > LATEST_YEAR:
        raise _wrong(f"{asked.until} is nobody's plan; say a day until {LATEST_YEAR}")
    return end


def _instant(text: str) -> int:
    try:
        return millis(datetime.fromisoformat(f"{date.fromisoformat(text)}T00:00:00+00:00"))
    except ValueError:
        pass
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise _wrong(f"{text!r} is no date; write it as 2026-03-01, or as 2026-03-01T09:30Z") from None
    if told.tzinfo is None:
        raise _wrong(f"{text!r} names no time zone; write it as 2026-03-01T09:30Z")
    return millis(told)


def _event(asked: Asked, kind: type[Event], data: Any, subject: str, at: int, actor: str) -> Event:
    return kind(
        id=f"page-{asked.key}",
        source=SOURCE,
        subject=subject,
        time=moment_of(at),
        actor=actor,
        side="seller",
        data=data,  # type: ignore[call-arg]  # every event of the contract has data
    )


def _checked(fields: dict[str, Any], kind: type[Struct]) -> Any:
    """The data of an event, held to the contract as it is for whatever comes from outside."""
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        raise _wrong(_in_words(error, kind)) from error


def _in_words(error: msgspec.ValidationError, kind: type[Struct]) -> str:
    """What is wrong with a request; where a field has few values, which."""
    said, _, field = str(error).rpartition(" - at `$.")
    field = field.rstrip("`")
    values = get_args(get_type_hints(kind).get(field)) if said else ()
    if not said or not all(isinstance(each, str) for each in values):
        values = ()
    among = f"; it is one of {', '.join(values)}" if values else ""
    return f"{field}: {said}{among}" if said else str(error)


def _wrong(sentence: str) -> Refused:
    return Refused(400, "err-action-wrong", sentence)
