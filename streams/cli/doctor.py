"""`dealwatch doctor`: check everything, and say what to do."""

from __future__ import annotations

import stat
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.boundary import FAILED
from streams.cli.session import bootstrap_of, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.access.kafka import Address
    from streams.admin.check import Check, Look
    from streams.config.settings import Settings

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}
_INDENT = 20


def doctor(
    ctx: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check everything, and say what to do about what is wrong.

    Looks at Python and the libraries, disk and jars, who can reach the page, Kafka, the topics, the clocks (by a record
    on a topic of its own, which is deleted again), both consumer groups, how far they are behind and where, the dead
    letters, the disks of Kafka's brokers, how much of the workers a day's records take, the models and whether what
    they say is worth hearing, whether answers of revenue are kept current, the rules file, whether partitions know the
    time, floods of alerts, messages that wait, where a delivery file is named, whether this environment leads, and
    Prometheus (which alerts about Dealwatch fire, which programs it does not scrape) and the collector of traces, where
    they are named. Takes a few seconds. Exit code 1 where something fails; a warning is no failure. It needs the rights
    of the part look (`dealwatch topics acls look`); what it may not see it says, and goes on.

    For example:
      dealwatch doctor
      dealwatch doctor --json | jq '.checks[] | select(.verdict != "ok")'
    """
    from streams.admin.check import examined
    from streams.admin.diagnosis import Patient, kafka, machine
    from streams.admin.diagnosis_around import around
    from streams.cli.screen import print_document, waiting
    from streams.config.topics import group_of, plan
    from streams.errors import BrokerUnreachable
    from streams.telemetry.logs import redact

    settings = settings_of(ctx)
    bootstrap, no_broker = None, ""
    try:
        bootstrap = bootstrap_of(settings)
    except BrokerUnreachable as error:
        no_broker = str(error.args[0])
    groups = {role: group_of(settings, role) for role in ("track", "learn")}
    topics, more = plan(settings), () if bootstrap is None else _more(settings, bootstrap)
    patient = Patient(bootstrap, no_broker, topics, settings.replication, groups, more)
    own_jars = () if settings.broker else (examined("jars", _jars),)
    own = (*own_jars, examined("page", lambda: page(settings)))
    checks = []
    with waiting("looking ..."):
        for each in chain(machine(settings.data), own, around(settings), kafka(patient)):
            # What is found quotes files and errors, and is sent around by those who ask for help.
            check = each._replace(found=redact(each.found), todo=redact(each.todo))
            checks.append(check)
            if not json:
                _print(check)
    failed = any(check.verdict == "fail" for check in checks)
    if json:
        print_document({"ok": not failed, "checks": [check._asdict() for check in checks]})
    elif bootstrap is None:
        print("      the rest was not looked at: it needs Kafka")
    if failed:
        raise typer.Exit(FAILED)


def _more(settings: Settings, bootstrap: Address) -> Sequence[Look]:
    """What is looked at once Kafka answers: room, rules, alerts, messages, predictions and revenue."""
    from streams.admin.diagnosis_alerts import Told, alert_checks
    from streams.admin.diagnosis_around import environment_checks
    from streams.admin.diagnosis_capacity import capacity_checks
    from streams.admin.diagnosis_models import model_checks
    from streams.admin.diagnosis_revenue import revenue_checks
    from streams.config.rules import rules_path
    from streams.config.topics import group_of, plan

    topics, groups = plan(settings), {role: group_of(settings, role) for role in ("track", "allot", "send")}
    plays = Path(settings.plays) if settings.plays else None
    told = Told(rules_path(settings), plays, bool(settings.delivery), groups)
    return (
        *capacity_checks(bootstrap, topics, group_of(settings, "track")),
        *environment_checks(bootstrap, topics),
        *model_checks(bootstrap, topics),
        *revenue_checks(bootstrap, topics, group_of(settings, "revenue")),
        *alert_checks(bootstrap, topics, told),
    )


def _jars() -> Check:
    """Whether the embedded Kafka can start without the network."""
    from streams.admin.check import Check
    from streams.broker.jars import jar_directory, shipped_lock

    lock, folder = shipped_lock(), jar_directory()
    missing = [jar for jar in lock.jars if not (folder / jar.filename).is_file()]
    if missing:
        size = sum(jar.size_bytes for jar in missing) / 1e6
        found = f"{len(missing)} of {len(lock.jars)} jars of Kafka {lock.kafka_version} are not in {folder}"
        return Check("jars", "warn", found, f"`dealwatch broker start` fetches them once ({size:.0f} MB)")
    return Check("jars", "ok", f"Kafka {lock.kafka_version}, {len(lock.jars)} jars in {folder}")


def page(settings: Settings) -> Check:
    """Who can reach the page: this machine, or the network, and then only with a token that nobody guesses."""
    from streams.admin.check import Check
    from streams.errors import SettingsWrong
    from streams.web.guard import check_binding, is_loopback

    where = f"{settings.web_host}:{settings.web_port}"
    try:
        check_binding(settings.web_host, settings.page_token)
    except SettingsWrong as error:
        todo = (
            "put a token into a file (`openssl rand -hex 24`), and say web_token = file:PATH; no worker starts before"
        )
        return Check("page", "fail", str(error.args[0]), todo)
    asks = "asks for a token" if settings.page_token else "asks for no token"
    if exposed := _readable_by_others(settings.web_token):
        return Check("page", "warn", f"others on this machine can read {exposed}", f"`chmod 600 {exposed}`")
    if is_loopback(settings.web_host):
        return Check("page", "ok", f"{where}, for this machine only; {asks}")
    if not settings.web_hosts.strip():
        found = f"{where}, for the network; {asks}, and is reached under loopback's names only"
        return Check("page", "warn", found, "say in web_hosts under which names or addresses people ask for it")
    return Check(
        "page", "ok", f"{where}, for the network, as {settings.web_hosts}; {asks}; TLS is for a proxy before it"
    )


def _readable_by_others(reference: str) -> str:
    """The file with the token, where others than its owner and group may read it."""
    kind, _, path = reference.partition(":")
    if kind != "file":
        return ""
    mode = Path(path).expanduser().stat().st_mode
    return path if mode & stat.S_IROTH else ""


def _print(check: Check) -> None:
    from rich.text import Text

    from streams.cli.screen import clean, out

    console = out()
    label = Text(f"{check.verdict:4}", style=_STYLES[check.verdict])
    console.print(Text.assemble(label, f"  {check.name:{_INDENT - 6}}", clean(check.found)), soft_wrap=True)
    if check.todo:
        console.print(Text(" " * _INDENT + clean(check.todo), style="italic"), soft_wrap=True)
