"""The read model: whatever comes from the three topics, in whatever order, the page knows the deals as they are."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.alerts.alert import Alert, encode_alert
from streams.state.codec import PARTITION_KEY, encode_deal
from streams.state.feeds import Feed
from streams.web.read_model import Limits, ReadModel
from streams.web.standing import RANK
from streams.web.wanted import Wanted
from tests.builders import TARGETS, Timeline, a_call, a_market, a_win, an_opportunity, ms, some_models
from tests.unit.web.samples import a_deal, a_model, a_partition, a_reason, a_standing_alert, an_alert, heard, show

EVERYTHING = Wanted(show="all", size=200)


def _names(model: ReadModel, wanted: Wanted = EVERYTHING) -> list[str]:
    return [deal.facts.id for deal in model.ranked(wanted).deals]


def test_deals_are_ranked_by_severity_then_by_what_is_at_stake() -> None:
    """A critical deal comes before a warned one, and among equals the greater amount x probability comes first."""
    model = a_model(
        a_deal("rich", amount="9000000"),
        a_deal("warned", amount="900000", reasons={"silent": a_reason("warning")}),
        a_deal("small", amount="10", reasons={"silent": a_reason("critical")}),
        a_deal("likely", amount="100", inactivity=0.9, reasons={"silent": a_reason("critical")}),
        a_deal("unlikely", amount="100", inactivity=0.2, reasons={"silent": a_reason("critical")}),
    )
    assert _names(model) == ["likely", "unlikely", "small", "warned", "rich"]
    assert _names(model, Wanted()) == ["likely", "unlikely", "small", "warned"]


def test_an_alert_read_twice_or_late_changes_nothing() -> None:
    """Repeats and older sequences of an alert neither count again nor bring back an earlier state."""
    model = a_model(a_deal())
    opened = encode_alert(an_alert())
    worse = encode_alert(an_alert(severity="critical", transition="escalated", sequence=2, at=7))
    for message in (opened, worse, opened, worse, opened):
        model.on_alert(message)
    assert model.summary().alerts == {"critical": 1}
    assert [(each.transition, each.sequence) for each in model.latest_alerts(10)] == [("escalated", 2), ("opened", 1)]


def test_an_alert_counts_before_the_state_tells_of_it_and_no_longer_when_it_ended() -> None:
    """Where `deal.alerts` is ahead of `deal.state` the alert is open at once, and gone at once when it is resolved."""
    model = a_model(a_deal())
    model.on_alert(encode_alert(an_alert()))
    assert _names(model, Wanted()) == ["opp-1"]
    model.on_state(b"opp-1", a_deal(reasons={"silent": a_reason()}))
    model.on_alert(encode_alert(an_alert(transition="resolved", sequence=2, at=8)))
    assert _names(model, Wanted()) == []


def test_a_state_that_is_ahead_overrules_an_old_alert() -> None:
    """An alert that is over, or another one, ends it even where its last message was never read."""
    over = a_standing_alert("opp-1", {"silent": a_reason()}, sequence=2, status="resolved")
    model = a_model(a_deal(alert=over))
    model.on_alert(encode_alert(an_alert()))
    assert _names(model, Wanted()) == []
    model.on_state(b"opp-1", a_deal(reasons={"silent": a_reason("critical", day=9)}))
    (deal,) = model.ranked(Wanted()).deals
    assert deal.alert is not None
    assert (deal.alert.severity, deal.alert.opened_at, deal.alert.said) == ("critical", ms(9), None)


def test_an_open_alert_whose_message_is_gone_still_says_what_clears_it() -> None:
    """Retention may take the message; rule, severity and end condition come from the state then; no play is made up."""
    model = a_model(a_deal(reasons={"no_next_step": a_reason()}))
    alert = model.ranked(Wanted()).deals[0].alert
    assert alert is not None
    assert alert.reasons[0].clears_when == "a step or meeting is planned"
    portrait = model.deal("opp-1")
    assert portrait is not None and portrait.play is None


def test_filters_narrow_and_pages_divide_what_is_left() -> None:
    """Owner, rule, severity and words all have to fit; a page beyond the last one is the last one."""
    model = a_model(
        *(a_deal(f"opp-{number}", owner=f"rep-{number % 2}", reasons={"silent": a_reason()}) for number in range(10)),
        a_deal("other", title="Fenwick fleet", reasons={"no_next_step": a_reason("critical")}),
    )
    assert len(_names(model, Wanted(owner="rep-1", size=200))) == 6
    assert _names(model, Wanted(rule="no_next_step")) == ["other"]
    assert _names(model, Wanted(severity="critical")) == ["other"]
    assert _names(model, Wanted(text="FLEET fen")) == ["other"]
    page = model.ranked(Wanted(severity="warning", size=4, page=99))
    assert (page.page, page.pages, page.total, len(page.deals)) == (3, 3, 10, 2)


def test_amounts_at_risk_are_kept_per_currency_and_exactly() -> None:
    """Money is added as decimals, never as floats, and never across currencies; deals without alert do not count."""
    reasons = {"silent": a_reason()}
    model = a_model(
        a_deal("a", amount="0.10", reasons=reasons),
        a_deal("b", amount="0.20", reasons=reasons),
        a_deal("c", amount="5", currency="USD", reasons=reasons),
        a_deal("d", amount=None, reasons=reasons),
        a_deal("e", amount="7"),
    )
    summary = model.summary()
    assert [(each.currency, each.amount, each.deals) for each in summary.amount_at_risk] == [
        ("EUR", "0.30", 2),
        ("USD", "5", 1),
    ]
    assert (summary.at_risk_without_amount, summary.at_risk, summary.open_deals) == (1, 4, 5)


def test_a_forgotten_deal_leaves_nothing_behind() -> None:
    """A record without value takes out the deal, its alerts and its lines in the feed."""
    model = a_model(a_deal(reasons={"silent": a_reason()}))
    model.on_alert(encode_alert(an_alert()))
    model.on_state(b"opp-1", None)
    assert model.deal("opp-1") is None
    assert model.latest_alerts(10) == ()
    assert model.summary().at_risk == 0


def test_closed_and_ended_things_are_kept_up_to_their_limits_only() -> None:
    """Thousands of closed deals and resolved alerts leave only the latest ones in memory."""
    model = ReadModel(Limits(closed_deals=5, ended_alerts=3, feed=4, heard=10))
    for number in range(400):
        name = f"opp-{number}"
        model.on_alert(encode_alert(an_alert(name, day=number / 100)))
        model.on_alert(encode_alert(an_alert(name, transition="resolved", sequence=2, day=number / 100)))
        model.on_state(name.encode(), a_deal(name, status="won"))
    known = [name for name in (f"opp-{number}" for number in range(400)) if model.deal(name)]
    assert known == ["opp-395", "opp-396", "opp-397", "opp-398", "opp-399"]
    last = model.deal("opp-399")
    assert last is not None and len(last.past) == 1
    first = model.deal("opp-395")
    assert first is not None and first.past == ()
    assert len(model.latest_alerts(1000)) == 4
    assert len(model._alerts) == 3


def test_numbers_of_alerts_are_remembered_up_to_a_limit() -> None:
    """Also the memory against repeats has a bound, and open alerts have one for the worst of days."""
    model = ReadModel(Limits(open_alerts=5, heard=10))
    for number in range(50):
        model.on_alert(encode_alert(an_alert(f"opp-{number}")))
    assert len(model._alerts) == 5
    assert len(model._alerts._heard) == 10


def test_a_repeated_alert_does_not_come_back_after_it_left_memory() -> None:
    """The numbers of alerts are remembered longer than the alerts, so a late repeat is still recognised."""
    model = ReadModel(Limits(ended_alerts=1))
    for name in ("opp-1", "opp-2"):
        model.on_alert(encode_alert(an_alert(name)))
        model.on_alert(encode_alert(an_alert(name, transition="resolved", sequence=2)))
    model.on_state(b"opp-1", a_deal("opp-1"))
    model.on_alert(encode_alert(an_alert("opp-1")))
    assert model.summary().at_risk == 0


def test_no_state_is_lost_however_many_wait() -> None:
    """States are decoded when somebody looks; thousands that come in between are all there then."""
    model = ReadModel()
    for number in range(2500):
        model.on_state(f"opp-{number}".encode(), a_deal(f"opp-{number}", amount="1"))
    for number in range(2500):
        model.on_state(f"opp-{number}".encode(), a_deal(f"opp-{number}", amount="2", reasons={"silent": a_reason()}))
    summary = model.summary()
    assert summary.open_deals == 2500
    assert summary.amount_at_risk[0].amount == "5000"


def test_the_models_of_the_last_days_are_kept_to_explain_with() -> None:
    """A number said some days ago is explained exactly, one of long ago by the latest model; memory is bounded."""
    model = a_model(a_deal("young", model="inactivity-17"), a_deal("old", model="inactivity-2"))
    for epoch in (*range(20), 19, 18):
        models = some_models()
        targets = {name: replace(each, version=f"{name}-{epoch}") for name, each in models.targets.items()}
        model.on_models(replace(models, epoch=epoch, targets=targets))
    found = [model.deal(name) for name in ("young", "old")]
    assert [each.risks[0].exact for each in found if each] == [True, False]
    assert model.models is not None and model.models.epoch == 19
    assert len(model._models._epochs) < 20


def test_what_cannot_be_read_is_counted_and_harms_nobody() -> None:
    """Malformed records of every topic are left out and counted, and the rest goes on."""
    model = a_model(a_deal())
    model.on_state(b"bad", b"{")
    model.on_state(b"worse", a_deal("worse").replace(b'"1000"', b'"a lot"'))
    model.on_state(PARTITION_KEY, b"[]", 3)
    model.on_alert(b"\xff")
    assert model.summary().unreadable_records == 4
    assert _names(model) == ["opp-1"]


def test_the_clock_is_the_latest_one_and_says_how_far_others_are_behind() -> None:
    """The page is as of the greatest event time, and names the distance of the slowest partition."""
    model = ReadModel()
    assert model.summary().as_of is None
    model.on_state(PARTITION_KEY, a_partition(3), 0)
    model.on_state(PARTITION_KEY, a_partition(5), 1)
    summary = model.summary()
    assert (summary.as_of, summary.behind_ms) == (ms(5), ms(2) - ms(0))
    model.on_state(PARTITION_KEY, None, 0)
    assert model.summary().behind_ms == 0


def test_an_alert_that_is_ahead_of_the_clocks_moves_the_time_of_the_page() -> None:
    """Alerts are said at once, clocks come with the next checkpoint: no alert may seem to lie in the future."""
    model = a_model(a_deal(at=3), day=3)
    model.on_alert(encode_alert(an_alert(day=5)))
    assert (model.as_of, model.summary().as_of) == (ms(5), ms(5))
    portrait = model.deal("opp-1")
    assert portrait is not None and portrait.as_of == ms(5)
    model.on_state(PARTITION_KEY, a_partition(6))
    assert model.as_of == ms(6)


def test_a_feed_is_as_bad_as_its_worst_partition_says() -> None:
    """Every partition hears of every source; the one that has not heard a heartbeat for long is believed."""
    model = ReadModel()
    model.on_state(PARTITION_KEY, a_partition(3, {"/crm": heard(3), "/mail": Feed(gap_since=ms(2))}), 0)
    model.on_state(PARTITION_KEY, a_partition(3, {"/crm": heard(1)}), 1)
    assert [(each.source, each.status) for each in model.summary().feeds] == [("/crm", "stale"), ("/mail", "gap")]


def test_changes_are_told_once_and_only_named_while_they_are_few() -> None:
    """The hub hears which deals changed since its last look; beyond a bound it hears "many" instead of a long list."""
    model = a_model(a_deal("a"), a_deal("b"))
    changes = model.drain()
    assert (changes.deals, changes.clock) == (("a", "b"), True)
    assert not model.drain()
    for number in range(1000):
        model.on_state(f"opp-{number}".encode(), a_deal(f"opp-{number}"))
        model.on_alert(encode_alert(an_alert(f"opp-{number}")))
    changes = model.drain()
    assert changes.deals is None
    assert changes.many
    assert len(changes.alerts) < 100


def test_model_quality_compares_with_the_base_rate() -> None:
    """The gain is the share of the base rate's log loss that is saved, and unknown before anything was judged."""
    model = ReadModel()
    assert model.summary().models == ()
    model.on_models(some_models(base_rate=0.2, cases=7))
    assert [(each.target, each.trained, each.gain) for each in model.summary().models] == [
        (target, 7, None) for target in TARGETS
    ]


def test_a_real_market_shows_what_the_core_holds() -> None:
    """States and alerts of a simulated market give exactly the reasons that the core's own states name."""
    timeline = Timeline().tell(*a_market(deals=12, days=30))
    model = ReadModel()
    show(model, timeline)
    held = {
        (name, rule, reason.severity)
        for name, state in timeline.partition.deals.items()
        for rule, reason in state.watch.reasons.items()
        if not reason.gone
    }
    shown = {
        (deal.facts.id, reason.rule, reason.severity)
        for deal in model.ranked(EVERYTHING).deals
        for reason in (deal.alert.reasons if deal.alert else ())
    }
    assert shown == held
    assert len(held) > 3
    assert all(reason.said for deal in model.ranked(EVERYTHING).deals if deal.alert for reason in deal.alert.reasons)


@pytest.fixture(scope="module")
def market_records() -> tuple[list[tuple[bytes, bytes]], list[Alert]]:
    """All states of a small market, in the order in which they were written, and all alerts."""
    timeline = Timeline()
    states = []
    for event in a_market(deals=5, days=25):
        timeline.tell(event)
        states += [(name.encode(), encode_deal(timeline.deal(name))) for name in sorted(timeline.partition.dirty)]
        timeline.partition.dirty.clear()
    return states, timeline.alerts


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_way_to_the_end_makes_no_difference(
    market_records: tuple[list[tuple[bytes, bytes]], list[Alert]], seed: int
) -> None:
    """However two topics interleave and repeat, table and counts end as if only the last states had been read."""
    states, alerts = market_records
    plain = ReadModel()
    for key, value in dict(states).items():
        plain.on_state(key, value)
    for alert in alerts:
        plain.on_alert(encode_alert(alert))
    random = Random(seed)
    mixed = ReadModel()
    read = said = 0
    while read < len(states) or said < len(alerts):
        if said == len(alerts) or (read < len(states) and random.random() < 0.5):
            mixed.on_state(*states[read])
            read += 1
        else:
            mixed.on_alert(encode_alert(alerts[said]))
            said += 1
        if random.random() < 0.02:
            for repeated in alerts[max(said - 3, 0) : said]:
                mixed.on_alert(encode_alert(repeated))
        if random.random() < 0.05:
            mixed.summary()
    assert mixed.ranked(EVERYTHING) == plain.ranked(EVERYTHING)
    assert mixed.summary() == plain.summary()


def test_a_won_deal_leaves_the_table_but_keeps_its_page() -> None:
    """Closing takes a deal out of the ranking; its facts, timeline and past alerts stay."""
    timeline = Timeline().tell(an_opportunity(), a_call(day=1)).until(30).tell(a_win(day=31))
    model = ReadModel()
    show(model, timeline)
    assert _names(model) == []
    portrait = model.deal("opp-1")
    assert portrait is not None
    assert portrait.facts.status == "won"
    assert portrait.timeline[0].text == "Won" or "resolved" in portrait.timeline[0].text
    assert portrait.past
    assert all(each.ended for each in portrait.past)


def test_ranks_know_every_severity() -> None:
    """Every severity an alert can have has a rank, and none has the rank of having no alert."""
    assert min(RANK["info"], RANK["warning"], RANK["critical"]) > RANK[""]
