"""`dealwatch alerts`: those that are open, or live as they come; `alerts_act.py` has what people do about them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.alerts_act import acknowledge, assign, dismiss, done, reopen, snooze
from streams.cli.alerts_simulate import simulate
from streams.cli.plain import plain_app
from streams.cli.session import bootstrap_of, settings_of

if TYPE_CHECKING:
    from streams.alerts.alert import Alert

#: Columns from which on a list has room for what to do.
_WIDE = 140

app = plain_app(no_args_is_help=True, help="Read alerts, and say what you do about them.")
for _command in (acknowledge, snooze, dismiss, done, assign, reopen, simulate):
    app.command()(_command)


class Severity(StrEnum):
    """How bad an alert is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


Rule = Annotated[str | None, typer.Option(metavar="RULE", help="Only this rule, as in silent or slipping.")]
Level = Annotated[Severity | None, typer.Option(help="Only this severity.")]
Owner = Annotated[str | None, typer.Option(metavar="ID", help="Only deals of this owner.")]


@app.command("list")
def list_alerts(
    ctx: typer.Context,
    rule: Rule = None,
    severity: Level = None,
    owner: Owner = None,
    everything: Annotated[bool, typer.Option("--all/--open", help="With resolved ones, or open ones only.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, as on deal.alerts.")] = False,
) -> None:
    """List alerts as they stand now, the most severe first.

    For example:
      dealwatch alerts list
      dealwatch alerts list --rule silent --severity critical
      dealwatch alerts list --all --json | jq -r '[.opportunity, .rule, .status] | @tsv'
    """
    from streams.admin.alertlog import alert_of, is_open, latest, select
    from streams.admin.reading import read_topic
    from streams.alerts.alert import encode_alert
    from streams.cli.screen import note, print_line, progress
    from streams.config.topics import plan

    _known_rule(rule)
    settings = settings_of(ctx)
    bootstrap, topic = bootstrap_of(settings), plan(settings).alerts.name
    with progress("alerts", None) as advance:
        read = [
            alert_of(record.value) for record in read_topic(bootstrap, topic, progress=lambda done, _: advance(done))
        ]
    standing = latest(alert for alert in read if alert is not None)
    chosen = select(standing, rule, None if severity is None else severity.value, owner)
    shown = [alert for alert in chosen if everything or is_open(alert)]
    for alert in shown if json else ():
        print_line(encode_alert(alert))
    if not json:
        _print(shown, sum(map(is_open, chosen)), len(chosen))
    if None in read:
        note(f"warning: {read.count(None)} records on {topic} are no alerts and were left out")


@app.command()
def tail(
    ctx: typer.Context,
    rule: Rule = None,
    severity: Level = None,
    owner: Owner = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="Begin with what is already there.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, as on deal.alerts.")] = False,
) -> None:
    """Follow alerts as they come; ends with Ctrl-C.

    For example:
      dealwatch alerts tail
      dealwatch alerts tail --severity critical
      dealwatch alerts tail --json | your-own-program
    """
    import sys

    from streams.admin.alertlog import alert_of, select
    from streams.admin.reading import follow
    from streams.alerts.alert import encode_alert
    from streams.cli.alert_lines import one_line, two_lines
    from streams.cli.screen import err, note, out, print_line
    from streams.config.topics import plan

    _known_rule(rule)
    settings = settings_of(ctx)
    bootstrap, topic = bootstrap_of(settings), plan(settings).alerts.name
    console = out()
    if err().is_terminal:
        note(f"following {topic} on {bootstrap}; Ctrl-C ends")
    said = 0
    for record in follow(bootstrap, topic, from_start):
        alert = None if record is None else alert_of(record.value)
        if alert is None or not select([alert], rule, None if severity is None else severity.value, owner):
            continue
        if json:
            print_line(encode_alert(alert))
        else:
            console.print(two_lines(alert, console.width) if console.is_terminal else one_line(alert), soft_wrap=True)
        sys.stdout.flush()
        said += 1
        if said == limit:
            return


def _known_rule(rule: str | None) -> None:
    from streams.alerts.registry import RULES

    names = [each.name for each in RULES]
    if rule is not None and rule not in names:
        raise typer.BadParameter(f"there is no rule {rule!r}; rules are {', '.join(names)}", param_hint="--rule")


def _print(alerts: list[Alert], still_open: int, known: int) -> None:
    from streams.cli.alert_lines import deal_of, word_of
    from streams.cli.screen import clean, money, out, table, when

    if alerts:
        console = out()
        # On a narrow terminal the play would make every alert four lines high; `deal show` has it in full.
        wide = console.width >= _WIDE
        rows = [
            (
                word_of(alert),
                when(alert.opened_at),
                deal_of(alert),
                alert.owner,
                money(alert.amount, clean(alert.currency)),
                alert.title,
                *(() if not wide else ("" if alert.play is None else alert.play.title,)),
            )
            for alert in alerts
        ]
        columns = ("", "since", "deal", "owner", "amount", "what", *(("what to do",) if wide else ()))
        console.print(table(columns, rows, right=("amount",)))
    print(f"{still_open:,} open, {known - still_open:,} resolved")
