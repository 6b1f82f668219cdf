"""What `dealwatch plan` shows: tables on 80 columns, formulas, and values for the chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from streams.capacity.wording import plain, times, worded
from streams.cli.screen import folded, note, out, table

if TYPE_CHECKING:
    from streams.capacity.figures import Figures
    from streams.capacity.plan import Plan

#: So many limits are shown of those that are not broken yet.
_NEXT = 3


def show(plan: Plan, figures: Figures) -> None:
    """Print the tables."""
    said = {line.name: worded(line.value, line.unit) for line in plan.lines}
    print(
        f"{plain(plan.demand['deals'])} open deals, {plain(plan.demand['events_per_day'])} events a day:\n"
        f"{said['events_s']}, {said['peak_events_s']} at the peak; one core handles {said['core_events_s']}\n"
    )
    print(f"partitions: {said['partitions']}; workers: {said['workers']}; what decides: {plan.binding}")
    print(
        f"  (by processor time {said['workers_by_cores']}, by memory {said['workers_by_memory']}, "
        f"by recovery {said['workers_by_recovery']})\n"
    )
    _programs(plan, said)
    print(f"messages to people: {said['messages_per_day']}; channels: {said['channels']}, to tell all within an hour\n")
    _topics(said)
    print(
        f"one broker of {plain(plan.demand['brokers'])}: disk {said['broker_disk']}, "
        f"{said['broker_replicas']} replicas,\nnetwork {said['broker_network']} at the peak"
    )
    _kafka(plan)
    _breaks(plan)
    for warning in plan.warnings:
        console = out()
        console.print(folded([Text(word) for word in f"! {warning}".split()], " ", console.width, indent=2))
    _measured(figures)


def _programs(plan: Plan, said: dict[str, str]) -> None:
    disk = "-" if plan.store == "memory" else said["worker_disk"]
    rows = [
        ("worker", said["workers"], said["worker_cores"], said["worker_limit"], disk, said["recovery_s"]),
        ("page", "1", said["page_cores"], said["page_limit"], "-", said["page_s"]),
        ("learner", "1", said["learn_cores"], said["learn_limit"], "-", said["learn_s"]),
        ("notify", "1", said["allot_cores"], said["allot_limit"], "-", "-"),
    ]
    columns = ("each program", "number", "busy at peak", "memory limit", "disk", "back after")
    out().print(table(columns, rows, right=columns[1:]))
    print()


def _topics(said: dict[str, str]) -> None:
    shorts = [name.removesuffix("_kept") for name in said if name.endswith("_kept")]
    rows = [(short.replace("_", " "), said[f"{short}_a_day"], said[f"{short}_kept"]) for short in shorts]
    rows.append(("all, one replica", said["written_a_day"], said["kept_bytes"]))
    rows.append(("all replicas", "", said["all_replicas"]))
    columns = ("topic", "written", "on the disk")
    out().print(table(columns, rows, right=columns[1:]))
    print()


def _kafka(plan: Plan) -> None:
    print("\nKafka settings to check")
    columns = ("topic", "setting", "value", "why")
    out().print(table(columns, [(each.topic, each.setting, each.value, each.why) for each in plan.kafka]))


def _breaks(plan: Plan) -> None:
    broken = [each for each in plan.breaks if each.factor < 1]
    following = [each for each in plan.breaks if each.factor >= 1][:_NEXT]
    print("\nwhat breaks first, at what multiple of this demand")
    rows = [(times(each.factor), each.name, each.happens) for each in (*broken, *following)]
    out().print(table(("times", "what", "then"), rows, right=("times",)))
    print()


def _measured(figures: Figures) -> None:
    at = figures.measured
    note(
        f"figures: {at.processor}, {at.cores} cores, {at.date}, commit {at.commit}, load {at.load_before}; "
        "formulas: --explain"
    )


def explain(plan: Plan, figures: Figures) -> None:
    """Print every number with its formula, and where each number in it comes from."""
    heading = ""
    for line in plan.lines:
        if line.heading != heading:
            heading = line.heading
            print(f"\n# {heading}")
        print(f"\n{line.name} = {worded(line.value, line.unit)}: {line.meaning}")
        print(f"    = {line.formula}")
        for name, value in line.inputs.items():
            print(f"    {name} = {value:.6g} ({plan.origin.get(name, 'above')})")
    _measured(figures)


def show_values(plan: Plan, figures: Figures) -> None:
    """Print the values for the chart, with what they are for; warnings go to standard error."""
    import yaml

    from streams.capacity.values import helm_values

    body = yaml.safe_dump(helm_values(plan), sort_keys=False, default_flow_style=False)
    asked = f"{plain(plan.demand['deals'])} open deals and {plain(plan.demand['events_per_day'])} events a day"
    print(f"# Values for deploy/helm/dealwatch, by `dealwatch plan`: {asked}.")
    print("# To be added: kafka.broker, webToken, and what else is yours. Partitions are fixed once topics exist.")
    print(body, end="")
    for warning in plan.warnings:
        note(f"! {warning}")
    _measured(figures)
