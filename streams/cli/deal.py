"""`dealwatch deal`: everything that is known about one deal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.deal_hold import hold, release
from streams.cli.deal_plays import print_play, print_running
from streams.cli.deal_updates import accept, reject
from streams.cli.plain import plain_app
from streams.cli.session import bootstrap_of, settings_of

if TYPE_CHECKING:
    from rich.console import Console

    from streams.access.kafka import Address
    from streams.admin.dealfile import DealFile
    from streams.alerts.alert import Alert, RiskStatement
    from streams.alerts.closing import CloseStatement
    from streams.alerts.update import Update
    from streams.config.settings import Settings
    from streams.state.opportunity import Opportunity

app = plain_app(
    no_args_is_help=True, help="Read everything that is known about one deal, let it rest, keep its record."
)
app.command()(hold)
app.command()(release)
app.command()(accept)
app.command()(reject)


@app.command()
def show(
    ctx: typer.Context,
    opportunity: Annotated[str, typer.Argument(metavar="ID", help="The deal's id in the CRM.")],
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="As it was then: 2026-03-01, 2026-03-01T09:30Z, or 3d before the time of its events."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show one deal: facts, risks, how they went, alerts, plays, timeline.

    Each risk stands beside what is usual, with reasons that add up to it; each alert with what to do. Plays that run
    without an alert, as on a hold, stand with their steps.

    With --at it is shown as it was known at that time: its events are folded again up to then, with the models of those
    days, and the alerts are those that were said by then. What of that time cannot be had any more is said.

    For example:
      dealwatch deal show opp-00017
      dealwatch deal show opp-00017 --at 2026-03-01T09:30Z
      dealwatch deal show opp-00017 --json | jq .risks
    """
    from streams.admin.dealfile import read_deal
    from streams.cli.screen import print_document, seldom, waiting
    from streams.config.topics import plan

    settings = settings_of(ctx)
    bootstrap = bootstrap_of(settings)
    if at is not None:
        found = _of_then(bootstrap, settings, opportunity, at)
    else:
        with waiting(f"reading {opportunity} ...") as tell:
            found = read_deal(bootstrap, plan(settings), opportunity, seldom(tell), settings.policy)
    if json:
        print_document(document(found))
    else:
        _print(found)


def _of_then(bootstrap: Address, settings: Settings, opportunity: str, at: str) -> DealFile:
    """Read a deal as it was; a span such as 3d counts back from the time of the events, which may be another year."""
    from streams.admin.accounting import read_partitions
    from streams.admin.past import read_deal_at
    from streams.cli.moments import instant
    from streams.cli.screen import counting
    from streams.config.topics import plan

    topics = plan(settings)
    clocks = (each.clock or 0 for each in read_partitions(bootstrap, topics.state.name).values())
    wanted = instant(at, max(clocks, default=0))
    with counting(f"reading what was known of {opportunity}") as tell:
        return read_deal_at(bootstrap, topics, opportunity, wanted, settings.policy, tell)


def document(found: DealFile) -> dict[str, object]:
    """The deal as JSON: facts as on deal.state, alerts as on deal.alerts; instants in milliseconds."""
    from streams.alerts.history import score_history

    watch = found.state.watch
    return {
        "id": found.state.facts.id,
        "at": found.at,
        "now": found.now,
        "looked_at": found.looked_at,
        "facts": found.state.facts,
        "inactivity_days": watch.horizon_days,
        "estimates": {
            target: {"probability": each.probability, "at": each.at, "model_version": each.version}
            for target, each in watch.estimates.items()
        },
        "history": score_history(found.state.facts, watch),
        "risks": found.risks,
        "closing": found.closing,
        "note": found.note,
        "updates": found.updates,
        "running_plays": found.plays,
        "alerts": found.alerts,
        "newer_alerts": found.newer,
        "held": watch.held,
    }


def _print(found: DealFile) -> None:
    from rich.text import Text

    from streams.cli.screen import clean, out, when

    facts, console = found.state.facts, out()
    title = f"{facts.name} ({facts.id})" if facts.name else facts.id
    console.print(Text.assemble((clean(title), "bold"), f"  {facts.status}"), soft_wrap=True)
    if found.now is not None:
        then = "" if found.at is None else f", as it was known at {when(found.at)}"
        console.print(Text(f"as of {when(found.now)} UTC, the time of its events{then}", style="dim"))
    _print_facts(console, facts)
    for target, statement in found.risks.items():
        _print_risk(console, target, statement, found.state.watch.horizon_days)
    if not found.risks:
        for target, estimate in found.state.watch.estimates.items():
            console.print(f"\n{target}: {estimate.probability:.0%} ({estimate.version})")
    _print_history(console, found)
    if found.closing is not None:
        _print_closing(console, found.closing)
    if found.note:
        console.print(Text(found.note, style="yellow"), soft_wrap=True)
    if found.newer:
        later = (
            f"{found.newer:,} more said after this state, which is of {when(found.looked_at)}; look again in a moment"
        )
        console.print(Text(f"\nalerts: {later}", style="yellow"), soft_wrap=True)
    for alert in found.alerts:
        _print_alert(console, alert)
    for update in found.updates:
        _print_update(console, update)
    for running in found.plays:
        print_running(console, running)
    for rule, reason in found.state.watch.held.items():
        console.print(Text(f"\nheld: {rule} would speak, but {clean(reason)}", style="yellow"), soft_wrap=True)
    if facts.timeline:
        console.print(Text("\ntimeline", style="bold"))
        for moment in facts.timeline:
            kind = moment.kind.replace("_", " ")
            console.print(f"  {when(moment.at)}  {kind:25} {clean(moment.detail)}".rstrip(), soft_wrap=True)


def _print_facts(console: Console, facts: Opportunity) -> None:
    from streams.alerts.words import count
    from streams.cli.screen import clean, money, table, when

    def at(instant: int | None, never: str) -> str:
        return never if instant is None else when(instant)

    contact = at(facts.last_contact_at, "none yet")
    if facts.last_contact_kind:
        contact += f" ({facts.last_contact_kind.replace('_', ' ')})"
    rows = [
        ("account", facts.account or "-", "stage", facts.stage or "-"),
        ("owner", facts.owner or "-", "in it since", at(facts.stage_entered_at, "-")),
        ("amount", money(facts.amount, clean(facts.currency)), "last contact", contact),
        ("created", at(facts.created_at, "not seen"), "contacts", str(facts.contacts)),
        ("close date", facts.close_date or "none", "unanswered", str(facts.unanswered)),
        ("pushed", count(facts.pushes, "time"), "next step", facts.next_step or at(facts.meeting_at, "none")),
    ]
    if facts.hold_since is not None:
        rows.append(("on hold", facts.hold_reason, "until", at(facts.hold_until, "open")))
    if facts.closed_at is not None:
        rows.append(("closed", when(facts.closed_at), "reason", facts.lost_reason or "-"))
    grid = table(("", "", "", ""), rows)
    grid.show_header = False
    console.print(grid)


def _print_risk(console: Console, target: str, statement: RiskStatement, horizon_days: int) -> None:
    from rich.text import Text

    from streams.alerts.explain import headline, provenance
    from streams.alerts.words import about
    from streams.cli.screen import clean, table

    text = f"\n{target}: {headline(statement)}"
    beside = f"  {about(target, horizon_days)}; {statement.model_version}, {provenance(statement)}"
    console.print(Text.assemble((text, "bold"), (beside, "dim")), soft_wrap=True)
    rows = [(f"{share:+.2f}", name, clean(text)) for share, name, text in adding_up(statement)]
    rows.append((f"{statement.log_odds:+.2f}", "", f"log-odds, which is {statement.probability:.1%}"))
    rows.append(("", "", f"{statement.comparable_rate:.1%} of deals that stand where it does ({statement.comparable})"))
    if statement.what_if is not None:
        rows.append(("", "", f"after {statement.what_if.text}: {statement.what_if.probability:.1%}"))
    grid = table(("share", "driver", "reason"), rows, right=("share",))
    grid.show_header = False
    grid.columns[1].style = "dim"
    grid.columns[1].no_wrap = True
    console.print(grid)


def adding_up(statement: RiskStatement) -> list[tuple[float, str, str]]:
    """The shares of a risk, each with its driver's name and sentence, to two digits.

    What is printed sums to the log-odds: the last one takes up what rounding leaves over.
    """
    shares = [(statement.level, "", "the average deal")]
    shares += [(each.log_odds or 0.0, each.feature, each.text) for each in statement.drivers]
    rounded = [(round(share, 2), name, text) for share, name, text in shares]
    rest = round(statement.log_odds, 2) - sum(share for share, _, _ in rounded[:-1])
    return [*rounded[:-1], (round(rest, 2), *rounded[-1][1:])]


def _print_history(console: Console, found: DealFile) -> None:
    from rich.text import Text

    from streams.alerts.history import score_history
    from streams.alerts.words import day, days, percent
    from streams.cli.deal_history import legend, moves, picture
    from streams.cli.screen import table
    from streams.state.opportunity import DAY

    facts = found.state.facts
    points = score_history(facts, found.state.watch)
    if len(points) < 2:
        return
    label = max(len(target) for point in points for target in point.probabilities) + 2
    drawn = picture(points, facts, found.alerts, console.width - label - len("  100 % to 100 %"))
    step = days((drawn.end - drawn.start) / DAY / max(drawn.columns - 1, 1))
    about = f"  {day(drawn.start)} to {day(drawn.end)}, {step} a column"
    console.print(Text.assemble(("\nhistory", "bold"), (about, "dim")), soft_wrap=True)
    for target, blocks in drawn.blocks.items():
        said = [point.probabilities[target] for point in points if target in point.probabilities]
        asked = "" if target in points[-1].probabilities else ", not asked any more"
        console.print(f"{target:{label}}{blocks}  {percent(said[0])} to {percent(said[-1])}{asked}", soft_wrap=True)
    for name, signs in (("events", drawn.events), ("alerts", drawn.alerts)):
        if signs.strip():
            console.print(f"{name:{label}}{signs}".rstrip(), soft_wrap=True)
    if meaning := legend(drawn):
        console.print(Text(f"{'':{label}}{meaning}", style="dim"), soft_wrap=True)
    if listed := moves(points):
        rows = [
            (since, until, *(changes.get(each, "") for each in drawn.blocks), what)
            for since, until, changes, what in listed
        ]
        console.print(table(("from", "to", *drawn.blocks, "between them"), rows))


def _print_closing(console: Console, said: CloseStatement) -> None:
    from rich.text import Text

    from streams.alerts.words import day, percent
    from streams.cli.screen import clean

    about = "  by its stage and the time in it alone"
    console.print(Text.assemble((f"\nclosing: won in the end {percent(said.won)}", "bold"), (about, "dim")))
    if said.planned is not None and said.won_by is not None and said.closed_by is not None and said.ways is not None:
        chance = f"won {percent(said.won_by)}, closed either way {percent(said.closed_by)}"
        straight, forward, back = (f"{each:.1%}" for each in said.ways)
        ways = f"won {straight} from this stage, {forward} after a move forward, {back} after a move back"
        console.print(f"  by {clean(said.planned_date)}, as planned: {chance} ({ways})", soft_wrap=True)
    if said.proposed is not None and said.safe is not None:
        dates = f"{day(said.proposed)} (half of those that are won), {day(said.safe)} to be safe (80 %)"
        console.print(f"  date to propose: {dates}", soft_wrap=True)
    marks = ", ".join(f"{mark} days {percent(chance)}" for mark, chance in said.marks.items())
    console.print(f"  won within {marks}", soft_wrap=True)
    console.print(f"  {clean(said.reason)}", soft_wrap=True)


def _print_alert(console: Console, alert: Alert) -> None:
    from rich.text import Text

    from streams.cli.alert_lines import handling
    from streams.cli.screen import SEVERITY_STYLES, clean, when

    done = alert.status == "resolved"
    word = "resolved" if done else alert.severity
    style = "green" if done else SEVERITY_STYLES[alert.severity]
    since = f"  {alert.id}, since {when(alert.opened_at)}"
    console.print(Text.assemble("\n", (word, style), f"  {clean(alert.title)}", (since, "dim")), soft_wrap=True)
    for line in handling(alert):
        console.print(f"  {line}", soft_wrap=True)
    if done:
        console.print(f"  ended {when(alert.at)}: {clean(alert.resolution)}", soft_wrap=True)
        return
    for place, reason in enumerate(alert.reasons):
        if place:
            console.print(f"  also {reason.severity}: {clean(reason.title)}", soft_wrap=True)
        for each in reason.evidence:
            console.print(f"  because {clean(each.text)}", soft_wrap=True)
        console.print(f"  clears when {clean(reason.clears_when)} ({reason.rule})", soft_wrap=True)
    if alert.play is not None:
        print_play(console, alert.play)
    elif alert.withheld is not None:
        withheld = f"{alert.withheld.play} {alert.withheld.version}"
        console.print(f"  no play: {clean(withheld)} is withheld, to see what difference it makes", soft_wrap=True)


def _print_update(console: Console, update: Update) -> None:
    from rich.text import Text

    from streams.cli.screen import clean

    console.print(Text.assemble("\n", ("proposed", "cyan"), f"  {clean(update.title)}", (f"  {update.id}", "dim")))
    console.print(f"  because {clean('; '.join(update.evidence))}", soft_wrap=True)
