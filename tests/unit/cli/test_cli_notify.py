"""`dealwatch notify` on a terminal, without Kafka: a file is checked, a channel is tried, no secret is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from streams.admin.notifications import Waiting
from streams.cli.main import app
from tests.unit.notify.receivers import Answer, a_hook


def run(*words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["notify", *words], prog_name="dealwatch", catch_exceptions=False)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a delivery file with a secret."""
    monkeypatch.setenv("TOKEN", "s3cr3t-t0ken")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "delivery.toml"
    path.write_text(
        'fallback = ["ops"]\n[channels.ops]\nurl = "json://127.0.0.1:1/${TOKEN}"\n'
        '[channels.own]\nurl = "mailto://127.0.0.1/?from=a@b.org&to={mail}"\n'
        '[[routes]]\nseverity = ["critical", "warning"]\nchannels = ["own"]\n'
        '[owner.rep-1]\nmail = "anna@example.org"\n'
    )
    return path


def test_check_says_in_words_what_the_file_means(file: Path) -> None:
    """Channels, hours, routes, and what holds for an owner."""
    said = run("check", str(file), "--owner", "rep-1")
    assert said.exit_code == 0
    for part in (
        "at most 5 alerts an owner and working day",
        "1. severity critical or warning: to own",
        "2. anything else: to ops",
        "rep-1: in no team",
        "may hear through own",
    ):
        assert part in said.output, part
    assert "s3cr3t" not in said.output


def test_check_of_a_file_that_is_wrong_fails_with_its_place(file: Path) -> None:
    """Also where only Apprise does not understand an address."""
    file.write_text(file.read_text().replace('"own"]', '"onw"]'))
    said = run("check", str(file))
    assert said.exit_code == 1
    assert "routes[1].channels: there is no 'onw'; did you mean own?" in said.output

    file.write_text('fallback = ["ops"]\n[channels.ops]\nurl = "nosuch://${TOKEN}"\n')
    said = run("check", str(file))
    assert said.exit_code == 1
    assert "does not understand the address of ops" in said.output
    assert "s3cr3t" not in said.output


def test_a_test_message_arrives_or_says_why_not(file: Path) -> None:
    """One is sent through the channel that is named."""
    with a_hook() as hook:
        file.write_text(file.read_text().replace("127.0.0.1:1/", f"127.0.0.1:{hook.port}/"))
        said = run("test", "ops", "--file", str(file))
        assert (said.exit_code, said.output) == (0, "ops: sent\n")
        assert hook.taken[0].json["title"] == "Info: Test message"
        hook.answer = lambda _path, _before: Answer(404)
        said = run("test", "ops", "--file", str(file))
    assert said.exit_code == 1
    assert "ops: not sent: the service answered 404 (http_404; it would not be tried again)" in said.output
    assert "s3cr3t" not in said.output


def test_a_channel_that_is_not_there_and_no_file_say_what_to_do(file: Path) -> None:
    """Names of those that are there; where the file is named."""
    assert "there are ops, own" in run("test", "oops", "--file", str(file)).output
    assert "set DEALWATCH_DELIVERY" in run("check").output


def test_the_outbox_says_the_reason_by_which_a_retry_finds_what_was_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside how the last attempt ended; what was not tried yet has none, and what is queued says when it is due."""
    refused = Waiting("refused", "dn-1", "rep-1", "chat", "alert", 0, None, 1, "http_404", "the service answered 404")
    found = [
        refused,
        refused._replace(status="sending", id="dn-2", reason="", detail="", attempts=0),
        refused._replace(status="queued", id="dn-3", channel="", reason="round", detail="a title", next_at=86_400_000),
    ]
    monkeypatch.setattr("streams.admin.notifications.outbox", lambda *_: found)
    monkeypatch.setenv("DEALWATCH_BROKER", "127.0.0.1:1")
    monkeypatch.setenv("COLUMNS", "200")
    lines = {line.split()[1]: line for line in run("outbox").output.splitlines() if "dn-" in line}
    assert "the service answered 404 (http_404)" in lines["dn-1"]
    assert "(" not in lines["dn-2"]
    assert "next at 1970-01-02" in lines["dn-3"] and "(" not in lines["dn-3"]
