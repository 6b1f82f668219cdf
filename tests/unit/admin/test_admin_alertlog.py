"""Alerts folded to how they stand."""

from hypothesis import given
from hypothesis import strategies as st

from streams.admin.alertlog import alert_of, is_open, latest, select
from streams.alerts.alert import encode_alert
from tests.builders import ms
from tests.unit.cli.samples import an_alert


@given(st.permutations([1, 2, 3]), st.permutations(["a", "b"]))
def test_the_greatest_sequence_counts_whatever_the_order(order: list[int], names: list[str]) -> None:
    """A replay repeats transitions; the latest of each alert is how it stands."""
    states = {1: "opened", 2: "escalated", 3: "resolved"}
    alerts = [an_alert(id=name, sequence=each, transition=states[each]) for name in names for each in order]
    standing = latest([*alerts, *alerts])
    assert {(each.id, each.transition) for each in standing} == {("a", "resolved"), ("b", "resolved")}
    assert not any(map(is_open, standing))


def test_the_worst_and_youngest_come_first() -> None:
    """The order in which somebody should read them."""
    alerts = [
        an_alert(id="old", opened_at=ms(1)),
        an_alert(id="young", opened_at=ms(2)),
        an_alert(id="mild", severity="warning", opened_at=ms(3)),
    ]
    assert [each.id for each in latest(alerts)] == ["young", "old", "mild"]


def test_alerts_are_chosen_by_rule_severity_and_owner() -> None:
    """Every condition that is given holds."""
    alerts = [an_alert(id="1"), an_alert(id="2", rule="slipping", severity="warning"), an_alert(id="3", owner="ben")]
    assert [each.id for each in select(alerts, rule="silent")] == ["1", "3"]
    assert [each.id for each in select(alerts, severity="warning")] == ["2"]
    assert [each.id for each in select(alerts, rule="silent", owner="ben")] == ["3"]
    assert len(select(alerts)) == 3


def test_what_is_no_alert_is_none() -> None:
    """Somebody else's record does not end a listing."""
    alert = an_alert()
    assert alert_of(encode_alert(alert)) == alert
    assert alert_of(None) is None
    assert alert_of(b"{}") is None
