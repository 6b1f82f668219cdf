"""`dealwatch alerts acknowledge|snooze|dismiss|done|assign|reopen`: what a person does about an alert."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from streams.cli.session import bootstrap_of, settings_of

if TYPE_CHECKING:
    from streams.admin.actions import Outcome
    from streams.alerts.alert import Alert
    from streams.events.envelope import Event

SOURCE = "/dealwatch/command"
_SPAN = re.compile(r"([0-9]{1,4})\s*(h|d|w)")
_HOURS = {"h": 1, "d": 24, "w": 168}
_HOUR_MS = 3_600_000
#: Seconds for which the command waits for the deal to have heard of it.
WAIT_S = 10.0

AlertName = Annotated[str, typer.Argument(metavar="ALERT", help="Its id, the beginning of it, or the id of its deal.")]
Rule = Annotated[str, typer.Option(metavar="RULE", help="Only this reason of it, as in silent; all where not given.")]
Note = Annotated[str, typer.Option(metavar="TEXT", help="A word for whoever looks at it later.")]
By = Annotated[str | None, typer.Option(metavar="ID", help="Who does it; whoever is logged in where not given.")]
Json = Annotated[bool, typer.Option("--json", help="Print the alert as it then is, as on deal.alerts.")]


class NoUse(StrEnum):
    """Why an alert was of no use."""

    KNOWN = "known"
    WRONG = "wrong"
    NO_ACTION = "no_action"
    REPEATED = "repeated"
    OTHER = "other"


def acknowledge(ctx: typer.Context, alert: AlertName, note: Note = "", by: By = None, json: Json = False) -> None:
    """Look after an alert.

    Nobody is pressed about it until it gets worse.

    For example:
      dealwatch alerts acknowledge al-3f2a
      dealwatch alerts acknowledge opp-000123 --note "calling them tomorrow"
    """
    from streams.events.action import AcknowledgedData, AlertAcknowledged

    _act(ctx, alert, by, json, lambda found, _: (AlertAcknowledged, AcknowledgedData(alert=found.id, note=note)))


def snooze(
    ctx: typer.Context,
    alert: AlertName,
    span: Annotated[str, typer.Option("--for", metavar="SPAN", help="For how long: 12h, 7d, 2w.")] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Until when: 2026-03-01, 2026-03-01T09:30Z (UTC).")] = "",
    rule: Rule = "",
    note: Note = "",
    by: By = None,
    json: Json = False,
) -> None:
    """Hear nothing of an alert for a while.

    Or of one reason of it, until a time or until things change; for 7 days where nothing is said. A contact, a moved
    date or whatever else ends the reason ends the snooze, too. Snooze it again to renew it; `alerts reopen` takes it
    back. Where you know why the buyer is silent, and until when, a hold says more (`dealwatch deal hold`).

    For example:
      dealwatch alerts snooze al-3f2a
      dealwatch alerts snooze opp-000123 --rule silent --until 2026-03-01 --note "on holiday"
    """
    from streams.cli.moments import instant
    from streams.events.action import AlertSnoozed, SnoozedData
    from streams.events.envelope import moment_of

    if span and until:
        raise typer.BadParameter("say --for or --until, not both", param_hint="--for")

    def make(found: Alert, now: int) -> tuple[type[Event], Any]:
        end = instant(until, now) if until else now + _span(span or "7d")
        if end <= now:
            raise typer.BadParameter("that is over; for this deal it is already later", param_hint="--until")
        return AlertSnoozed, SnoozedData(alert=found.id, until=moment_of(end), rule=_known(found, rule), note=note)

    _act(ctx, alert, by, json, make)


def dismiss(
    ctx: typer.Context,
    alert: AlertName,
    reason: Annotated[
        NoUse,
        typer.Option(
            help="known: you knew; wrong: it is not so; no_action: nothing can be done; repeated: said already; other."
        ),
    ],
    rule: Rule = "",
    note: Note = "",
    by: By = None,
    json: Json = False,
) -> None:
    """Say that an alert was not useful.

    Or one reason of it. It is over, and this episode is never told again; `alerts reopen` takes that back.

    For example:
      dealwatch alerts dismiss al-3f2a --reason known
      dealwatch alerts dismiss opp-000123 --rule stuck_in_stage --reason wrong
    """
    from streams.events.action import AlertDismissed, DismissedData

    _act(
        ctx,
        alert,
        by,
        json,
        lambda found, _: (
            AlertDismissed,
            DismissedData(alert=found.id, reason=reason.value, rule=_known(found, rule), note=note),
        ),
    )


def done(
    ctx: typer.Context, alert: AlertName, rule: Rule = "", note: Note = "", by: By = None, json: Json = False
) -> None:
    """Say that you did what was to be done.

    About the alert, or about one reason of it. It is over. If its cause still holds a week later, it comes back.

    For example:
      dealwatch alerts done al-3f2a --note "called, meeting on Friday"
    """
    from streams.events.action import AlertDone, DoneData

    _act(
        ctx,
        alert,
        by,
        json,
        lambda found, _: (AlertDone, DoneData(alert=found.id, rule=_known(found, rule), note=note)),
    )


def assign(
    ctx: typer.Context,
    alert: AlertName,
    to: Annotated[str, typer.Option(metavar="ID", help='Whose it is from now on; "" gives it back to the owner.')],
    note: Note = "",
    by: By = None,
    json: Json = False,
) -> None:
    """Give an alert to somebody else.

    For example:
      dealwatch alerts assign al-3f2a --to rep-uk-03
      dealwatch alerts assign al-3f2a --to ""
    """
    from streams.events.action import AlertAssigned, AssignedData

    _act(ctx, alert, by, json, lambda found, _: (AlertAssigned, AssignedData(alert=found.id, to=to, note=note)))


def reopen(ctx: typer.Context, alert: AlertName, note: Note = "", by: By = None, json: Json = False) -> None:
    """Undo: take back what was done.

    Whether it was acknowledged, snoozed, dismissed or done. What was dismissed or done comes back where its cause still
    holds.

    For example:
      dealwatch alerts reopen al-3f2a
    """
    from streams.events.action import AlertReopened, ReopenedData

    _act(
        ctx,
        alert,
        by,
        json,
        lambda found, _: (AlertReopened, ReopenedData(alert=found.id, note=note)),
        with_resolved=True,
    )


def _act(ctx: typer.Context, name: str, by: str | None, json: bool, make: Any, *, with_resolved: bool = False) -> None:
    from streams.admin.actions import Desk, find_alert, time_of
    from streams.cli.screen import waiting
    from streams.config.topics import plan

    settings = settings_of(ctx)
    bootstrap, topics = bootstrap_of(settings), plan(settings)
    with waiting("looking for the alert ..."):
        found = find_alert(bootstrap, topics, name, with_resolved)
        now = time_of(bootstrap, topics, found.opportunity)
        desk = Desk(bootstrap, topics)
    kind, data = make(found, now)
    event = of_person(kind, found.opportunity, now, by, data)
    with waiting("waiting for the deal to hear of it ..."):
        desk.hand_in(event)
        outcome = desk.outcome(event, found.id, WAIT_S)
    _tell(found, outcome, json)


def of_person(
    kind: type[Event], opportunity: str, now: int, by: str | None, data: Any, name: str | None = None
) -> Event:
    """The event of what a person does at the terminal, `now` being the time of the deal's events (milliseconds).

    It comes after them: events of one instant have no order of their own. `name` is its id; else it is drawn.
    """
    from streams.cli.person import who
    from streams.events.envelope import moment_of

    return kind(
        id=name or f"command-{uuid4()}",
        source=SOURCE,
        subject=opportunity,
        time=moment_of(now + 1),
        actor=(by or who())[:200],
        side="seller",
        data=data,  # type: ignore[call-arg]  # every event of the contract has data
    )


def _tell(found: Alert, outcome: Outcome, json: bool) -> None:
    from streams.alerts.alert import encode_alert
    from streams.cli.alert_lines import deal_of, handling
    from streams.cli.screen import clean, note, print_line

    if outcome.refusal:
        note(f"refused: {outcome.refusal}")
        raise typer.Exit(1)
    alert = outcome.alert
    if alert is None and outcome.heard:
        note("nothing changed: it was so before, or the alert is over")
        return
    if alert is None:
        note(f"handed in, but no worker has taken it in within {WAIT_S:.0f} s; `dealwatch doctor` says why")
        return
    if json:
        print_line(encode_alert(alert))
        return
    said = "; ".join([alert.status, *handling(alert), *([alert.resolution] if alert.resolution else [])])
    print(f"{alert.id}  {clean(deal_of(found))}: {alert.transition.replace('_', '-')} by {clean(alert.by)} ({said})")


def _known(found: Alert, rule: str) -> str:
    rules = [each.rule for each in found.reasons]
    if rule and rule not in rules:
        raise typer.BadParameter(f"{found.id} has no reason {rule!r}; it has {', '.join(rules)}", param_hint="--rule")
    return rule


def _span(text: str) -> int:
    found = _SPAN.fullmatch(text.strip())
    if found is None or not int(found[1]):
        raise typer.BadParameter(f"{text!r} is no span; write 12h, 7d or 2w", param_hint="--for")
    return int(found[1]) * _HOURS[found[2]] * _HOUR_MS
