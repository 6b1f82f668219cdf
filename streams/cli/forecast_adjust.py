"""`dealwatch forecast adjust`: a manager's own figure for a unit and a period, or that it is taken back."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from streams.cli.alerts_act import WAIT_S, By, of_person
from streams.cli.onrecord import CompanyFile, RulesFile, asked
from streams.cli.session import bootstrap_of

if TYPE_CHECKING:
    from streams.cli.onrecord import Asked
    from streams.events.control import AdjustmentData, ForecastLevel
    from streams.revenue.periods import Period

_LEVELS: tuple[ForecastLevel, ...] = ("rep", "team", "region", "company")
#: Units that are named where one is misspelt.
_LISTED = 20
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,2})?")


def adjust(
    ctx: typer.Context,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="company, region:NAME, team:NAME or rep:NAME.")],
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="FY2027, FY2027-Q1 or FY2027-M01.")],
    amount: Annotated[
        str | None,
        typer.Argument(metavar="AMOUNT", help="What will be won in it, in the company's currency: 1_200_000."),
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; whoever reads the figure reads it, too.")] = "",
    take_back: Annotated[
        bool, typer.Option("--take-back", help="Undo: let what was said of it no longer hold.")
    ] = False,
    by: By = None,
    company: CompanyFile = None,
    rules: RulesFile = None,
) -> None:
    """Say a figure of your own for what a unit will win in a period, in place of what its reps commit to.

    It holds until another one is said of the same unit and period, or it is taken back, while the deals move; above the
    unit it is added up, and it is never less than what is won. Whether it was right is on record like every version.

    For example:
      dealwatch forecast adjust team:north FY2027-Q1 1_200_000 --reason "two deals wait for a signature only"
      dealwatch forecast adjust team:north FY2027-Q1 --take-back
    """
    from streams.admin.actions import Desk, furthest_time
    from streams.cli.screen import clean, note, waiting
    from streams.config.topics import plan
    from streams.events.control import ForecastAdjusted

    who = asked(ctx, company, rules, None)
    data = _data(who, unit, period, amount, reason, take_back=take_back)
    bootstrap, topics = bootstrap_of(who.settings), plan(who.settings)
    with waiting("asking what time it is ..."):
        now = furthest_time(bootstrap, topics)
        desk = Desk(bootstrap, topics)
    _refuse_over(who, data.period, now)
    event = of_person(ForecastAdjusted, "", now, by, data, f"command-{time.time_ns():020d}-{uuid4().hex[:12]}")
    with waiting("waiting for all partitions to have it ..."):
        desk.hand_in(event)
        outcome = desk.spread(event, WAIT_S)
    if outcome.refusal:
        note(f"refused: {outcome.refusal}")
        raise typer.Exit(1)
    words = clean(_words(data, event.actor, who.company.rates.currency))
    print(words if outcome.heard else f"handed in, but no worker has taken it in within {WAIT_S:.0f} s: {words}")


def _data(who: Asked, unit: str, period: str, amount: str | None, reason: str, *, take_back: bool) -> AdjustmentData:
    """What is said; raises `typer.BadParameter` for what makes no sense."""
    from streams.events.control import AdjustmentData

    if take_back and amount is not None:
        raise typer.BadParameter("say an AMOUNT, or --take-back, not both", param_hint="--take-back")
    if amount is None and not take_back:
        raise typer.BadParameter("say what will be won, as 1_200_000, or --take-back", param_hint="AMOUNT")
    if amount is not None and not reason.strip():
        raise typer.BadParameter("say why: a figure without a reason helps nobody", param_hint="--reason")
    level, name = _unit(who, unit)
    figure = None if amount is None else amount.replace("_", "")
    if figure is not None and not _AMOUNT.fullmatch(figure):
        raise typer.BadParameter(f"{amount!r} is no amount; write 1_200_000 or 1200000.50", param_hint="AMOUNT")
    return AdjustmentData(
        period=_period(who, period).name, level=level, unit=name, amount=figure, reason=reason.strip()[:500]
    )


def _unit(who: Asked, text: str) -> tuple[ForecastLevel, str]:
    from streams.cli.screen import note

    level, _, name = text.partition(":")
    found = next((each for each in _LEVELS if each == level), None)
    if found is None or (found == "company") != (name == "") or len(name) > 200:
        raise typer.BadParameter(
            f"{text!r} is no unit; company, region:NAME, team:NAME and rep:NAME are", param_hint="UNIT"
        )
    company = who.company
    teams = {*company.teams.values(), *company.regions}
    known = {"team": teams, "region": set(company.regions.values()), "rep": set(company.teams)}.get(level, set())
    if known and name not in known:
        if found == "rep":
            note(f"{name!r} is in no team of the rules file; is it spelt as on the deals?")
        else:
            there = ", ".join(sorted(known)[:_LISTED])
            raise typer.BadParameter(f"there is no {level} {name!r}; there are {there}", param_hint="UNIT")
    return found, name


def _period(who: Asked, name: str) -> Period:
    try:
        return who.company.calendar.named(name)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="PERIOD") from None


def _refuse_over(who: Asked, name: str, now: int) -> None:
    period, today = who.company.calendar.named(name), who.company.day(now)
    if period.end <= today:
        raise typer.BadParameter(f"{name} was over on {period.end}, and it is {today} by the log", param_hint="PERIOD")


def _words(data: AdjustmentData, actor: str, currency: str) -> str:
    unit = "the company" if data.level == "company" else f"{data.level} {data.unit}"
    if data.amount is None:
        return f"{unit}, {data.period}: what was said of it is taken back by {actor}"
    return f"{unit}, {data.period}: {float(data.amount):,.2f} {currency}".rstrip() + f" by {actor} ({data.reason})"
