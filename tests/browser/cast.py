"""The cast: hand-written deals with their events, and a chorus of plain ones from which the models learn.

Days are counted back from `NOW`: `day(12)` is twelve days before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from streams.events import activity, control, deal, judgement, people
from streams.events.envelope import Event

NOW = datetime(2026, 5, 22, 14, 40, tzinfo=UTC)
CRM = "/salesforce/prod"
MAIL = "/mail/exchange"
CALENDAR = "/calendar/google"
OWNERS = MARA, TOMAS, PRIYA, JONAS = ("Mara Lindqvist", "Tomas Okafor", "Priya Raman", "Jonas Weiss")
LADDER = ("Qualification", "Discovery", "Evaluation", "Proposal", "Negotiation")
_HOUSES = ("Alder", "Beacon", "Calder", "Eastgate", "Flint", "Granite", "Harbour", "Juniper", "Linden", "Northgate")
_TRADES = ("Pharma", "Optics", "Steel", "Packaging", "Insurance", "Dairies", "Aerospace")
_OFFERS = ("expense module", "access control", "field service app", "invoice automation", "quality suite")
#: A deal whose name is an attack.
HOSTILE_ID = "006/../x?y=1#z %41"
HOSTILE_NAME = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def day(ago: float, hour: float = 0.0) -> datetime:
    """The moment `ago` days (less `hour` hours) before `NOW`."""
    return NOW - timedelta(days=ago) + timedelta(hours=hour)


def date_of(ahead: int) -> date:
    """The calendar day `ahead` days after `NOW`."""
    return (NOW + timedelta(days=ahead)).date()


class Teller:
    """Tells the events of one deal; every method adds one and takes how many days ago it was."""

    def __init__(self, subject: str) -> None:
        """Begin with nothing told."""
        self.subject = subject
        self.events: list[Event] = []

    def _tell(self, kind: type[Event], ago: float, source: str = CRM, data: Any = None) -> Teller:
        number = len(self.events)
        fields: dict[str, Any] = {} if data is None else {"data": data}
        event = kind(id=f"{self.subject[:12]}-{number}", source=source, time=day(ago), subject=self.subject, **fields)
        self.events.append(event)
        return self

    def created(
        self, ago: float, name: str, account: str, owner: str, amount: str | None, closes: int, currency: str = "EUR"
    ) -> Teller:
        """Open the deal; it is planned to close `closes` days after `NOW`."""
        data = deal.CreatedData(
            name=name,
            account=account,
            owner=owner,
            amount=amount,
            currency=None if amount is None else currency,
            stage=LADDER[0],
            position=1,
            close_date=date_of(closes),
            lead_source="referral",
        )
        return self._tell(deal.Created, ago, data=data)

    def stage(self, ago: float, position: int) -> Teller:
        """Move to a stage."""
        return self._tell(deal.StageChanged, ago, data=deal.StageData(stage=LADDER[position - 1], position=position))

    def push(self, ago: float, ahead: int) -> Teller:
        """Move the close date to `ahead` days after `NOW`."""
        return self._tell(deal.CloseDateChanged, ago, data=deal.CloseDateData(close_date=date_of(ahead)))

    def amount(self, ago: float, amount: str) -> Teller:
        """Change the amount."""
        return self._tell(deal.AmountChanged, ago, data=deal.AmountData(amount=amount))

    def wrote(self, ago: float) -> Teller:
        """The seller wrote."""
        return self._tell(activity.EmailSent, ago, MAIL)

    def heard(self, ago: float, *contacts: str) -> Teller:
        """The buyer wrote."""
        return self._tell(activity.EmailReceived, ago, MAIL, data=activity.TouchData(contacts=contacts))

    def called(self, ago: float, minutes: int, *contacts: str) -> Teller:
        """Both spoke."""
        data = activity.CallData(duration_seconds=minutes * 60, contacts=contacts)
        return self._tell(activity.CallLogged, ago, data=data)

    def met(self, ago: float, *contacts: str) -> Teller:
        """Both met."""
        return self._tell(activity.MeetingHeld, ago, MAIL, data=activity.MeetingData(contacts=contacts))

    def will_meet(self, ago: float, ahead: float) -> Teller:
        """Put a meeting into the calendars, `ahead` days after `NOW`."""
        data = activity.MeetingData(starts=day(-ahead))
        return self._tell(activity.MeetingScheduled, ago, MAIL, data=data)

    def proposed(self, ago: float) -> Teller:
        """Send a proposal."""
        return self._tell(activity.ProposalSent, ago, MAIL)

    def step(self, ago: float, text: str, ahead: float) -> Teller:
        """Plan a next step, due `ahead` days after `NOW`."""
        return self._tell(deal.NextStepChanged, ago, data=deal.NextStepData(text=text, due=day(-ahead)))

    def hold(self, ago: float, ahead: int) -> Teller:
        """Rest until the budget comes."""
        data = judgement.HoldData(reason="budget", resume_date=date_of(ahead))
        return self._tell(judgement.HoldSet, ago, data=data)

    def not_ready(self, ago: float) -> Teller:
        """Judge that the buyer is not ready."""
        return self._tell(judgement.ReadinessChanged, ago, data=judgement.ReadinessData(readiness="not_ready"))

    def joined(self, ago: float, contact: str, role: str) -> Teller:
        """Somebody of the buyer joined."""
        return self._tell(people.ContactAdded, ago, data=people.ContactData(contact=contact, role=role))

    def won(self, ago: float) -> Teller:
        """Close as won."""
        return self._tell(deal.Won, ago)

    def lost(self, ago: float, reason: str) -> Teller:
        """Close as lost."""
        return self._tell(deal.Lost, ago, data=deal.LostData(reason=reason, no_decision=True))


def feeds(until: float = 0.0, hours: int = 3) -> Iterator[Event]:
    """Heartbeats of the feeds up to `until` days ago; the calendar feed, which no deal needs, falls silent."""
    for step in range(int(10 * 24 / hours), -1, -1):
        ago = until + step * hours / 24
        yield control.ConnectorHeartbeat(id=f"hb-crm-{ago:.3f}", source=CRM, time=day(ago))
        yield control.ConnectorHeartbeat(id=f"hb-mail-{ago:.3f}", source=MAIL, time=day(ago))
        if ago > 1.2:
            yield control.ConnectorHeartbeat(id=f"hb-calendar-{ago:.3f}", source=CALENDAR, time=day(ago))


def leading_parts() -> list[Teller]:
    """The deals that the tests speak of."""
    return [
        _fenwick(),
        _orchard(),
        _kestrel(),
        _halden(),
        _marlow(),
        _rowan(),
        _dunmore(),
        _umber(),
        _vantage(),
        _sable(),
        _hostile(),
    ]


def _fenwick() -> Teller:
    """Well on its way, then the buyer fell silent nine days before the planned close."""
    told = Teller("006Qh-fenwick")
    told.created(58, "Fenwick Logistics - fleet planning", "Fenwick Logistics", MARA, "184000", 9)
    told.called(56, 22, "kim").stage(52, 2).heard(50, "kim").wrote(49).met(45, "kim", "ana").stage(44, 3)
    told.heard(41, "ana").called(37, 18, "kim").stage(33, 4).proposed(32).heard(30, "kim").called(27, 31, "kim", "ana")
    told.stage(26, 5).push(20, 9).heard(17, "kim").step(16, "Contract to legal", -9).wrote(14).wrote(10).wrote(5)
    return told


def _orchard() -> Teller:
    """Pushed twice, and its close date is over."""
    told = Teller("006Qh-orchard")
    told.created(83, "Orchard Foods - demand planning", "Orchard Foods", TOMAS, "92500", -12)
    told.called(80, 12, "lee").stage(76, 2).heard(74, "lee").heard(70, "lee").met(66, "lee").stage(62, 3).heard(
        58, "lee"
    )
    told.called(51, 9, "lee").stage(49, 4).proposed(48).heard(44, "lee").push(40, -20).heard(36, "lee").push(29, -12)
    told.heard(24, "lee").wrote(19).called(15, 6, "lee").wrote(6)
    return told


def _kestrel() -> Teller:
    """All is well: in touch yesterday, and a meeting is planned."""
    told = Teller("006Qh-kestrel")
    told.created(41, "Kestrel Clinics - service desk", "Kestrel Clinics", MARA, "61250.50", 34)
    told.called(40, 15, "noor").heard(38, "noor", "sam").stage(35, 2).met(31, "noor", "sam", "ivo").heard(28, "sam")
    told.stage(25, 3).heard(22, "noor").called(18, 25, "ivo").heard(13, "sam").met(9, "noor", "ivo").stage(8, 4)
    told.proposed(7).heard(4, "noor").called(1.2, 14, "noor").will_meet(1.1, 5).step(
        1.1, "Walk through the proposal", 5
    )
    return told


def _halden() -> Teller:
    """A large one in dollars, stuck and silent."""
    told = Teller("006Qh-halden")
    told.created(66, "Halden Energy - contract archive", "Halden Energy", PRIYA, "240000", 26, currency="USD")
    told.called(64, 20, "joe").stage(60, 2).heard(57, "joe").met(52, "joe").stage(50, 3).heard(44, "joe")
    told.called(39, 11, "joe").heard(34, "joe").step(33, "Security questions", -21).heard(28, "joe").wrote(22)
    told.heard(20.5, "joe").wrote(12)
    return told


def _marlow() -> Teller:
    """No budget before July: at rest with a reason, in pounds."""
    told = Teller("006Qh-marlow")
    told.created(74, "Marlow Hotels - customer portal", "Marlow Hotels", PRIYA, "38900", 41, currency="GBP")
    told.called(72, 16, "ben").stage(68, 2).heard(64, "ben").stage(58, 3).heard(52, "ben").hold(46, 40).wrote(20)
    return told


def _rowan() -> Teller:
    """Young and lively."""
    told = Teller("006Qh-rowan")
    told.created(24, "Rowan Instruments - quality suite", "Rowan Instruments", TOMAS, "27400", 47)
    told.called(23, 8, "eva").heard(21, "eva").stage(19, 2).met(15, "eva", "max").heard(12, "max").called(7, 21, "eva")
    told.joined(6, "max", "economic buyer").heard(2.1, "eva").step(2, "Book discovery workshop", 6)
    return told


def _dunmore() -> Teller:
    """Hardly begun."""
    told = Teller("006Qh-dunmore")
    told.created(12, "Dunmore Retail - payroll rollout", "Dunmore Retail", JONAS, "15800", 60)
    return told.called(11, 5, "pia").wrote(9)


def _umber() -> Teller:
    """Without an amount, pushed again and again."""
    told = Teller("006Qh-umber")
    told.created(95, "Umber Textiles - data migration", "Umber Textiles", JONAS, None, -3)
    told.called(92, 7, "gus").stage(85, 2).heard(80, "gus").push(64, -30).heard(60, "gus").push(45, -15)
    told.heard(38, "gus").push(20, -3).heard(19, "gus").push(8, -3)
    return told


def _vantage() -> Teller:
    """Won last week."""
    told = Teller("006Qh-vantage")
    told.created(70, "Vantage Media - learning platform", "Vantage Media", MARA, "72000", -8)
    told.called(69, 20, "ora").heard(64, "ora").stage(60, 3).met(50, "ora").stage(45, 4).proposed(44).heard(40, "ora")
    return told.stage(30, 5).heard(22, "ora").heard(12, "ora").won(9)


def _sable() -> Teller:
    """Wants it and is not ready: nurtured, in touch, and a step of the play is over its date."""
    told = Teller("006Qh-sable")
    told.created(30, "Sable Chemicals - lab notebook", "Sable Chemicals", JONAS, "31000", 120)
    told.called(29, 9, "uma").heard(20, "uma").stage(12, 2).not_ready(8).called(1.5, 12, "uma")
    return told.step(1.3, "Ask again after their audit", 12)


def _hostile() -> Teller:
    """A deal whose id, name, account and owner are attacks."""
    told = Teller(HOSTILE_ID)
    told.created(33, HOSTILE_NAME, '" onclick="x', "Robert'); DROP--", "9900", 12)
    return told.called(32, 3).heard(27).wrote(20).wrote(14)


def chorus(deals: int = 70) -> Iterator[Event]:
    """Plain deals of the half year before: two of three stay in talks and are won, one falls silent and is lost."""
    rng = Random(11)
    for number in range(deals):
        born = 190 - number * 2.2 + rng.random()
        teller = Teller(f"old-{number:03}")
        life = rng.uniform(38, 62)
        house, offer = _house(number), _OFFERS[number % len(_OFFERS)]
        amount = str(rng.randrange(5, 90) * 1000)
        teller.created(born, f"{house} - {offer}", house, OWNERS[number % 4], amount, int(life - born))
        fades = rng.random() < 0.36
        until = life * rng.uniform(0.35, 0.6) if fades else life
        at = rng.uniform(0.5, 2.0)
        position = 1
        while at < until and born - at > 0.1:
            _touch(teller, rng, born - at)
            if at > until * position / 5 and position < 5:
                position += 1
                teller.stage(born - at - 0.01, position)
                if position == 4:
                    teller.proposed(born - at - 0.02)
            at += rng.expovariate(1 / 3.2) + 0.3
        if born - life > 0.1:
            _ = teller.lost(born - life * 1.15, "no response") if fades else teller.won(born - life)
        yield from (each for each in teller.events if each.time <= NOW)


def _touch(teller: Teller, rng: Random, ago: float) -> None:
    kind = rng.random()
    if kind < 0.55:
        teller.heard(ago, rng.choice(("a", "b", "c")))
    elif kind < 0.8:
        teller.called(ago, rng.randrange(3, 30), "a")
    else:
        teller.met(ago, "a", "b")
    if rng.random() < 0.4:
        teller.step(ago - 0.005, "Follow up", -(ago - rng.uniform(2, 8)))


def _house(number: int) -> str:
    return f"{_HOUSES[number % len(_HOUSES)]} {_TRADES[number % len(_TRADES)]}"


def everything(parts: Sequence[Teller]) -> list[Event]:
    """All events up to `NOW`, with the announcement that the log came that far."""
    told = [event for part in parts for event in part.events]
    return [*chorus(), *feeds(), *told, control.ClockAdvanced(id="now", source="/clock", time=NOW)]
