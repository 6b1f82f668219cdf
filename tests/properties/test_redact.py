"""Whatever is secret, in whatever form and wherever in a line: no line holds it."""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Callable
from unittest.mock import patch
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from streams.config import secret as secrets
from streams.config.secret import keep_out_of_logs, known_secrets, read_secret
from streams.telemetry import logs
from streams.telemetry.logs import Format, Style, log_to_stderr
from streams.telemetry.redact import ADDRESS, LONGEST, SECRET, SHORTEST, Redactor

#: Any text of a password's length, without what an environment variable cannot hold.
SECRETS = (
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=SHORTEST, max_size=40)
    .map(lambda text: text.rstrip("\r\n"))
    .filter(lambda text: len(text) >= SHORTEST)
)
FORMS: tuple[Callable[[str], str], ...] = (
    str,
    repr,
    json.dumps,
    quote,
    quote_plus,
    lambda text: repr(text.encode()),
    lambda text: repr(repr(text)),
    lambda text: repr(ValueError(f'it\'s "{text}"')),
    lambda text: json.dumps({"at": f"kafka://user:{text}@host"}),
)


def lines(log: Callable[[logging.Logger], None], style: Format) -> str:
    """What one call logs."""
    stream = io.StringIO()
    stream.isatty = lambda: False  # type: ignore[method-assign]
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    levels = {name: logging.getLogger(name).level for name in ("", "dealwatch", *logs._MODULES, *logs._RETRIED)}
    with patch("sys.stderr", stream), patch("sys.excepthook"), patch("threading.excepthook"):
        try:
            log_to_stderr(style=Style(style, "DEBUG", "track"))
            log(logging.getLogger("dealwatch.test"))
        finally:
            logging.captureWarnings(False)
            root.handlers[:] = before
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
    return stream.getvalue()


@pytest.fixture(autouse=True)
def _forgotten() -> object:
    """No secret of one example is known in another test."""
    with patch.object(secrets, "_lasting", set()):
        yield


@given(SECRETS, st.sampled_from(FORMS), st.sampled_from(FORMS), st.sampled_from(["text", "json"]))
def test_no_line_holds_a_secret_that_is_configured(
    secret: str, one: Callable[[str], str], other: Callable[[str], str], style: Format
) -> None:
    """In the message, its arguments, what goes along, an exception and its cause: as it is, represented, encoded."""
    plain = lines(lambda log: _say(log, "", one, other), style)
    assume(secret not in plain and secret not in f"{SECRET}{ADDRESS}")
    with patch.dict(os.environ, {"DEALWATCH_TEST_SECRET": secret}), patch.object(secrets, "_lasting", set()):
        read_secret("broker_password", "env:DEALWATCH_TEST_SECRET")
        said = lines(lambda log: _say(log, secret, one, other), style)

    for form in (FORMS[0], *FORMS[2:5]):
        found = form(secret).strip('"')
        assert found not in said or found in plain or found in SECRET
    if style == "json":
        parsed = [json.loads(line) for line in said.splitlines()]
        assert len(parsed) == 1 and secret not in json.dumps(parsed, ensure_ascii=False)
        assert SECRET in parsed[0]["event"] and SECRET in json.dumps(parsed[0]["exception"])


def _say(log: logging.Logger, secret: str, one: Callable[[str], str], other: Callable[[str], str]) -> None:
    try:
        try:
            raise KeyError(one(secret))
        except KeyError as error:
            raise ConnectionError(f"refused: {other(secret)}") from error
    except ConnectionError:
        log.exception("with %s and %s", one(secret), other(secret), extra={"at": one(secret), "all": [{"x": secret}]})


@given(st.text(max_size=60), SECRETS)
def test_what_is_left_reads_as_before(text: str, secret: str) -> None:
    """A text without secrets, addresses and the like is left alone, whatever else is known."""
    assume(secret not in text and "@" not in text and "://" not in text and "authorization" not in text.lower())
    assert Redactor(lambda: {"another-secret"}).text(text) == text


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("for anna.meier@example.com now", f"for {ADDRESS} now"),
        ("mail to <o'neil+x@mail.example.co.uk>", f"mail to <{ADDRESS}>"),
        ("'anna.meier@example.com' is in two teams", f"'{ADDRESS}' is in two teams"),
        ("https://user:pass@collector:4318/v1", f"https://{SECRET}@collector:4318/v1"),
        ("Kafka at user:pa$$w0rd@kafka-1:9092,kafka-2:9092", f"Kafka at {SECRET}@kafka-1:9092,kafka-2:9092"),
        ("{'Authorization': 'Basic dXNlcjpwYXNz'}", f"{{'Authorization': '{SECRET}'}}"),
        ("authorization: Bearer abc.def", f"authorization: {SECRET}"),
        ("partition 3 of deal.activity at offset 17", "partition 3 of deal.activity at offset 17"),
    ],
)
def test_addresses_of_people_and_credentials_are_left_out_though_nobody_named_them(said: str, left: str) -> None:
    """An owner's id may be an e-mail address, and what a library says may hold an address with a password."""
    assert Redactor(set).text(said) == left


def test_a_long_text_is_cut_after_secrets_are_out() -> None:
    """Or the first half of one could stay at the end."""
    secret = "s3cret-" * 4
    said = Redactor(lambda: {secret}).text("x" * (LONGEST - 10) + secret + "y" * 100)
    assert "s3c" not in said and len(said) < LONGEST + 60


def test_tokens_that_are_renewed_are_known_as_long_as_they_may_be_used() -> None:
    """And do not pile up; what is read once at the start stays known."""
    keep_out_of_logs("a-password")
    for number in range(1000):
        keep_out_of_logs(f"token-{number}", renewed=True)
    known = known_secrets()
    assert {"a-password", "token-999", "token-990"} <= known and len(known) < 30
