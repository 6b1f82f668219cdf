"""Two environments beside each other: what counts as the same, and what is only on its way."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from streams.admin import comparison
from streams.admin.comparison import Compared, _alerts, _deals, _said, _Seen, differing
from streams.admin.generation import Environment
from streams.alerts.alert import Alert, encode_alert
from streams.config.settings import load
from streams.state.memory import DealState
from tests.builders import Timeline, a_call, an_amount, an_opportunity, ms
from tests.unit.notify.said import an_alert


def state(*days: float, amount: float | None = None) -> DealState:
    """A deal with calls on some days."""
    timeline = Timeline()
    timeline.tell(an_opportunity(0))
    for day in days:
        timeline.tell(a_call(day))
    if amount is not None:
        timeline.tell(an_amount(5, str(amount)))
    return timeline.partition.deals["opp-1"]


def test_where_a_deal_lies_in_a_log_makes_no_difference() -> None:
    """Offsets are those of partitions; everything else is compared, field by field."""
    from msgspec.structs import replace

    one = state(1, 2)
    assert differing(one, replace(one, offset=4711)) == ()
    assert differing(one, replace(one, seen=b"")) == ("seen",)
    found = differing(state(1), state(1, amount=7))
    assert "facts.amount" in found and "facts.events" in found


def test_a_deal_that_has_heard_more_is_on_its_way_and_one_that_heard_the_same_differs() -> None:
    """What is copied a moment later is no difference between versions."""
    from msgspec.structs import replace

    one = state(1, 2)
    other = replace(one, facts=replace(one.facts, name="another name"))
    old = _Seen({"a": one, "b": one, "c": one, "d": one}, ms(3))
    new = _Seen({"a": one, "b": state(1), "c": other, "e": one}, ms(2))
    found = _deals(old, new)
    assert (found.equal, found.on_the_way, found.only_old, found.only_new) == (1, 1, ["d"], ["e"])
    assert [(each.opportunity, each.fields) for each in found.differing] == [("c", ("facts.name",))]
    assert found.until == ms(2) and not found.same


def said(*alerts: Alert) -> dict[tuple[str, int], Alert]:
    """Messages by what names them."""
    return {(each.id, each.sequence): each for each in alerts}


def test_alerts_are_compared_up_to_the_time_that_both_have_reached() -> None:
    """By id whether there are any, by message whether they say the same."""
    one, two = an_alert("al-1", 100, "critical"), an_alert("al-2", 100, "critical")
    more = an_alert("al-2", 150, "critical", 2, "resolved")
    later = an_alert("al-3", 900, "critical")
    other = an_alert("al-1", 100, "warning")
    result = Compared(until=500)
    _alerts(result, said(one, two, later), said(one, two, more))
    assert (result.alerts, result.messages) == (2, 2)
    assert not result.alerts_only_old and not result.alerts_only_new
    assert result.messages_differing == [more]

    result = Compared(until=500)
    _alerts(result, said(one), said(other, two))
    assert result.messages_differing == [other] and result.alerts_only_new == [two]
    assert not result.same and Compared(until=500).same


def test_what_is_no_alert_ends_no_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody wrote it into one of the environments; no worker said it."""
    alert = an_alert("al-1", ms(1), "critical")
    values = [None, b"no alert", b"\xff", b"{}", encode_alert(alert)]
    monkeypatch.setattr(comparison, "read_topic", lambda *_: [SimpleNamespace(value=each) for each in values])
    assert _said("127.0.0.1:1", Environment(load())) == {("al-1", 1): alert}
