"""What `/api/*` answers: the same knowledge as on the pages, as values with fixed names. Instants in milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from models.curves import Learned
from models.rank import rank_of
from models.snapshot import ModelSet, Notice, Weights
from streams.alerts.alert import Alert, RiskStatement
from streams.alerts.closing import CloseStatement
from streams.alerts.history import ScorePoint
from streams.alerts.plays import Play
from streams.alerts.running import Ask, RunningPlay
from streams.alerts.update import Update
from streams.state.opportunity import Opportunity
from streams.web.alert_log import Episode
from streams.web.facts import Detail
from streams.web.inbox import STATUSES, Inbox
from streams.web.pages.marks import deal_url
from streams.web.portrait import Happening, Portrait
from streams.web.read_model import Page
from streams.web.rule_view import RuleRow
from streams.web.standing import OpenAlert, OpenReason, Standing

_encoder = msgspec.json.Encoder()


class Chance(Struct, frozen=True):
    """A probability beside its base rate (none before the first models), and its rank where there is one.

    The rank is how many of 100 open deals have a lower probability, as the latest models see them.
    """

    probability: float
    base_rate: float | None
    rank: int | None = None


class AlertRow(Struct, frozen=True):
    """An open alert in a line; its rules are those of its reasons, the leading one first."""

    id: str
    rules: tuple[str, ...]
    status: str
    severity: str
    opened_at: int
    title: str
    play: str


class DealRow(Struct, frozen=True, kw_only=True):
    """A deal of the table. `stake` is amount x probability of the risk that its alert is about."""

    id: str
    url: str
    name: str
    account: str
    owner: str
    stage: str
    amount: str | None
    currency: str
    severity: str
    stake: float
    risks: dict[str, Chance]
    alert: AlertRow | None


class DealList(Struct, frozen=True):
    """One page of the table."""

    as_of: int | None
    total: int
    page: int
    pages: int
    deals: tuple[DealRow, ...]


class RiskAnswer(Struct, frozen=True):
    """A probability with its reasons; `exact` where they were worked out by the very model that said it."""

    statement: RiskStatement
    said_at: int
    exact: bool


class DealAnswer(Struct, frozen=True, kw_only=True):
    """One deal in full."""

    as_of: int
    url: str
    severity: str
    deal: Opportunity
    risks: tuple[RiskAnswer, ...]
    history: tuple[ScorePoint, ...]
    closing: CloseStatement | None
    open_alert: OpenAlert | None
    past_alerts: tuple[Episode, ...]
    held_back: dict[str, str]
    play: Play | None
    updates: tuple[Update, ...]
    #: Those that run without the alert, which carries `play`.
    running_plays: tuple[RunningPlay, ...]
    facts: tuple[Detail, ...]
    timeline: tuple[Happening, ...]


class AlertList(Struct, frozen=True):
    """The latest alert messages, newest first, as they stand on `deal.alerts`."""

    as_of: int | None
    alerts: tuple[Alert, ...]


class ModelsAnswer(Struct, frozen=True):
    """What the latest models have learned, of each target; `epoch` is the UTC day from which they count."""

    epoch: int | None
    notices: tuple[Notice, ...]
    targets: tuple[Learned, ...]


class RulesAnswer(Struct, frozen=True):
    """The rules as they are set, and what people said of their alerts, as known from the UTC day `epoch` on."""

    epoch: int | None
    rules: tuple[RuleRow, ...]


class InboxRow(Struct, frozen=True):
    """An alert that presses, or is snoozed: the deal in a line, whose it is, and what people did about it."""

    deal: DealRow
    whose: str
    team: str
    acknowledged_by: str
    assignee: str
    wakes_at: int | None
    reasons: tuple[OpenReason, ...]


class DueRow(Struct, frozen=True):
    """A play without an alert that asks for something now: the deal in a line, whose it is, what is asked for."""

    deal: DealRow
    whose: str
    play: Play
    asks: tuple[Ask, ...]


class InboxAnswer(Struct, frozen=True):
    """One page of the inbox, and how many there are by status (under "", all that press).

    With the status `due` the page has what plays without an alert ask for, as `due`, and no entries.
    """

    as_of: int
    total: int
    page: int
    pages: int
    statuses: Mapping[str, int]
    entries: tuple[InboxRow, ...]
    due: tuple[DueRow, ...]


class Problem(Struct, frozen=True):
    """Why a request was not answered: a fixed id and a sentence."""

    id: str
    message: str


class Failure(Struct, frozen=True):
    """The body of every error."""

    error: Problem


def to_json(value: Any) -> bytes:
    """Any answer as bytes."""
    return _encoder.encode(value)


def deal_list(page: Page, as_of: int | None, models: ModelSet | None) -> DealList:
    """The table as values."""
    return DealList(as_of, page.total, page.page, page.pages, tuple(_row(each, models) for each in page.deals))


def inbox_answer(found: Inbox, models: ModelSet | None) -> InboxAnswer:
    """The inbox as values."""
    rows = [
        InboxRow(
            _row(each.deal, models),
            each.whose,
            each.team,
            each.alert.acknowledged_by,
            each.alert.assignee,
            each.alert.wakes_at,
            each.alert.reasons,
        )
        for each in found.entries
    ]
    return InboxAnswer(
        found.as_of,
        found.total,
        found.page,
        found.pages,
        {each: found.statuses[each] for each in STATUSES},
        tuple(rows),
        tuple(DueRow(_row(each.deal, models), each.whose, each.running.play, each.asks) for each in found.due),
    )


def deal_answer(portrait: Portrait) -> DealAnswer:
    """A deal as values."""
    return DealAnswer(
        as_of=portrait.as_of,
        url=deal_url(portrait.facts.id),
        severity=portrait.severity,
        deal=portrait.facts,
        risks=tuple(RiskAnswer(each.statement, each.at, each.exact) for each in portrait.risks),
        history=portrait.history,
        closing=portrait.closing,
        open_alert=portrait.alert,
        past_alerts=portrait.past,
        held_back=portrait.held,
        play=portrait.play,
        updates=portrait.updates,
        running_plays=portrait.plays,
        facts=portrait.details,
        timeline=portrait.timeline,
    )


def models_answer(models: ModelSet | None, learned: tuple[Learned, ...]) -> ModelsAnswer:
    """What was learned as values."""
    return ModelsAnswer(None, (), ()) if models is None else ModelsAnswer(models.epoch, models.notices, learned)


def rules_answer(rules: tuple[RuleRow, ...], models: ModelSet | None) -> RulesAnswer:
    """The rules as values."""
    return RulesAnswer(None if models is None else models.epoch, rules)


def _row(deal: Standing, models: ModelSet | None) -> DealRow:
    facts = deal.facts
    estimates = deal.watch.estimates
    targets: Mapping[str, Weights] = {} if models is None else models.targets
    return DealRow(
        id=facts.id,
        url=deal_url(facts.id),
        name=facts.name,
        account=facts.account,
        owner=facts.owner,
        stage=facts.stage,
        amount=facts.amount,
        currency=facts.currency,
        severity=deal.severity,
        stake=round(deal.stake, 2),
        risks={name: _chance(each.probability, targets.get(name)) for name, each in estimates.items()},
        alert=None if deal.alert is None else _alert_row(deal.alert),
    )


def _alert_row(alert: OpenAlert) -> AlertRow:
    return AlertRow(
        alert.id,
        tuple(each.rule for each in alert.reasons),
        alert.status,
        alert.severity,
        alert.opened_at,
        alert.said.title if alert.said else "",
        "" if alert.play is None else alert.play.title,
    )


def _chance(probability: float, model: Weights | None) -> Chance:
    if model is None:
        return Chance(probability, None)
    return Chance(probability, model.base_rate, rank_of(probability, model.quantiles))
