"""`dealwatch topics`: create them, compare them with the plan, and say what is on them."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.boundary import FAILED
from streams.cli.plain import plain_app
from streams.cli.session import bootstrap_of, settings_of
from streams.errors import FileUnusable, NotFound

if TYPE_CHECKING:
    from streams.access.rights import Right
    from streams.admin.acls import Given
    from streams.admin.provision import TopicReport
    from streams.config.settings import Settings
    from streams.config.topics import Topics

app = plain_app(
    no_args_is_help=True, help="Create the topics of Dealwatch, compare them with the plan, say what is on them."
)

Partitions = Annotated[
    int | None,
    typer.Option(
        min=1, max=1000, help="Partitions of deal.activity, deal.state and the dead letters; fixed once they exist [4]."
    ),
]
Replication = Annotated[
    int | None, typer.Option(min=0, max=10, help="Replicas of each topic; 0: the broker's default [0].")
]
#: What `--keep` says where a principal runs no other part.
_NOTHING = "nothing"
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def apply(
    ctx: typer.Context, partitions: Partitions = None, replication: Replication = None, json: Json = False
) -> None:
    """Create what is missing, correct settings that differ.

    Running it again changes nothing. It never adds partitions, because the state of a deal lies in the partition that
    their number gives it, and never lowers a retention or a size that somebody raised. Returns when the topics can be
    used.

    For example:
      dealwatch topics apply
      dealwatch topics apply --broker kafka:9092 --partitions 12 --replication 3
    """
    from streams.admin.provision import apply as apply_topics
    from streams.cli.screen import note, out, print_document, table, waiting

    settings = settings_of(ctx, partitions=partitions, replication=replication)
    bootstrap = bootstrap_of(settings)
    with waiting(f"speaking to {bootstrap} ..."):
        changes = apply_topics(bootstrap, _planned(settings).all, settings.replication)
    if json:
        print_document([change._asdict() for change in changes])
    else:
        rows = [(each.topic, each.action, ", ".join(each.details)) for each in changes]
        out().print(table(("topic", "what was done", ""), rows))
    for change in changes:
        for left in change.left:
            note(f"warning: {change.topic}: {left}; only the operator of Kafka can change that")


@app.command()
def check(
    ctx: typer.Context, partitions: Partitions = None, replication: Replication = None, json: Json = False
) -> None:
    """Compare every topic with the plan.

    Exit code 1 where something differs. A limit above the plan (retention, message size) is reported as larger, and is
    fine.

    For example:
      dealwatch topics check
      dealwatch topics check --json | jq '.topics[] | select(.ok | not)'
    """
    from streams.admin.provision import check as check_topics
    from streams.cli.screen import print_document, waiting

    settings = settings_of(ctx, partitions=partitions, replication=replication)
    bootstrap = bootstrap_of(settings)
    with waiting(f"speaking to {bootstrap} ..."):
        reports = check_topics(bootstrap, _planned(settings).all, settings.replication)
    drifted = [report for report in reports if report.drifts]
    if json:
        topics = [
            {"topic": each.topic, "ok": not each.drifts, "findings": [found._asdict() for found in each.findings]}
            for each in reports
        ]
        print_document({"ok": not drifted, "topics": topics})
    else:
        _print(reports, len(drifted))
    if drifted:
        raise typer.Exit(FAILED)


@app.command()
def acls(
    ctx: typer.Context,
    components: Annotated[
        list[str] | None,
        typer.Argument(metavar="[COMPONENT]...", help="Whose rights; all of them where none is named."),
    ] = None,
    principal: Annotated[
        str | None, typer.Option(metavar="User:NAME", help="Print the commands that give this principal the rights.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Give the principal the rights that it lacks.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take these rights back from the principal.")] = False,
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="COMPONENT", help="With --remove: this part stays whole; again for more, or nothing."),
    ] = None,
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table of docs/security.md.")] = False,
) -> None:
    """Say which rights each part of Dealwatch needs in Kafka, and give them.

    Without a principal the rights are listed. With one, the commands of Kafka's own tool are printed; with --apply the
    rights are given, which takes the right to ALTER the cluster. Running it again changes nothing. --remove takes them
    back; where other parts of the same principal would lose some, it asks which it still runs (--keep). The parts are
    worker, page, learner, revenue, allot, send, feed, look, act, repair, provision, rebuild, drop and erase.

    For example:
      dealwatch topics acls worker page
      dealwatch topics acls worker page learner revenue --principal User:dealwatch
      dealwatch topics acls allot send --principal User:notifier --apply
      dealwatch topics acls erase --principal User:dealwatch --remove --keep worker --keep learner
    """
    from streams.access.rights import COMPONENTS, commands, rights_of
    from streams.access.rights import markdown as as_markdown
    from streams.cli.screen import print_document

    settings = settings_of(ctx)
    if markdown:
        typer.echo(as_markdown(settings), nl=False)
        return
    chosen = components or list(COMPONENTS)
    named = [*chosen, *(each for each in keep or () if each != _NOTHING)]
    if unknown := [each for each in named if each not in COMPONENTS]:
        raise typer.BadParameter(f"there is no {', '.join(unknown)}; choose from {', '.join(COMPONENTS)}")
    _refuse_wrong_use(components, principal, apply, remove)
    if keep and not remove:
        raise typer.BadParameter("--keep says what --remove leaves; give both")
    rights = rights_of(chosen, settings)
    if principal is not None and remove:
        _take_back(ctx, principal, chosen, keep or [], json)
    elif principal is not None and apply:
        _give(ctx, principal, rights, json)
    elif json:
        print_document({"rights": [each._asdict() for each in rights]})
    elif principal is not None:
        for line in commands(rights, principal, settings.broker or "localhost:9092"):
            typer.echo(line)
    else:
        _list_rights(chosen, settings)


def _refuse_wrong_use(components: list[str] | None, principal: str | None, apply: bool, remove: bool) -> None:
    if apply and remove:
        raise typer.BadParameter("--apply gives and --remove takes back; one of them")
    if (apply or remove) and principal is None:
        raise typer.BadParameter("say whose rights: --principal User:NAME")
    if principal is not None and not components:
        raise typer.BadParameter("name the parts that this principal runs, such as worker page learner")
    if principal is not None and not re.fullmatch(r"[A-Za-z]+:.+", principal):
        raise typer.BadParameter(f"{principal} is no principal; write User:{principal}, as Kafka does")


def _give(ctx: typer.Context, principal: str, rights: list[Right], json: bool) -> None:
    from streams.admin.acls import give
    from streams.cli.screen import waiting

    kafka = bootstrap_of(settings_of(ctx))
    with waiting(f"speaking to {kafka} ..."):
        done = give(kafka, principal, rights)
    _print_given(done, json)


def _take_back(ctx: typer.Context, principal: str, components: list[str], keep: list[str], json: bool) -> None:
    """Take the rights of some parts back, once it is known which other parts of the principal need some of them."""
    from streams.access.rights import rights_of, sharing
    from streams.admin.acls import rights_there, take_back
    from streams.cli.screen import waiting

    settings = settings_of(ctx)
    kafka = bootstrap_of(settings)
    with waiting(f"speaking to {kafka} ..."):
        others = [] if keep else sharing(components, rights_there(kafka, principal), settings)
        if others:
            raise typer.BadParameter(
                f"{principal} has all rights of {', '.join(others)}, too, and would lose some of them; say what it "
                f"still runs, as {' '.join(f'--keep {each}' for each in others)}, or --keep {_NOTHING}. "
                "Nothing was changed",
                param_hint="--keep",
            )
        kept = rights_of([each for each in keep if each != _NOTHING], settings)
        done = take_back(kafka, principal, rights_of(components, settings), kept)
    _print_given(done, json)


def _print_given(done: list[Given], json: bool) -> None:
    from streams.cli.screen import out, print_document, table

    if json:
        print_document({"rights": [{**each.right._asdict(), "done": each.done} for each in done]})
        return
    rows = [(*each.right, each.done) for each in done]
    out().print(table(("on", "name", "right", "what was done"), rows))


def _list_rights(components: list[str], settings: Settings) -> None:
    from streams.access.rights import rights_of
    from streams.cli.screen import out, table

    rows = []
    for component in components:
        by_thing: dict[tuple[str, str], list[str]] = {}
        for right in rights_of([component], settings):
            by_thing.setdefault((right.kind, right.name), []).append(right.operation)
        for index, ((kind, name), operations) in enumerate(by_thing.items()):
            rows.append(("" if index else component, kind, name, ", ".join(operations)))
    out().print(table(("part", "on", "name", "rights"), rows))


@app.command()
def schema(
    ctx: typer.Context,
    topic: Annotated[str | None, typer.Argument(metavar="TOPIC", help="A topic, such as deal.alerts.")] = None,
    asyncapi: Annotated[bool, typer.Option("--asyncapi", help="Print the AsyncAPI document of all topics.")] = False,
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FOLDER", help="Write the document and all schemas into a folder.")
    ] = None,
) -> None:
    """Print what is on a topic: the JSON Schema of its values, or all topics as AsyncAPI.

    Without a topic the topics are listed. For programs that consume or produce: the AsyncAPI document has keys and
    headers, too, and refers to the schemas as files beside it. No Kafka is needed.

    For example:
      dealwatch topics schema deal.alerts
      dealwatch topics schema --asyncapi
      dealwatch topics schema --write contracts
    """
    from streams.contracts.documents import asyncapi_text, documents, schema_text
    from streams.contracts.registry import PUBLIC
    from streams.contracts.schema import schema_of

    if sum((topic is not None, asyncapi, write is not None)) > 1:
        raise typer.BadParameter("name a topic, or --asyncapi, or --write; one of them")
    topics = _planned(settings_of(ctx))
    if asyncapi:
        sys.stdout.write(asyncapi_text(topics))
    elif write is not None:
        _write(write, documents(topics))
    elif topic is not None:
        by_name = {getattr(topics, each.role).name: each for each in PUBLIC}
        if topic not in by_name:
            raise NotFound(f"{topic}: no topic that others may read; there are {', '.join(by_name)}")
        sys.stdout.write(schema_text(schema_of(by_name[topic], topic)))
    else:
        _list_contracts(topics)


def _list_contracts(topics: Topics) -> None:
    from streams.cli.screen import out, table
    from streams.contracts.registry import CONTRACTS

    rows = []
    for each in CONTRACTS:
        private = " (not for others)" if each.private else ""
        rows.append((getattr(topics, each.role).name, str(each.version), each.title + private))
    out().print(table(("topic", "version", "what is on it"), rows, right=("version",)))


def _write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise FileUnusable(f"{path}: {error.strerror}; nothing more was written") from error
    print(f"{len(texts)} files in {folder}")


def _planned(settings: Settings) -> Topics:
    from streams.config.topics import plan

    return plan(settings)


def _print(reports: list[TopicReport], drifted: int) -> None:
    from rich.text import Text

    from streams.cli.screen import clean, out, table

    styles = {"ok": "green", "larger": "cyan", "differs": "bold red", "missing": "bold red"}
    rows = []
    for report in reports:
        for index, each in enumerate(report.findings):
            name = report.topic if index == 0 else ""
            actual = Text(clean(each.actual), style="" if each.verdict == "ok" else styles[each.verdict])
            rows.append((name, each.what, each.expected, actual, Text(each.verdict, style=styles[each.verdict])))
    out().print(table(("topic", "what", "planned", "found", ""), rows))
    if drifted:
        print(
            f"{drifted} of {len(reports)} topics are not as planned; `dealwatch topics apply` mends what can be mended"
        )
    else:
        print(f"all {len(reports)} topics are as planned")
