"""`dealwatch bench`: how fast this is, beside its peers, on this machine. What `make bench` runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.session import settings_of
from streams.errors import SettingsWrong

if TYPE_CHECKING:
    from streams.bench.plan import Listener, Part, Plan
    from streams.config.settings import Settings


def bench(
    ctx: typer.Context,
    only: Annotated[
        str,
        typer.Option(
            metavar="PARTS", help="Only these, by commas: engine, pipeline, models, latency, growth, capacity, revenue"
        ),
    ] = "",
    contenders: Annotated[
        str, typer.Option(metavar="NAMES", help="Only these programs in engine, pipeline and models, by commas.")
    ] = "",
    repeats: Annotated[int | None, typer.Option(min=1, help="Rounds; medians are shown [3].")] = None,
    events: Annotated[int | None, typer.Option(min=1_000, help="Events of the part engine [2000000].")] = None,
    deals: Annotated[
        int | None, typer.Option(min=10, help="Deals in the logs of pipeline and revenue [3000], capacity [1000].")
    ] = None,
    open_deals: Annotated[
        str,
        typer.Option(
            metavar="NUMBERS",
            help="Open deals of growth [10000,100000,1000000], by commas; the two least are those of capacity "
            "[20000,100000] and revenue [10000,100000].",
        ),
    ] = "",
    write: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write what capacity measured, for `dealwatch plan --figures` or as its own figures."
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Small and once: shows that it works; the figures mean little.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the JSON document to a file, too.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure the engine beside its peers, the whole pipeline, the models, latency, growth, capacity, and revenue.

    A Kafka of its own is started and removed again, unless one is named with --broker. Each program runs in its own
    process on the same topics and is checked for its result. Peers that are not installed are named as absent. All
    parts take more than an hour; the machine should have nothing else to do.

    For example:
      dealwatch bench
      dealwatch bench --only engine --contenders quix_streams,dealwatch
      dealwatch bench --only models
      dealwatch bench --only revenue
      dealwatch bench --only capacity --write figures.json
      dealwatch bench -o figures.json
      dealwatch bench --quick --json
    """
    from streams.bench.run import bench as run
    from streams.capacity.figures import encode_figures
    from streams.cli.bench_view import listening, show
    from streams.cli.screen import document, print_document

    settings = settings_of(ctx)
    for each in filter(None, (output, write)):
        each.touch()  # a folder that is not there must not be found out after an hour
    wanted, sizes, names = _parts(only), _numbers(open_deals), _names(contenders)
    if write is not None and "capacity" not in wanted:
        raise SettingsWrong("--write: figures are measured by the part capacity; name it with --only, or name none")
    with listening() as listener, _place(settings, listener, wanted) as (broker, kafka, folder):
        plan = _changed(_plan(broker, folder, wanted, quick), repeats, events, deals, sizes, names)
        report = run(plan, kafka, listener)
    if output is not None:
        output.write_text(document(report), encoding="utf-8")
    if write is not None and report.capacity is not None:
        write.write_bytes(encode_figures(report.capacity))
    if json:
        print_document(report)
    else:
        show(report)


def _plan(broker: str, folder: Path, parts: tuple[Part, ...], quick: bool) -> Plan:
    from streams.bench.plan import Plan, quick_plan

    return (quick_plan if quick else Plan)(broker=broker, folder=folder, parts=parts)


def _changed(
    plan: Plan,
    repeats: int | None,
    events: int | None,
    deals: int | None,
    sizes: tuple[int, ...],
    contenders: tuple[str, ...],
) -> Plan:
    from dataclasses import replace

    given = {"repeats": repeats, "events": events, "deals": deals, "sizes": sizes, "contenders": contenders}
    if deals:
        given["capacity_logs"] = (max(1, deals // 4), deals)
    given["revenue_sizes"] = two = tuple(sorted(set(sizes))[:2])
    if len(two) == 2:
        given["capacity_sizes"] = two
    return replace(plan, **{name: value for name, value in given.items() if value})  # type: ignore[arg-type]


def _parts(text: str) -> tuple[Part, ...]:
    from streams.bench.plan import PARTS

    wanted = _listed(text)
    if unknown := [each for each in wanted if each not in PARTS]:
        raise SettingsWrong(f"--only: there is no part {', '.join(unknown)}; choose from {', '.join(PARTS)}")
    return tuple(each for each in PARTS if not wanted or each in wanted)


def _names(text: str) -> tuple[str, ...]:
    from streams.bench.contenders import ENGINE, LEARNING, PIPELINE, SCORING

    known = dict.fromkeys(each.name for each in (*ENGINE, *PIPELINE, *SCORING, *LEARNING))
    if unknown := [each for each in _listed(text) if each not in known]:
        raise SettingsWrong(f"--contenders: there is no {', '.join(unknown)}; choose from {', '.join(known)}")
    return _listed(text)


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(each) for each in _listed(text))
    except ValueError as error:
        raise SettingsWrong("--open-deals: write whole numbers with commas between, as in 10000,100000") from error
    if any(each < 1 for each in numbers):
        raise SettingsWrong("--open-deals: at least one")
    return numbers


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


@contextmanager
def _place(settings: Settings, listener: Listener, wanted: tuple[Part, ...]) -> Iterator[tuple[str, str, Path]]:
    """A Kafka where a part needs one, what to call it, and a folder; what was made here is gone afterwards."""
    import shutil

    from streams.broker.jars import shipped_lock
    from streams.broker.start import start
    from streams.broker.stop import stop
    from streams.cli.stopping import end_as_by_ctrl_c, end_undisturbed

    end_as_by_ctrl_c()
    home = settings.data / "bench"
    shutil.rmtree(home / "runs", ignore_errors=True)
    folder = (home / "runs").resolve()
    folder.mkdir(parents=True)
    try:
        if wanted == ("models",):
            yield "", "no Kafka", folder
            return
        if settings.broker:
            if settings.broker_protocol != "PLAINTEXT":
                raise SettingsWrong("bench: the peers know no broker_protocol; name an address that speaks PLAINTEXT")
            yield settings.broker, settings.broker, folder
            return
        kafka = home / "kafka"
        broker = start(kafka, log=listener.say)
        try:
            yield broker.bootstrap, f"embedded {shipped_lock().kafka_version}", folder
        finally:
            end_undisturbed()
            listener.say("stopping Kafka and removing its data ...")
            stop(kafka)
            shutil.rmtree(kafka / "data", ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
