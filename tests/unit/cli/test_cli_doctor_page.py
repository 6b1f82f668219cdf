"""What doctor says about who can reach the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.cli.doctor import page
from streams.config.settings import load
from streams.errors import SettingsWrong

TOKEN = "0123456789abcdef0123"


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    """A file with the token, for its owner's eyes."""
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    path.chmod(0o600)
    return path


def test_loopback_is_well_with_and_without_a_token(token_file: Path) -> None:
    """Nobody else comes there."""
    assert page(load()).verdict == "ok"
    assert "asks for no token" in page(load()).found
    with_token = page(load(web_token=f"file:{token_file}"))
    assert (with_token.verdict, "asks for a token" in with_token.found) == ("ok", True)


def test_a_page_open_to_the_network_without_a_token_fails() -> None:
    """And so does one whose token can be guessed, or is not there; the token is in no sentence."""
    for token, why in (
        ("", "for everybody"),
        ("hunter2", "7 characters"),
        ("env:NO_SUCH", "NO_SUCH"),
        ("file:/no", "/no"),
    ):
        check = page(load(web_host="0.0.0.0", web_token=token))
        assert (check.verdict, why in check.found, "file:PATH" in check.todo) == ("fail", True, True)
        assert "hunter2" not in check.found


def test_a_page_for_the_network_says_how_it_is_reached(token_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name nobody gets through to it; TLS is somebody else's."""
    reference = f"file:{token_file}"
    nameless = page(load(web_host="0.0.0.0", web_token=reference))
    assert (nameless.verdict, "web_hosts" in nameless.todo) == ("warn", True)
    named = page(load(web_host="0.0.0.0", web_token=reference, web_hosts="deals.example"))
    assert (named.verdict, "deals.example" in named.found) == ("ok", True)
    monkeypatch.setenv("DEALS_TOKEN", TOKEN)
    assert page(load(web_host="10.0.0.1", web_token="env:DEALS_TOKEN", web_hosts="x")).verdict == "ok"


def test_a_token_that_others_can_read_is_said(token_file: Path) -> None:
    """With what to do."""
    token_file.chmod(0o644)
    check = page(load(web_token=f"file:{token_file}"))
    assert (check.verdict, check.todo) == ("warn", f"`chmod 600 {token_file}`")


def test_a_token_itself_is_refused_in_the_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference is fine there, the token itself in the environment; the sentence does not have it."""
    file = tmp_path / "dealwatch.toml"
    monkeypatch.setenv("DEALWATCH_CONFIG", str(file))
    file.write_text(f'web_token = "{TOKEN}"\n')
    with pytest.raises(SettingsWrong, match="env:NAME or file:PATH") as refused:
        load()
    assert TOKEN not in str(refused.value)
    file.write_text('web_token = "env:DEALS_TOKEN"\n')
    monkeypatch.setenv("DEALS_TOKEN", TOKEN)
    assert load().page_token == TOKEN
    file.write_text("")
    monkeypatch.setenv("DEALWATCH_WEB_TOKEN", TOKEN)
    assert load().page_token == TOKEN
