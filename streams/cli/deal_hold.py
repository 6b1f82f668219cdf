"""`dealwatch deal hold|release`: a deal that rests for a known reason, and is quiet until then on purpose."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.alerts_act import WAIT_S, By, Note, of_person
from streams.cli.session import bootstrap_of, settings_of

if TYPE_CHECKING:
    from streams.events.envelope import Event

DealName = Annotated[str, typer.Argument(metavar="ID", help="The deal's id in the CRM.")]


class HoldReason(StrEnum):
    """Why a deal rests."""

    BUDGET = "budget"
    HOLIDAY = "holiday"
    LEGAL = "legal"
    PROCUREMENT = "procurement"
    REORGANISATION = "reorganisation"
    OTHER = "other"


def hold(
    ctx: typer.Context,
    opportunity: DealName,
    reason: Annotated[HoldReason, typer.Option(help="Why it rests.")],
    until: Annotated[str, typer.Option(metavar="DATE", help="The day on which it goes on; open-ended without.")] = "",
    note: Note = "",
    by: By = None,
) -> None:
    """Let a deal rest for a known reason.

    Its silence raises no alert until it goes on, and counts from then. `deal release` is the undo.

    For example:
      dealwatch deal hold opp-00017 --reason budget --until 2026-04-01
    """
    from streams.events.decode import LATEST_YEAR
    from streams.events.judgement import HoldData, HoldSet

    try:
        day = date.fromisoformat(until) if until else None
    except ValueError:
        raise typer.BadParameter(f"{until!r} is no date; write it as 2026-04-01", param_hint="--until") from None
    if day is not None and day.year > LATEST_YEAR:
        raise typer.BadParameter(f"{day} is nobody's plan; say a day until {LATEST_YEAR}", param_hint="--until")
    data = HoldData(reason=reason.value, resume_date=day, note=note)
    words = f"{opportunity} rests ({reason.value})" + (f" until {day}" if day else "")
    hand_in(ctx, opportunity, HoldSet, data, by, words)


def release(ctx: typer.Context, opportunity: DealName, by: By = None) -> None:
    """End a deal's hold.

    For example:
      dealwatch deal release opp-00017
    """
    from streams.events.judgement import HoldCleared, HoldClearedData

    hand_in(ctx, opportunity, HoldCleared, HoldClearedData(), by, f"{opportunity} goes on")


def hand_in(ctx: typer.Context, opportunity: str, kind: type[Event], data: Any, by: str | None, words: str) -> None:
    """Hand in what a person says of a deal, and say what came of it."""
    from streams.admin.actions import Desk, time_of
    from streams.admin.dealfile import read_deal
    from streams.cli.screen import note, waiting
    from streams.config.topics import plan

    settings = settings_of(ctx)
    bootstrap, topics = bootstrap_of(settings), plan(settings)
    with waiting(f"reading {opportunity} ..."):
        read_deal(bootstrap, topics, opportunity)
        now = time_of(bootstrap, topics, opportunity)
        desk = Desk(bootstrap, topics)
    event = of_person(kind, opportunity, now, by, data)
    with waiting("waiting for the deal to hear of it ..."):
        desk.hand_in(event)
        outcome = desk.outcome(event, "", WAIT_S)
    if outcome.refusal:
        note(f"refused: {outcome.refusal}")
        raise typer.Exit(1)
    print(words if outcome.heard else f"handed in, but no worker has taken it in within {WAIT_S:.0f} s: {words}")
