"""Messages through real servers: what arrives, under which id, and what each answer means."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from apprise.plugins.pagerduty import PAGERDUTY_API_LOOKUP

from streams.alerts.policy import Policy
from streams.channels.outcome import SENT, Outcome, of_http, of_smtp
from streams.channels.send import Channels
from streams.config.delivery import read_delivery
from streams.notify.delivery import Delivery, for_alert, for_digest
from streams.notify.notice import Notice, line_of
from tests.unit.notify.receivers import Answer, Hook, Mailbox, a_hook, a_mail_server
from tests.unit.notify.said import MONDAY, a_notice

#: The Monday.
DAY = date(2026, 3, 2).toordinal()

NOTICE: Notice = a_notice(
    "al-1",
    severity="critical",
    name="Acme <b>& Sons</b> <!channel> [pay](http://evil.example)",
    title="No answer for 12 days",
    stage="Proposal",
    probability=0.72,
    rank=91,
    reasons=("the buyer wrote last on 18 February", "two messages unanswered"),
    play="Re-engage the buyer",
    steps=("Call instead of writing again",),
    clears_when="the buyer makes contact",
    opportunity="opp/1 ü",
)


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Return a web server."""
    with a_hook() as made:
        yield made


@pytest.fixture
def mail() -> Iterator[tuple[Mailbox, int]]:
    """Return a mail server, and its port."""
    with a_mail_server() as made:
        yield made


def channels(folder: Path, url: str, more: str = "") -> Channels:
    """One channel `it`, beside the fallback."""
    path = folder / "delivery.toml"
    path.write_text(
        f'fallback = ["ops"]\n[channels.ops]\nurl = "json://127.0.0.1:9"\n[channels.it]\nurl = "{url}"\n{more}'
    )
    return Channels(read_delivery(path, Policy(), "https://deals.example.org/"), lambda: MONDAY)


def said(notice: Notice = NOTICE, act_by: int | None = DAY) -> Delivery:
    """An alert to the channel."""
    return for_alert(notice, "it", MONDAY, act_by)


def test_a_mail_has_all_that_a_person_needs_and_the_deliverys_id(mail: tuple[Mailbox, int], tmp_path: Path) -> None:
    """Subject, owner, amount, why, what to do, by when and the link; sent again it has the same Message-ID."""
    box, port = mail
    to = channels(
        tmp_path,
        f"mailto://127.0.0.1:{port}/?from=dealwatch@example.org&to={{mail}}",
        '[owner.rep-1]\nmail = "anna@example.org"\n',
    )
    assert to.deliver(said()) == SENT
    assert to.deliver(said()) == SENT

    assert box.ids == [said().id] * 2
    message = box.messages[0]
    assert message["To"] == "anna@example.org"
    assert message["Subject"].startswith("Critical: Acme")
    body = message.get_body(("html",)).get_content()  # type: ignore[attr-defined]  # the modern policy's message
    for part in (
        "No answer for 12 days",
        "1,000 EUR",
        "rep-1",
        "72 %",
        "higher than 91 of 100",
        "two messages unanswered",
        "Re-engage the buyer",
        "by 2026-03-02",
        "https://deals.example.org/deals/opp%2F1%20%C3%BC",
        "Acme &lt;b&gt;&amp; Sons",
    ):
        assert part in body, part


def test_a_chat_gets_markdown_in_which_nothing_of_an_event_pings_or_poses_as_a_link(hook: Hook, tmp_path: Path) -> None:
    """Slack's own form of mentions and links arrives as text."""
    to = channels(tmp_path, f"json://127.0.0.1:{hook.port}/", 'kind = "chat"\n')

    assert to.deliver(said()) == SENT

    body = hook.taken[0].json
    assert "<!channel>" not in body["title"] + body["message"]
    assert "](http" not in body["title"] + body["message"]
    assert "*Re-engage the buyer*" in body["message"]


def test_a_webhook_gets_the_data_and_an_idempotency_key(hook: Hook, tmp_path: Path) -> None:
    """Whoever automates reads the alert as it is, and knows it again by its id."""
    to = channels(tmp_path, f"json://127.0.0.1:{hook.port}/in")

    assert to.deliver(said()) == SENT

    [request] = hook.taken
    assert (request.path, request.key) == ("/in", said().id)
    assert request.json["delivery"]["notice"]["id"] == "al-1"
    assert request.json["type"] == "failure"


def test_a_digest_names_how_many_and_which(hook: Hook, tmp_path: Path) -> None:
    """What fell under the budget, what is to tidy up, what has ended."""
    to = channels(tmp_path, f"json://127.0.0.1:{hook.port}/")
    lines = (
        line_of(a_notice("one", name="Deal one"), "waited"),
        line_of(a_notice("two", name="Deal two", severity="info"), "info"),
        line_of(a_notice("three", name="Deal three", resolution="the buyer made contact"), "ended"),
    )

    assert to.deliver(for_digest("rep-1", DAY, "it", MONDAY, lines, 7, 5)) == SENT

    got = hook.taken[0].json
    assert got["title"] == "Deals of 2026-03-02: 9 more to look at, 1 resolved"
    for part in ("5 alerts sent", "Deal one (1,000 EUR)", "Deal two", "Deal three: the buyer made contact", "7 more"):
        assert part in got["message"], part


def test_an_incident_is_opened_and_closed_under_the_alerts_id(
    hook: Hook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PagerDuty's Events API: trigger and resolve with one dedup_key."""
    monkeypatch.setitem(PAGERDUTY_API_LOOKUP, "us", f"http://127.0.0.1:{hook.port}/v2/enqueue")
    to = channels(tmp_path, "pagerduty://A1B2C3D4E5F6A1B2C3D4E5F6A1B2C3D4@u+abcdefghijklmnopqr")

    assert to.deliver(said()) == SENT
    over = said(a_notice("al-1", sequence=2, status="resolved", transition="resolved", resolution="contact"), None)
    assert to.deliver(over) == SENT

    first, second = (each.json for each in hook.taken)
    assert (first["event_action"], first["dedup_key"]) == ("trigger", "al-1")
    assert first["payload"]["severity"] in ("critical", "error")
    assert (second["event_action"], second["dedup_key"]) == ("resolve", "al-1")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(200), ("sent", "", 0)),
        (Answer(204), ("sent", "", 0)),
        (Answer(429, {"Retry-After": "7"}), ("later", "http_429", 7_000)),
        (Answer(503, {"Retry-After": "Mon, 02 Mar 2026 00:00:30 GMT"}), ("later", "http_503", 30_000)),
        (Answer(500), ("later", "http_500", 0)),
        (Answer(401), ("later", "http_401", 0)),
        (Answer(400), ("refused", "http_400", 0)),
        (Answer(404), ("refused", "http_404", 0)),
        (Answer(410), ("refused", "http_410", 0)),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Answer) else "",
)
def test_an_http_answer_means(hook: Hook, tmp_path: Path, answer: Answer, expected: tuple[str, str, int]) -> None:
    """Too much and out of order: later, as long as was asked for. What is wrong with the message: never."""
    hook.answer = lambda _path, _before: answer
    got = channels(tmp_path, f"json://127.0.0.1:{hook.port}/").deliver(said())
    assert (got.kind, got.reason, got.wait_ms) == expected


@pytest.mark.parametrize(("refusal", "kind"), [("451 try later", "later"), ("550 no such user", "refused")])
def test_a_mail_servers_answer_means(mail: tuple[Mailbox, int], tmp_path: Path, refusal: str, kind: str) -> None:
    """4yz is transient, 5yz permanent."""
    box, port = mail
    box.refuse = refusal
    got = channels(tmp_path, f"mailto://127.0.0.1:{port}/?from=d@example.org&to=a@example.org").deliver(said())
    assert (got.kind, got.reason) == (kind, f"smtp_{refusal[:3]}")


def test_nobody_there_is_later_and_an_outcome_never_tells_a_secret(tmp_path: Path) -> None:
    """A dead address, one that makes no sense, a channel that is gone, a person without an address."""
    secret = "s3cr3t-t0ken"
    dead = channels(tmp_path, f"json://user:{secret}@127.0.0.1:1/{secret}").deliver(said())
    odd = channels(tmp_path, f"nosuch://{secret}").deliver(said())
    gone = channels(tmp_path, "json://127.0.0.1").deliver(for_alert(NOTICE, "elsewhere", MONDAY, None))
    unknown = channels(tmp_path, f"json://127.0.0.1:1/{{phone}}/{secret}").deliver(said())

    assert [each.kind for each in (dead, odd, gone, unknown)] == ["later", "refused", "refused", "refused"]
    assert [each.reason for each in (dead, odd, gone, unknown)] == [
        "no_answer",
        "bad_address",
        "unknown_channel",
        "no_address",
    ]
    assert not any(secret in str(each) for each in (dead, odd, gone, unknown))


def test_a_wait_beyond_an_hour_is_cut_and_rubbish_is_none() -> None:
    """A service must not silence a channel for a week by a header."""
    assert of_http(429, "999999", 0) == Outcome("later", "http_429", "the service answered 429", 3_600_000)
    assert of_http(429, "soon", 0).wait_ms == 0
    assert of_smtp(535).kind == "later"
