"""`dealwatch notify`: check the delivery file, try a channel, see what waits or was refused, and send it again."""

from __future__ import annotations

import time
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.boundary import FAILED
from streams.cli.plain import plain_app
from streams.cli.session import bootstrap_of, settings_of
from streams.errors import NotFound

if TYPE_CHECKING:
    from streams.admin.notifications import Waiting
    from streams.config.delivery_plan import DeliveryPlan
    from streams.config.settings import Settings
    from streams.notify.delivery import Delivery

app = plain_app(
    no_args_is_help=True,
    help="""Check who is told of alerts, try a channel, see what waits or failed.

The way to a channel that works:
  dealwatch notify check delivery.toml     is the file right, and who hears of what?
  dealwatch notify test sales              does a message arrive?
  dealwatch worker --role notify           tell people
  dealwatch notify outbox                  what waits, what was refused, and why
  dealwatch notify retry                   send what was refused again""",
)

Channel = Annotated[str | None, typer.Option(metavar="NAME", help="Only this channel.")]


class Status(StrEnum):
    """Where a message is."""

    QUEUED = "queued"
    SENDING = "sending"
    REFUSED = "refused"
    LEFT_OUT = "left_out"


@app.command()
def check(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The delivery file [the one that the settings name].")
    ] = None,
    owner: Annotated[
        str | None, typer.Option(metavar="ID", help="Say of this owner when and through what they are told.")
    ] = None,
) -> None:
    """Check a delivery file, and say in words what it means. Nothing is sent.

    Secrets of the form ${NAME} are taken from the environment and never shown.

    For example:
      dealwatch notify check
      dealwatch notify check delivery.toml --owner rep-1
    """
    from streams.channels.services import is_usable
    from streams.cli.screen import note, out, table

    settings = settings_of(ctx)
    plan = _plan(settings, file)
    unusable = [
        channel.name
        for channel in plan.channels.values()
        if channel.kind != "alertmanager"
        and not is_usable(channel.address(dict.fromkeys(channel.asks_for, "x@y.org")) or "")
    ]
    rows = [
        (each.name, each.kind, each.schema, f"{each.rate:g}/s", ", ".join(each.asks_for), each.name in plan.fallback)
        for each in plan.channels.values()
    ]
    shown = [(*row[:5], "fallback" if row[5] else "") for row in rows]
    out().print(table(("channel", "kind", "address", "rate", "needs of the owner", ""), shown))
    for line in _in_words(plan):
        print(line)
    if owner is not None:
        for line in _of_owner(plan, owner):
            print(line)
    if not settings.page_url:
        note("note: no page_url is set, so messages have no link to the deal")
    if unusable:
        note(f"error: Apprise does not understand the address of {', '.join(unusable)}")
        raise typer.Exit(FAILED)


@app.command("test")
def send_test(
    ctx: typer.Context,
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="A channel of the delivery file.")],
    owner: Annotated[
        str, typer.Option(metavar="ID", help="For whom, where the address needs something of the owner's.")
    ] = "",
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="The delivery file [the one that the settings name].")
    ] = None,
) -> None:
    """Send one test message through a channel, now, and say how it went. Needs no Kafka.

    For example:
      dealwatch notify test sales
      dealwatch notify test mail --owner rep-1 --file delivery.toml
    """
    from streams.channels.send import Channels

    plan = _plan(settings_of(ctx), file)
    if channel not in plan.channels:
        raise NotFound(f"there is no channel {channel!r}; there are {', '.join(plan.channels)}")
    outcome = Channels(plan, _wall_ms).deliver(_a_test(channel, owner))
    if outcome.kind == "sent":
        print(f"{channel}: sent")
        return
    again = "it would be tried again" if outcome.kind == "later" else "it would not be tried again"
    print(f"{channel}: not sent: {outcome.detail} ({outcome.reason}; {again})")
    raise typer.Exit(FAILED)


@app.command("outbox")
def show_outbox(
    ctx: typer.Context,
    status: Annotated[Status | None, typer.Option(help="Only those.")] = None,
    owner: Annotated[str | None, typer.Option(metavar="ID", help="Only those of this owner.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """List what has not reached anybody: queued, being sent, refused, or left out.

    queued waits for a round or for a digest; sending is tried, or will be tried again; refused is a dead letter, with
    the reason, until `notify retry`; left_out came after a later word of the same alert was sent there, and stays out.

    For example:
      dealwatch notify outbox
      dealwatch notify outbox --status refused
      dealwatch notify outbox --owner rep-1 --json
    """
    from streams.admin.notifications import outbox
    from streams.cli.screen import print_line
    from streams.config.topics import plan as topics_of

    settings = settings_of(ctx)
    found = [
        each
        for each in outbox(bootstrap_of(settings), topics_of(settings))
        if status in (None, each.status) and owner in (None, each.owner)
    ]
    if json:
        for each in found:
            print_line(each._asdict())
        return
    _print(found)


@app.command()
def retry(
    ctx: typer.Context,
    delivery_id: Annotated[
        list[str] | None, typer.Option("--id", metavar="ID", help="Only this delivery; may be given again.")
    ] = None,
    reason: Annotated[
        list[str] | None, typer.Option("--reason", metavar="REASON", help="Only this reason; may be given again.")
    ] = None,
    channel: Channel = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask for nothing; say what would be.")] = False,
) -> None:
    """Send what was refused again: after a channel was mended, say. Each keeps its id, so nothing arrives twice.

    What a later word of the same alert has overtaken by now is left out; `notify outbox` lists it.

    For example:
      dealwatch notify retry
      dealwatch notify retry --channel sales --reason http_404
      dealwatch notify retry --id dn-3f0c2b9d8e7a6b5c4d3e2f10
    """
    from streams.admin.notifications import ask_again, handled, refused
    from streams.config.topics import plan as topics_of

    settings = settings_of(ctx)
    bootstrap, topics = bootstrap_of(settings), topics_of(settings)
    known = handled(bootstrap, topics)
    chosen = refused(known, delivery_id or (), reason or (), channel)
    if missing := set(delivery_id or ()) - {each.id for each in chosen}:
        raise NotFound(f"{min(missing)} is not among the refused ones; `dealwatch notify outbox` lists them")
    if not dry_run:
        ask_again(bootstrap, topics, chosen)
    print(f"{len(chosen):,} {'would be' if dry_run else 'will be'} sent again")


def _plan(settings: Settings, file: Path | None) -> DeliveryPlan:
    from streams.bootstrap import delivery_of

    return delivery_of(settings if file is None else settings.model_copy(update={"delivery": str(file)}))


def _wall_ms() -> int:
    return int(time.time() * 1000)


def _a_test(channel: str, owner: str) -> Delivery:
    from streams.notify.delivery import for_alert
    from streams.notify.notice import Notice

    now = _wall_ms()
    notice = Notice(
        id=f"al-test-{now}",
        sequence=1,
        transition="opened",
        status="open",
        severity="info",
        rule="dealwatch_test",
        opportunity="test",
        owner=owner,
        opened_at=now,
        at=now,
        title="This is a test: Dealwatch can reach you here",
        name="Test message",
        reasons=("somebody called `dealwatch notify test`",),
        play="Nothing to do",
    )
    return for_alert(notice, channel, now, None, "test")


def _in_words(plan: DeliveryPlan) -> list[str]:
    days = ", ".join(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day] for day in sorted(plan.days))
    quiet = "".join(f", but not {_span(span.start, span.end)}" for span in plan.quiet)
    lines = [
        "",
        f"at most {plan.budget} alerts an owner and working day, the last {plan.reserve} of them for criticals",
        f"open {_span(plan.working.start, plan.working.end)}{quiet}, on {days} or the working days of the country",
        f"round at {_clock(plan.working.start)}, digest at {_clock(plan.digest)}; local time of the owner",
        f"a message is tried again for {plan.give_up_ms / 3_600_000:g} hours",
        "",
    ]
    for number, route in enumerate(plan.routes, start=1):
        conditions = [
            f"{name} {' or '.join(sorted(values))}"
            for name, values in (
                ("owner", route.owners),
                ("team", route.teams),
                ("severity", route.severities),
                ("rule", route.rules),
            )
            if values
        ]
        how = ", at once and at any time, whatever the budget" if route.always else ""
        further = ", and look further" if route.goes_on else ""
        lines.append(
            f"{number}. {' and '.join(conditions) or 'everything'}: to {', '.join(route.channels)}{how}{further}"
        )
    lines.append(f"{len(plan.routes) + 1}. anything else: to {', '.join(plan.fallback)}")
    return lines


def _of_owner(plan: DeliveryPlan, owner: str) -> list[str]:
    from streams.cli.screen import when

    policy = plan.policy_of(owner)
    now = _wall_ms()
    opening = policy.time.next_open(now)
    channels = dict.fromkeys(name for route in policy.routes for name in route.channels)
    team = f"in team {policy.team}" if policy.team else "in no team"
    return [
        "",
        f"{owner}: {team}; {'open now' if opening == now else f'open again at {when(opening)} UTC'}; "
        f"may hear through {', '.join(channels or policy.fallback)}",
    ]


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _span(start: int, end: int) -> str:
    return f"{_clock(start)}-{_clock(end)}"


def _how(each: Waiting) -> str:
    """When it is due, or how the last attempt ended, with the reason by which `notify retry` finds it."""
    from streams.cli.screen import when

    if each.status == "queued":
        return f"next at {when(each.next_at)}" if each.next_at else ""
    return f"{each.detail} ({each.reason})" if each.reason else each.detail


def _print(found: list[Waiting]) -> None:
    from streams.cli.screen import out, table, when

    if found:
        rows = [
            (
                each.status,
                each.id,
                each.owner or "-",
                each.channel or each.reason,
                each.what,
                when(each.since),
                _how(each),
            )
            for each in found
        ]
        out().print(table(("", "id", "owner", "channel", "what", "since", "detail"), rows))
    counts = Counter(each.status for each in found)
    print(", ".join(f"{counts[each.value]:,} {each.value.replace('_', ' ')}" for each in Status))
