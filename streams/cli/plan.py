"""`dealwatch plan`: what an installation of some size needs, reckoned from what was measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streams.capacity.choices import Store


def plan(
    deals: Annotated[str, typer.Option(metavar="N", help="Open deals: 250000, 100k, 2M.")],
    events_per_day: Annotated[str, typer.Option(metavar="N", help="Events a day: 1.5M, 86B.")],
    peak_factor: Annotated[
        str, typer.Option(metavar="N", help="The busiest minutes over the average of 24 hours.")
    ] = "4",
    retention_days: Annotated[
        str, typer.Option(metavar="N", help="For how long there is disk for what Kafka keeps.")
    ] = "365",
    replication: Annotated[str, typer.Option(metavar="N", help="Replicas of each topic.")] = "3",
    brokers: Annotated[str, typer.Option(metavar="N", help="Kafka's brokers.")] = "3",
    cores_per_worker: Annotated[
        str, typer.Option(metavar="N", help="Cores for one worker; one is all that it can use.")
    ] = "1",
    memory_per_worker: Annotated[str, typer.Option(metavar="SIZE", help="Memory limit of one worker.")] = "4GiB",
    recovery_within: Annotated[
        str, typer.Option(metavar="TIME", help="How long a worker that lost everything may take: 90s, 5m.")
    ] = "5m",
    headroom: Annotated[str, typer.Option(metavar="SHARE", help="Of processors, free at the peak: 0 to 0.95.")] = "0.5",
    deal_life_days: Annotated[
        str, typer.Option(metavar="N", help="From a deal's opening to its end; closed ones stay 400 days more.")
    ] = "90",
    deals_per_owner: Annotated[str, typer.Option(metavar="N", help="Open deals of one person.")] = "50",
    store: Annotated[Store, typer.Option(help="Where workers keep their states.")] = "memory",
    figures: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Figures of your own, from `bench --only capacity --write FILE`."),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show every number with its formula.")] = False,
    helm: Annotated[bool, typer.Option("--helm", help="Print values for the chart in deploy/helm, as YAML.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document, with all formulas.")] = False,
) -> None:
    """Reckon partitions, workers, memory, disk, network and recovery for a number of deals and events.

    Every number follows from measured figures by a formula that --explain shows. It says what decides the number of
    workers, what breaks first when the demand grows, and where the plan goes beyond what was measured. Needs no Kafka.

    For example:
      dealwatch plan --deals 200k --events-per-day 2M
      dealwatch plan --deals 2M --events-per-day 20M --store rocksdb --recovery-within 2m
      dealwatch plan --deals 200k --events-per-day 2M --helm > values.yaml
      dealwatch plan --deals 200k --events-per-day 2M --explain | less
    """
    from streams.capacity.demand import Demand, number, seconds, size
    from streams.capacity.figures import decode_figures
    from streams.capacity.plan import plan as planned
    from streams.capacity.shipped import shipped
    from streams.cli.plan_view import explain as show_formulas
    from streams.cli.plan_view import show, show_values
    from streams.cli.screen import print_document

    demand = Demand(
        deals=number(deals),
        events_per_day=number(events_per_day),
        peak_factor=number(peak_factor),
        retention_days=number(retention_days),
        replication=number(replication),
        brokers=number(brokers),
        cores_per_worker=number(cores_per_worker),
        memory_per_worker=size(memory_per_worker),
        recovery_within=seconds(recovery_within),
        headroom=number(headroom),
        deal_life_days=number(deal_life_days),
        deals_per_owner=number(deals_per_owner),
        store=store,
    )
    known = shipped() if figures is None else decode_figures(figures.read_bytes())
    found = planned(known, demand)
    if json:
        print_document({"plan": found, "measured": known.measured})
    elif helm:
        show_values(found, known)
    elif explain:
        show_formulas(found, known)
    else:
        show(found, known)
