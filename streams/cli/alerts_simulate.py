"""`dealwatch alerts simulate`: how many alerts a configuration would have sent, to whom, and how right they were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.backtest import lived
from streams.cli.session import settings_of

if TYPE_CHECKING:
    from streams.backtest.deserved import Deserved
    from streams.backtest.volume import Volume

_OWNERS = 10


def simulate(
    ctx: typer.Context,
    events: Annotated[Path, typer.Argument(metavar="EVENTS", help="Event file, JSON Lines, gzip or not.")],
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Rules file, in place of the one that the settings name.")
    ] = None,
    delivery: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Delivery file, in place of the one that the settings name; else defaults."),
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The truth that generate wrote: judge by it, too.")
    ] = None,
    precision: Annotated[
        float | None,
        typer.Option(min=0.01, max=0.99, help="Say from which probability on the models' rules are so precise."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Try rules and delivery on past events, without Kafka, before they go live.

    The events go through the engine as they would live, the alerts through the same budget, hours and routes as for
    real. Nothing is sent. An alert is right if what it warned of came true: the silence reached the deal's horizon, the
    close date was missed.

    For example:
      dealwatch alerts simulate events.jsonl.gz
      dealwatch alerts simulate events.jsonl.gz --rules stricter.toml --delivery delivery.toml
      dealwatch alerts simulate events.jsonl.gz --precision 0.8
      dealwatch alerts simulate generated.jsonl.gz --truth generated.truth.jsonl --json
    """
    from streams.backtest.deserved import deserved
    from streams.backtest.tellings import tellings
    from streams.backtest.thresholds import thresholds
    from streams.backtest.volume import volume
    from streams.cli.screen import print_document
    from streams.cli.truthfile import read_deals, trouble_of
    from streams.config.delivery import default_delivery, read_delivery
    from streams.config.rules import rules_of

    settings = settings_of(
        ctx, rules=None if rules is None else str(rules), delivery=None if delivery is None else str(delivery)
    )
    policy = rules_of(settings).policy(settings.policy)
    plan = read_delivery(Path(settings.delivery), policy, "") if settings.delivery else default_delivery(policy)
    troubles = None if truth is None else {each.opportunity: trouble_of(each) for each in read_deals(truth)}
    result = lived(events, policy, keep_vectors=False, pinned=rules is not None)
    span = (min((life.born_at for life in result.lives.values()), default=result.ended_at), result.ended_at)
    owners = {deal.facts.owner for deal in result.deals.values()}
    found = volume(result.alerts, result.lives, span, plan.policy_of, owners)
    truly = None if troubles is None else deserved(troubles, result.lives, tellings(result.alerts), result.ended_at)
    wanted = {} if precision is None else thresholds(result, precision)
    if json:
        print_document(_document(found, truly, wanted))
    else:
        _print(found, truly, wanted, precision, plan.budget)


def _document(found: Volume, truly: Deserved | None, wanted: dict[str, float | None]) -> dict[str, object]:
    from msgspec.structs import asdict

    return {
        "alerts": found.alerts,
        "sent": found.sent,
        "digest": found.digest,
        "neither": found.neither,
        "severities": found.severities,
        "owners": [{**asdict(each), "per_day": round(each.per_day, 3)} for each in found.owners],
        "rules": {name: {**asdict(each), "precision": each.precision} for name, each in found.rules.items()},
        "truth": None if truly is None else {**asdict(truly), "recall": truly.recall, "precision": truly.precision},
        "thresholds": wanted,
    }


def _print(
    found: Volume, truly: Deserved | None, wanted: dict[str, float | None], precision: float | None, budget: int
) -> None:
    from streams.cli.screen import clean, out, table

    days = sum(each.working_days for each in found.owners)
    sent = sum(each.sent for each in found.owners)
    print(f"{found.alerts:,} alerts: {found.sent:,} sent, {found.digest:,} in a digest only, {found.neither:,} neither")
    print("(over before their turn, or still waiting)")
    if days:
        busiest = max(found.owners, key=lambda each: (each.busiest, each.owner))
        most = f"at most {busiest.busiest} ({clean(busiest.owner)})"
        print(f"{sent / days:.2f} messages an owner and working day; {most}, the budget is {budget}")
    rows = [
        (name, f"{each.sent:,}", f"{each.digest:,}", f"{each.judged:,}", _share(each.precision))
        for name, each in found.rules.items()
    ]
    numbers = ("sent", "digest only", "decided", "right")
    out().print(table(("leading reason", *numbers), rows, right=numbers))
    print(f"\nwho would have got most ({len(found.owners):,} owners)")
    columns = ("sent", "a day", "busiest day", "digests", "lines in them")
    out().print(table(("owner", "team", *columns), _most(found), right=columns))
    if truly is not None:
        _print_truth(truly)
    for name, probability in wanted.items():
        print(_advice(name, probability, precision or 0.0))


def _most(found: Volume) -> list[tuple[str, ...]]:
    from streams.cli.screen import clean

    return [
        (
            clean(each.owner),
            each.team,
            f"{each.sent:,}",
            f"{each.per_day:.2f}",
            f"{each.busiest}",
            f"{each.digests:,}",
            f"{each.lines:,}",
        )
        for each in sorted(found.owners, key=lambda each: (-each.sent, each.owner))[:_OWNERS]
    ]


def _print_truth(truly: Deserved) -> None:
    print("\nby the truth")
    print(
        f"{truly.found:,} of {truly.fading:,} fading deals ({_share(truly.recall)}) told of before the buyer was lost, "
        f"{truly.early:,} before 14 days of silence"
    )
    print(f"{_share(truly.precision)} of {truly.judged:,} reasons about silence right")
    print(f"{truly.disturbed:,} of {truly.resting:,} deals that rested for a recorded reason disturbed")


def _advice(rule: str, probability: float | None, precision: float) -> str:
    if probability is None:
        return f"\n{rule}: no probability is {_share(precision)} precise in these events"
    return (
        f"\n{rule}: {_share(precision)} precise from {probability:.2f} on; in a rules file:\n[rule.{rule}]\n"
        f"probability = {probability:.2f}"
    )


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"
