"""Which Kafka a command speaks to."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from streams.broker.server import BrokerStatus
from streams.cli import session
from streams.cli.main import app
from streams.cli.session import bootstrap_of, settings_of
from streams.config.settings import Settings, load
from streams.errors import BrokerUnreachable, SettingsWrong


class Root:
    """A context whose global options are given."""

    def __init__(self, **params: object) -> None:
        """Give the options."""
        self.params = {"broker": None, "prefix": None, "data": None, "version": False, **params}
        self.meta: dict[str, object] = {}

    def find_root(self) -> "Root":
        """It is the root."""
        return self


def read(**params: object) -> Settings:
    """Read the settings as a command does."""
    context: typer.Context = Root(**params)  # type: ignore[assignment]
    return settings_of(context)


def test_the_option_wins_over_both_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is typed counts most."""
    monkeypatch.setenv("BROKER", "plain:1")
    monkeypatch.setenv("DEALWATCH_BROKER", "own:2")
    assert read(broker="typed:3").broker == "typed:3"


def test_our_variable_wins_over_the_plain_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """`DEALWATCH_BROKER` is more specific than `BROKER`."""
    monkeypatch.setenv("BROKER", "plain:1")
    assert read().broker == "plain:1"
    monkeypatch.setenv("DEALWATCH_BROKER", "own:2")
    assert read().broker == "own:2"


@pytest.mark.parametrize("address", ["localhost", "host:port", "a:1,b", "http://x:1", "a b:1"])
def test_an_address_without_a_port_is_wrong_use(address: str) -> None:
    """A mistake in the address is found before anybody waits for it."""
    with pytest.raises(SettingsWrong, match="host:port"):
        read(broker=address)


@pytest.mark.parametrize("address", ["localhost:9092", "a:1,b.example:2", "[::1]:9092"])
def test_addresses_may_be_several(address: str) -> None:
    """Names, numbers and lists are addresses."""
    assert str(bootstrap_of(read(broker=address))) == address


@pytest.mark.parametrize("content", [b"broker = [", b"\xff\xfe"])
def test_a_settings_file_that_is_no_toml_is_wrong_use(content: bytes, tmp_path: Path) -> None:
    """A slip in the file is said in a line."""
    (tmp_path / "dealwatch.toml").write_bytes(content)
    with pytest.raises(SettingsWrong, match="settings file"):
        read()


def test_without_any_kafka_the_way_to_one_is_named(tmp_path: Path) -> None:
    """Nothing named and nothing running: the message says how to start one."""
    with pytest.raises(BrokerUnreachable, match="dealwatch broker start"):
        bootstrap_of(read(data=tmp_path))


def test_who_says_how_to_come_in_and_not_where_is_not_sent_to_the_embedded_kafka(tmp_path: Path) -> None:
    """A password is for a Kafka of one's own; the embedded one would be another environment."""
    result = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path)], env={"DEALWATCH_BROKER_PROTOCOL": "SASL_SSL"})
    assert result.exit_code == 1
    assert "no Kafka is named, and broker_protocol SASL_SSL is not for the one that comes with" in result.stdout
    assert "name yours with --broker host:port" in result.stdout and "start one" not in result.stdout


@pytest.mark.parametrize(("ready", "answer"), [(True, "127.0.0.1:9"), (False, "does not answer yet")])
def test_the_embedded_kafka_is_used_once_it_answers(
    ready: bool, answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Kafka that runs in the data folder needs no naming; one that still starts is waited for by the person."""
    found = BrokerStatus(tmp_path, True, ready, "127.0.0.1:9", 1, "4.4.0", 0)
    monkeypatch.setattr(session, "embedded", lambda _settings: found)
    settings = read(data=tmp_path)
    if ready:
        assert str(bootstrap_of(settings)) == answer
    else:
        with pytest.raises(BrokerUnreachable, match=answer):
            bootstrap_of(settings)


def test_a_command_without_kafka_fails_with_advice() -> None:
    """The whole way: no Kafka, one line, exit code 1."""
    result = CliRunner().invoke(app, ["alerts", "list"])
    assert result.exit_code == 1
    assert "dealwatch broker start" in result.stderr


def test_a_setting_that_does_not_exist_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    """And a value that is refused is refused in plain words."""
    (tmp_path / "dealwatch.toml").write_text('timezon = "UTC"\nxyzzy = 1\ntimezone = "Mars"\n', encoding="utf-8")
    with pytest.raises(SettingsWrong) as caught:
        load()
    told = str(caught.value).split("; ")
    assert "timezon: no such setting" in told
    assert "did you mean timezone?" in told
    assert "xyzzy: no such setting" in told
    assert "timezone: no such time zone" in told


def test_a_variable_that_has_no_effect_is_warned_of_once_a_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On standard error, so that output can be piped; the command goes on."""
    monkeypatch.setenv("DEALWATCH_PREFX", "prod.")
    result = CliRunner().invoke(app, ["topics", "acls", "feed", "--principal", "User:x"])
    assert result.exit_code == 0 and "warning" not in result.stdout
    assert result.stderr == (
        "warning: DEALWATCH_PREFX has no effect, there is no such setting; did you mean DEALWATCH_PREFIX?\n"
    )
    context: typer.Context = Root()  # type: ignore[assignment]
    heard: list[str] = []
    for _ in range(2):
        settings_of(context, heard.append)
    assert len(heard) == 1


@pytest.mark.parametrize("named", [True, False])
def test_a_folder_in_place_of_the_settings_file_is_wrong_use(
    named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mount whose file is missing becomes a folder; nobody should run with the defaults then."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dealwatch.toml").mkdir()
    if named:
        monkeypatch.setenv("DEALWATCH_CONFIG", str(tmp_path / "dealwatch.toml"))
    with pytest.raises(SettingsWrong, match="which is no file" if named else "dealwatch.toml is a folder"):
        read()
