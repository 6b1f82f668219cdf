"""Addresses among the settings: one that holds a password is refused, and nothing of it is said again."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli.main import app
from streams.config.settings import load
from streams.errors import SettingsWrong

SECRET = "s3cr3t"
#: Settings that take an address, and how an address without anything secret looks there.
PLAIN = {
    "broker": "kafka-1:9092,[::1]:9093",
    "broker_token_url": "https://login.example/token",
    "otel_endpoint": "http://collector:4318",
    "prometheus_url": "https://prometheus.example/below",
    "page_url": "https://deals.example.org",
    "web_hosts": "deals.example.org,deals.example.org:8787",
}
#: Where in an address a password may stand, also where a slip of the pen makes it none.
WRITTEN = (
    f"user:{SECRET}@host:9092",
    f"{SECRET}@host:9092",
    f"user:{SECRET}%40host:9092",
    f"user:9,{SECRET}@host:9092",
    f"kafka-1:9092,user:{SECRET}@host:9092",
    f"https://user:{SECRET}@host",
    f"https://user:{SECRET}/x@host",
    f"http://[user:{SECRET}@host",
    f"http://user:{SECRET}\u2100@host/",
    f"http://user:a[{SECRET}]b@host",
)


@pytest.mark.parametrize("setting", PLAIN)
def test_an_address_without_credentials_is_taken(setting: str) -> None:
    """As it is."""
    assert getattr(load(**{setting: PLAIN[setting]}), setting) == PLAIN[setting]


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("setting", PLAIN)
def test_a_password_in_an_address_is_refused_and_not_repeated(setting: str, written: str) -> None:
    """Neither in the message nor in what led to it: a message ends in a log, with its causes."""
    with pytest.raises(SettingsWrong) as refused:
        load(**{setting: written})
    assert str(refused.value).startswith(f"{setting}: ")
    assert SECRET not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("address", [f"user:{SECRET}", f"sasl://user:{SECRET}/host", f"host:9092,{SECRET}", SECRET])
def test_what_is_no_address_of_a_kafka_is_not_repeated_either(address: str) -> None:
    """Whoever forgot the host wrote a password; which one of several is wrong is said by its place."""
    with pytest.raises(SettingsWrong, match="no address; write host:port") as refused:
        load(broker=address)
    assert SECRET not in str(refused.value)
    assert ("number 2 of 2" in str(refused.value)) == ("," in address)


@pytest.mark.parametrize("words", [("doctor",), ("rules", "list"), ("worker",), ("up",), ("topics", "check", "--json")])
@pytest.mark.parametrize("how", ["option", "variable", "plain", "file"])
def test_no_command_says_again_what_was_written_as_the_broker(
    words: tuple[str, ...], how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it was written. It is wrong use, and where a password belongs is said."""
    monkeypatch.chdir(tmp_path)
    written = f"user:{SECRET}@host:9092"
    given = {"option": (), "variable": ("DEALWATCH_BROKER",), "plain": ("BROKER",), "file": ()}[how]
    if how == "file":
        (tmp_path / "dealwatch.toml").write_text(f'broker = "{written}"\n')
    command = [*words, *(("--broker", written) if how == "option" else ())]
    done = CliRunner().invoke(app, command, env=dict.fromkeys(given, written), prog_name="dealwatch")
    assert done.exit_code == 2
    assert "broker: a name or a password has no place in an address" in done.output
    assert "broker_user and broker_password" in done.output
    assert SECRET not in done.output + done.stderr
