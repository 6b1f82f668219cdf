"""Who is not let in hears in one sentence why, and what to do: no traceback, no endless wait, no secret."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.access.rights import rights_of
from streams.admin import client
from streams.admin.acls import give
from streams.admin.provision import apply
from streams.alerts.registry import RULES
from streams.config.settings import load
from streams.config.topics import plan
from tests.integration.access.conftest import run, run_apart
from tests.integration.access.secured import SecuredKafka, token

pytestmark = pytest.mark.kafka

Change = Callable[[SecuredKafka, Path], dict[str, str]]


def plain(secured: SecuredKafka, address: str, **settings: str) -> dict[str, str]:
    """Settings that name an address and nothing else, or little."""
    return {"DEALWATCH_BROKER": address, **{f"DEALWATCH_{name.upper()}": value for name, value in settings.items()}}


def expired(secured: SecuredKafka, folder: Path) -> dict[str, str]:
    """Settings with a token that was good a minute ago."""
    found = secured.bearing(folder)
    (folder / "token").write_text(token("bearer", life_s=-60.0))
    return found


REFUSED: dict[str, tuple[Change, str]] = {
    "a wrong password": (
        lambda secured, _: {**secured.environment("worker"), "SECURED_PASSWORD": "wrong"},
        "does not accept the user worker; correct broker_user, or the password",
    ),
    "a wrong password with PLAIN": (
        lambda secured, _: {**secured.environment("worker", "PLAIN"), "SECURED_PASSWORD": "wrong"},
        "does not accept the user worker; correct broker_user, or the password",
    ),
    "a token that has expired": (expired, "does not accept this token; check who gives the tokens"),
    "an authority that is not trusted": (
        lambda secured, _: {**secured.environment("worker"), "DEALWATCH_BROKER_CA": str(secured.other_ca)},
        "is not trusted (unable to get local issuer certificate); set broker_ca",
    ),
    "an authority that the system does not know": (
        lambda secured, _: {**secured.environment("worker"), "DEALWATCH_BROKER_CA": ""},
        "is not trusted",
    ),
    "another name than the certificate's": (
        lambda secured, _: {
            **secured.environment("worker"),
            "DEALWATCH_BROKER": secured.passwords.replace("127.0.0.1", "localhost"),
        },
        "is for another name; name the broker as its certificate does",
    ),
    "no certificate of one's own": (
        lambda secured, _: plain(secured, secured.certificates, broker_protocol="SSL", broker_ca=str(secured.ca)),
        "asks for a certificate of the client; set broker_certificate and broker_key",
    ),
    "a certificate of another authority": (
        lambda secured, _: plain(
            secured,
            secured.certificates,
            broker_protocol="SSL",
            broker_ca=str(secured.ca),
            broker_certificate=str(secured.foreign),
        ),
        "does not accept the certificate in",
    ),
    "plaintext where TLS is spoken": (
        lambda secured, _: plain(secured, secured.passwords),
        "does not speak plaintext; set broker_protocol to SSL, or to SASL_SSL where a password is asked for",
    ),
    "TLS where plaintext is spoken": (
        lambda secured, _: plain(secured, secured.plaintext, broker_protocol="SSL"),
        "does not speak TLS; name the address that does, or set broker_protocol to PLAINTEXT",
    ),
    "no password where one is asked for": (
        lambda secured, _: plain(secured, secured.passwords, broker_protocol="SSL", broker_ca=str(secured.ca)),
        "asks who one is; set broker_protocol to SASL_SSL, broker_user and broker_password",
    ),
    "a password where none is asked for": (
        lambda secured, _: {
            **secured.certified(),
            **secured.environment("worker"),
            "DEALWATCH_BROKER": secured.certificates,
        },
        "asks for no password; set broker_protocol to SSL",
    ),
}


@pytest.fixture(autouse=True)
def _sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up sooner: nobody here comes in later."""
    monkeypatch.setattr(client, "CONNECT_SECONDS", 3.0)


@pytest.mark.parametrize("what", REFUSED)
def test_who_is_not_let_in_hears_why_in_one_sentence(what: str, secured: SecuredKafka, tmp_path: Path) -> None:
    """The same from every command, since all come in by one function; here from one that only lists."""
    change, sentence = REFUSED[what]
    done = run(change(secured, tmp_path), "alerts", "list")
    [line] = done.stderr.splitlines()
    assert done.exit_code == 1, line
    assert line.startswith("error: ") and sentence in line, line


@pytest.mark.parametrize("what", REFUSED)
def test_rules_are_listed_at_once_with_why_people_could_not_be_heard(
    what: str, secured: SecuredKafka, tmp_path: Path
) -> None:
    """They need no Kafka; whoever is not let in is not waited for, and hears the same sentence."""
    change, sentence = REFUSED[what]
    environment, began = change(secured, tmp_path), time.monotonic()
    done = run(environment, "rules", "list", "--json")
    assert time.monotonic() - began < client.CONNECT_SECONDS
    assert done.exit_code == 0 and len(json.loads(done.stdout)["rules"]) == len(RULES)
    assert "what people said is not known: " in done.stderr and sentence in " ".join(done.stderr.split())


def test_rules_say_what_people_said_where_one_comes_in(secured: SecuredKafka) -> None:
    """By password and TLS: the topic is not there, which only somebody knows who was let in."""
    done = run({**secured.environment("owner", "PLAIN"), "DEALWATCH_PREFIX": "nowhere."}, "rules", "list")
    assert done.exit_code == 0 and "nowhere.deal.models" in done.stderr, done.stderr


def test_worker_and_doctor_say_it_too(secured: SecuredKafka) -> None:
    """As processes of their own, all of their output: one line, and exit code 1; the doctor says what to do below."""
    environment = {**secured.environment("worker"), "SECURED_PASSWORD": "wrong"}
    code, said = run_apart(environment, "worker", "--port", "0")
    assert code == 1
    assert len(said.splitlines()) == 1 and "does not accept the user worker; correct broker_user" in said
    done = run(environment, "doctor")
    assert done.exit_code == 1
    assert "does not accept the user worker\n" in done.stdout
    assert "correct broker_user, or the password in the place that broker_password names" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("alerts", "list"),
        ("topics", "check"),
        ("topics", "apply"),
        ("topics", "acls", "look", "--principal", "User:stranger", "--apply"),
        ("worker", "--port", "0"),
    ],
)
def test_who_has_no_right_hears_which_command_lists_them(arguments: tuple[str, ...], secured: SecuredKafka) -> None:
    """Let in, but nothing allowed: one sentence, and the way to the rights."""
    code, said = run_apart({**secured.environment("stranger"), "DEALWATCH_PREFIX": "refused."}, *arguments)
    assert code == 1
    assert len(said.splitlines()) == 1, said
    assert "error: " in said and "topics acls" in said, said


def test_rights_are_given_once_and_taken_back_by_command(secured: SecuredKafka) -> None:
    """`--apply` gives what is missing, `--remove` takes back the same and nothing else."""
    settings = load(broker=secured.passwords, prefix="given.")
    apply(secured.owner, plan(settings).all[:1])
    give(secured.owner, "User:stranger", rights_of(["feed"], settings))
    many = len(rights_of(["send"], settings))
    owner = {**secured.environment("owner", "PLAIN"), "DEALWATCH_PREFIX": "given."}
    words = ("topics", "acls", "send", "--principal", "User:stranger", "--json")
    first, second = run(owner, *words, "--apply"), run(owner, *words, "--apply")
    assert (first.stdout.count('"given"'), first.stdout.count('"there"')) == (many, 0), first.stdout
    assert (second.stdout.count('"given"'), second.stdout.count('"there"')) == (0, many)
    removed = run(owner, *words, "--remove")
    assert removed.stdout.count('"taken back"') == many
    assert run(owner, *words, "--remove").stdout.count('"absent"') == many
    left = run(owner, "topics", "acls", "feed", "--principal", "User:stranger", "--json", "--apply")
    assert left.stdout.count('"there"') == 1


def test_rights_that_another_part_needs_stay_when_one_is_taken_back(secured: SecuredKafka) -> None:
    """Who erases by the worker's principal, and takes that back, still has a worker."""
    settings = load(broker=secured.passwords, prefix="shared.")
    owner = {**secured.environment("owner", "PLAIN"), "DEALWATCH_PREFIX": "shared."}
    words = ("topics", "acls", "erase", "--principal", "User:stranger")
    running = rights_of(["worker"], settings)
    give(secured.owner, "User:stranger", running)
    run(owner, *words, "--apply")
    asked = run(owner, *words, "--remove")
    assert asked.exit_code == 2
    assert "has all rights of worker" in (said := " ".join(asked.output.split())) and "--keep worker" in said
    done = run(owner, *words, "--remove", "--keep", "worker")
    assert done.exit_code == 0 and "kept" in done.stdout and "taken back" in done.stdout
    assert {each.done for each in give(secured.owner, "User:stranger", running)} == {"there"}
    run(owner, *words, "--apply")
    assert "kept" not in run(owner, *words, "--remove", "--keep", "nothing").stdout
    assert {each.done for each in give(secured.owner, "User:stranger", running)} == {"given"}
