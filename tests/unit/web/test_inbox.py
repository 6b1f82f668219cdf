"""The inbox: whose alerts press, the worst first, and where those are that somebody looks after or has snoozed."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from models.ballots import Vote
from streams.alerts.alert import Alert, Driver, Reason, encode_alert
from streams.state.opportunity import DAY
from streams.state.watch import Status
from streams.web.app import build_web
from streams.web.health import HealthNotes
from streams.web.inbox import InboxWanted, read_inbox_wanted
from streams.web.live import Hub
from streams.web.read_model import ReadModel
from streams.web.wanted import NOBODY
from tests.builders import ms
from tests.unit.web.samples import a_deal, a_model, a_reason, a_standing_alert, an_alert, ask


def _model(team_of: Any = None) -> ReadModel:
    model = ReadModel() if team_of is None else ReadModel(team_of=team_of)
    reasons = {"silent": a_reason("critical")}
    deals = {
        "worst": a_deal("worst", amount="900", owner="kim", reasons=reasons),
        "small": a_deal("small", amount="9", owner="kim", reasons=reasons),
        "mild": a_deal("mild", owner="lee", reasons={"no_next_step": a_reason()}),
        "calm": a_deal("calm"),
        "taken": a_deal("taken", owner="lee", alert=_handled("taken", acknowledged_by="kim"), reasons=reasons),
        "given": a_deal("given", owner="lee", alert=_handled("given", assignee="kim"), reasons=reasons),
        "late": a_deal("late", owner="kim", **_asleep("late", 30)),
        "soon": a_deal("soon", owner="", **_asleep("soon", 20)),
    }
    for name, record in deals.items():
        model.on_state(name.encode(), record)
    return model


def _handled(name: str, **fields: Any) -> Any:
    status: Status = "acknowledged" if "acknowledged_by" in fields else "open"
    return replace(a_standing_alert(name, {"silent": a_reason("critical")}, status=status), **fields)


def _asleep(name: str, until: float) -> dict[str, Any]:
    reasons = {"silent": replace(a_reason(), snoozed_until=ms(until))}
    return {"reasons": reasons, "alert": a_standing_alert(name, reasons, status="snoozed")}


def _names(model: ReadModel, **wanted: Any) -> list[str]:
    return [each.deal.facts.id for each in model.inbox(InboxWanted(**wanted)).entries]


def test_what_presses_comes_by_severity_then_by_stake() -> None:
    """Acknowledged ones among them; no snoozed one, and no deal without an alert."""
    assert _names(_model()) == ["given", "taken", "worst", "small", "mild"]


def test_an_alert_is_whose_it_was_assigned_to_else_the_owners() -> None:
    """And counts there; a deal of nobody can be asked for."""
    model = _model()
    assert _names(model, owner="kim") == ["given", "worst", "small"]
    assert _names(model, owner="lee") == ["taken", "mild"]
    assert _names(model, owner=NOBODY, status="snoozed") == ["soon"]
    assert model.inbox(InboxWanted()).owners == {"kim": 3, "lee": 2}


def test_each_status_has_its_place_and_its_number() -> None:
    """The numbers keep to the other filters; who is snoozed stands in the order of waking."""
    model = _model()
    assert _names(model, status="open") == ["given", "worst", "small", "mild"]
    assert _names(model, status="acknowledged") == ["taken"]
    assert _names(model, status="snoozed") == ["soon", "late"]
    everybody, kim = model.inbox(InboxWanted(status="snoozed")), model.inbox(InboxWanted(owner="kim"))
    assert everybody.statuses == {"": 5, "open": 4, "acknowledged": 1, "snoozed": 2, "due": 0}
    assert kim.statuses == {"": 3, "open": 3, "acknowledged": 0, "snoozed": 1, "due": 0}


def test_severity_reason_and_words_narrow() -> None:
    """All have to fit."""
    model = _model()
    assert _names(model, severity="warning") == ["mild"]
    assert _names(model, rule="no_next_step") == ["mild"]
    assert _names(model, text="KIM small") == ["small"]
    assert _names(model, text="kim", severity="critical") == ["given", "worst", "small"]


def test_pages_divide_what_is_left() -> None:
    """A page beyond the last one is the last one."""
    found = _model().inbox(InboxWanted(size=2, page=9))
    assert (found.page, found.pages, found.total, len(found.entries)) == (3, 3, 5, 1)


def test_teams_are_a_filter_where_owners_have_one() -> None:
    """Whose it is decides; where nobody has a team there is nothing to choose from."""
    model = _model(lambda owner: "north" if owner == "kim" else "")
    assert _names(model, team="north") == ["given", "worst", "small"]
    assert model.inbox(InboxWanted()).teams == {"north": 3}
    assert _model().inbox(InboxWanted()).teams == {}


def test_filters_survive_the_way_through_the_url() -> None:
    """What stands in a query reads back equal, defaults are left out, and nonsense is taken as not given."""
    wanted = InboxWanted(status="snoozed", owner="a", team="t", severity="info", rule="silent", text="x", page=3)
    pairs = dict(re.findall(r"[?&](\w+)=([^&]*)", wanted.query()))
    assert read_inbox_wanted(pairs) == wanted
    assert InboxWanted().query() == ""
    assert read_inbox_wanted({"status": "zzz", "severity": "zzz", "page": "-1", "size": "0"}) == InboxWanted(size=1)


def _page(model: ReadModel, path: str = "/inbox") -> str:
    async def taken(_event: object) -> None:
        raise AssertionError("nobody acts")

    app = build_web(
        model,
        Hub(),
        health=HealthNotes(ready=True, reasons=[]),
        metrics=lambda: (b"", "text/plain"),
        version="1",
        submit=taken,
    )
    return ask(app, path).text


def _two_reasons() -> Alert:
    alert = an_alert()
    other = Reason(
        rule="no_next_step",
        rule_version=1,
        severity="info",
        episode=ms(6),
        title="No next step for 5 business days",
        evidence=(Driver("nothing planned for 5 business days"),),
        clears_when="a step or meeting is planned",
        snoozed_until=ms(20),
    )
    return replace(alert, reasons=(*alert.reasons, other), acknowledged_by="kim", by="kim", note="calling <b>them</b>")


def test_an_entry_says_why_what_ends_it_what_to_do_and_who_is_on_it() -> None:
    """Every reason with its evidence, its end and a snooze of its own; the play; who took it and what they wrote."""
    model = a_model(a_deal())
    model.on_alert(encode_alert(_two_reasons()))
    text = _page(model)
    for words in (
        "Silent for 12 days", "no contact for 12 days", "the buyer makes contact", "No next step for 5 business days",
        "a step or meeting is planned", "snoozed until", "acknowledged by kim", "calling &lt;b&gt;them&lt;/b&gt;",
        "Book the next step", "It worked when", 'data-rule="no_next_step"', 'data-rule="silent"', "Take back",
    ):  # fmt: skip
        assert words in text, words
    assert 'data-act="acknowledge"' not in text
    single = a_model(a_deal())
    single.on_alert(encode_alert(an_alert()))
    assert "data-rule=" not in _page(single)


def test_one_reason_of_several_can_be_done_or_of_no_use() -> None:
    """Each has its own buttons, which say what they are about; a single reason has none but those of the alert."""
    model = a_model(a_deal())
    model.on_alert(encode_alert(_two_reasons()))
    for path in ("/inbox", "/deals/opp-1"):
        text = _page(model, path)
        for word in ("Silent", "No next step"):
            assert f'aria-label="What to do about this reason: {word}"' in text
            assert f'aria-label="Done: {word}"' in text
            assert f'aria-label="Not useful: {word}"' in text
        assert text.count("Which reason") == 2  # the dialogues of snooze and of not useful


def test_a_reason_that_somebody_ended_is_named_and_can_be_taken_back() -> None:
    """While the others go on; not what another alert of the deal had, and not what holds again."""
    vote = Vote("no_next_step", "", "kim", ms(6) // DAY, useful=True, weight=60)
    ended = replace(a_reason(day=6), gone=True, vote=vote, at=ms(7))
    reasons = {"silent": a_reason("critical"), "no_next_step": ended}
    alert = a_standing_alert("opp-1", {"silent": reasons["silent"]}, sequence=2)
    model = a_model(a_deal(reasons=reasons, alert=alert))
    text = _page(model)
    assert "No next step: done, by kim" in text
    assert "Take back" in text
    before = replace(ended, at=ms(4))
    assert "done, by kim" not in _page(a_model(a_deal(reasons={**reasons, "no_next_step": before}, alert=alert)))
    against = replace(ended, vote=replace(vote, useful=False))
    assert "not useful, by kim" in _page(a_model(a_deal(reasons={**reasons, "no_next_step": against}, alert=alert)))


def test_an_empty_place_says_so() -> None:
    """Nothing presses, nothing passes, nothing is snoozed: three different things."""
    model = a_model(a_deal())
    assert "No alert presses" in _page(model)
    assert "No alert passes these filters" in _page(model, "/inbox?q=zzz")
    assert "No alert is snoozed" in _page(model, "/inbox?status=snoozed")


def test_a_deal_says_in_its_timeline_who_did_what() -> None:
    """With what they wrote; and a past alert says who ended it, and offers to take that back."""
    model = a_model(a_deal(at=4))
    model.on_alert(encode_alert(an_alert()))
    taken = replace(an_alert(transition="acknowledged", sequence=2, at=6), by="kim", note="on it")
    model.on_alert(encode_alert(taken))
    ended = replace(an_alert(transition="resolved", sequence=3, at=6), by="lee", resolution="not useful: it is not so")
    model.on_alert(encode_alert(ended))
    portrait = model.deal("opp-1")
    assert portrait is not None
    assert [(each.text, each.side) for each in portrait.timeline] == [
        ("Alert ended, not useful: it is not so by lee: Silent", "person"),
        ("Alert acknowledged by kim: Silent “on it”", "person"),
        ("Alert opened: Silent", "alert"),
    ]
    text = _page(model, "/deals/opp-1")
    assert "not useful: it is not so, by lee" in text
    assert 'data-act="reopen"' in text
