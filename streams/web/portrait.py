"""One deal in full: what is known of it in words, why the models say what they say, its alerts, and its history.

The reasons are worked out when somebody looks, with the very model and the very instant at which the number was said,
so that they explain the number that stands in the table and not a similar one. Where that model is no longer kept the
latest one is asked instead, and the portrait says so (`exact` is false).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from models.closing import Closings
from models.norms import Norms
from models.snapshot import Weights
from streams.alerts.alert import RiskStatement
from streams.alerts.closing import CloseStatement, foresee
from streams.alerts.explain import explain
from streams.alerts.history import ScorePoint, score_history
from streams.alerts.plays import Play
from streams.alerts.policy import Policy
from streams.alerts.propose import updates
from streams.alerts.running import RunningPlay
from streams.alerts.update import Update
from streams.alerts.view import View
from streams.labels.outcome import TARGETS
from streams.state.opportunity import Opportunity
from streams.state.watch import Watch
from streams.web.alert_log import AlertMove, Episode
from streams.web.facts import Detail, details
from streams.web.standing import OpenAlert, Standing
from streams.web.vocabulary import TRANSITIONS, event_side, event_words, rule_term

#: An alert that ends is marked otherwise than one that begins or gets worse.
_SIDES = {"resolved": "resolved"}


class RiskFigure(Struct, frozen=True):
    """One target's probability with its reasons, as said at `at` (milliseconds).

    `statement.level` plus the log-odds of all drivers is `statement.log_odds`, up to floating-point addition.
    """

    statement: RiskStatement
    at: int
    exact: bool


class Happening(Struct, frozen=True):
    """A line of the timeline: when, what, and whose doing.

    Which is one of buyer, seller, both, machine, deal, person (who acted on an alert), alert and resolved.
    """

    at: int
    text: str
    side: str


class Portrait(Struct, frozen=True, kw_only=True):
    """Everything the page says about one deal at `as_of` (milliseconds)."""

    facts: Opportunity
    as_of: int
    severity: str
    alert: OpenAlert | None
    past: tuple[Episode, ...]
    play: Play | None
    #: Plays that run beside the alert, or without one.
    plays: tuple[RunningPlay, ...] = ()
    risks: tuple[RiskFigure, ...]
    history: tuple[ScorePoint, ...] = ()
    closing: CloseStatement | None = None
    updates: tuple[Update, ...] = ()
    held: dict[str, str]
    details: tuple[Detail, ...]
    timeline: tuple[Happening, ...]
    horizon_days: int | None


class Known(Protocol):
    """The models as the page knows them."""

    @property
    def norms(self) -> Norms:
        """What is usual."""

    def closings(self) -> Closings | None:
        """When deals close; none before the first models."""

    def weights_of(self, target: str, version: str) -> Weights | None:
        """The model that said something, or the latest one where that is gone."""


def paint(
    facts: Opportunity,
    watch: Watch,
    deal: Standing | None,
    episodes: list[Episode],
    as_of: int,
    known: Known,
    updates: tuple[Update, ...] = (),
) -> Portrait:
    """Paint a deal; `deal` is none for a closed one, of which no risk and no open alert is left, but its history."""
    alert = deal.alert if deal else None
    closings = known.closings() if deal else None
    return Portrait(
        facts=facts,
        as_of=as_of,
        severity=deal.severity if deal else "",
        alert=alert,
        past=tuple(each for each in episodes if alert is None or each.id != alert.id),
        play=alert.play if alert else None,
        risks=tuple(_risks(deal, known)) if deal else (),
        history=score_history(facts, watch),
        closing=foresee(facts, as_of, closings) if closings else None,
        updates=updates,
        held=dict(deal.watch.held) if deal else {},
        details=details(facts, as_of),
        timeline=_timeline(facts, episodes),
        horizon_days=deal.watch.horizon_days if deal else None,
    )


def proposed(deal: Standing, as_of: int, policy: Policy, known: Known) -> tuple[Update, ...]:
    """The updates that are proposed for an open deal at `as_of` (milliseconds)."""
    return updates(View(deal.facts, as_of, {}, known.norms, policy, {}, deal.watch.reasons), known.closings())


def _risks(deal: Standing, known: Known) -> Iterable[RiskFigure]:
    for target in TARGETS:
        said = deal.watch.estimates.get(target)
        weights = known.weights_of(target, said.version) if said else None
        if said is None or weights is None:
            continue
        view = View(deal.facts, said.at, {}, known.norms, Policy(), {}, {})
        yield RiskFigure(explain(view, weights), said.at, weights.version == said.version)


def _in_words(move: AlertMove, name: str) -> str:
    """One step of an alert: who did it, where a person did, what it was, and what they wrote."""
    what = f"Alert {TRANSITIONS[move.transition]}"
    if move.transition in ("resolved", "changed") and move.by:
        what = f"Alert {'ended' if move.transition == 'resolved' else 'changed'}, {move.why}"
    by = f" by {move.by}" if move.by else ""
    note = f" “{move.note}”" if move.note else ""
    return f"{what}{by}: {name}{note}"


def _timeline(facts: Opportunity, episodes: Iterable[Episode]) -> tuple[Happening, ...]:
    """The latest events of the deal with the alerts of the same time among them, newest first."""
    lines = [Happening(each.at, event_words(each.kind, each.detail), event_side(each.kind)) for each in facts.timeline]
    since = facts.timeline[0].at if facts.timeline else 0
    for episode in sorted(episodes, key=lambda each: each.last.opened_at):
        name = rule_term(episode.last.rule).word
        lines += [
            Happening(each.at, _in_words(each, name), "person" if each.by else _SIDES.get(each.transition, "alert"))
            for each in episode.moves
            if each.at >= since
        ]
    # What was told later stands above what was told at the same instant before.
    return tuple(sorted(lines, key=lambda each: each.at))[::-1]
