"""The ranking keeps order and counts deal by deal: they must be the same as when counted anew."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.state.opportunity import Opportunity
from streams.state.watch import Estimate, ReasonState, Watch
from streams.web.ranking import Ranking
from streams.web.standing import Standing, standing
from streams.web.wanted import Wanted
from tests.builders import ms
from tests.unit.web.samples import a_reason, a_standing_alert

# Few possibilities, so that two states of a deal often differ in one thing only.
_REASONS: tuple[dict[str, ReasonState], ...] = (
    {},
    {"silent": a_reason("warning")},
    {"no_next_step": a_reason("info")},
    {"silent": a_reason("critical"), "no_next_step": a_reason("warning")},
)
_AMOUNTS = st.sampled_from((None, "10"))


@st.composite
def _deals(draw: st.DrawFn) -> Standing:
    amount = draw(_AMOUNTS)
    facts = Opportunity(
        id=draw(st.sampled_from("ab")),
        owner=draw(st.sampled_from(("kim", "lee"))),
        amount=amount,
        currency="" if amount is None else draw(st.sampled_from(("EUR", "USD"))),
    )
    estimates = {"inactivity": Estimate(draw(st.sampled_from((0.1, 0.9))), ms(1), "inactivity-0")}
    return standing(facts, _watch(draw(st.sampled_from(_REASONS)), estimates), 0, ())


def _watch(reasons: dict[str, ReasonState], estimates: dict[str, Estimate]) -> Watch:
    alert = a_standing_alert("a", reasons) if reasons else None
    return Watch(origin=0, reasons=reasons, alert=alert, estimates=estimates)


def _told(ranking: Ranking) -> tuple[object, ...]:
    counts = (ranking.at_risk, ranking.without_amount, ranking.severities, ranking.rules, ranking.owners)
    return (list(ranking), *counts, ranking.amounts)


@settings(max_examples=400)
@given(st.lists(st.one_of(_deals(), st.sampled_from("ab")), max_size=12))
def test_order_and_counts_are_those_of_the_deals_that_are_there(steps: list[Standing | str]) -> None:
    """Whatever was put, replaced and dropped before, everything is as if only the last deals had been put."""
    lived, last = Ranking(), dict[str, Standing]()
    for step in steps:
        if isinstance(step, str):
            lived.drop(step)
            last.pop(step, None)
        else:
            lived.put(step)
            last[step.facts.id] = step
    fresh = Ranking()
    for deal in last.values():
        fresh.put(deal)
    assert _told(lived) == _told(fresh)
    assert list(lived) == sorted(last.values(), key=lambda deal: deal.place)


def _one(amount: str | None, reasons: dict[str, ReasonState], **estimates: float) -> Standing:
    facts = Opportunity(id="a", amount=amount)
    said = {target: Estimate(share, ms(1), f"{target}-0") for target, share in estimates.items()}
    return standing(facts, _watch(reasons, said), 0, ())


def test_the_stake_follows_the_risk_that_the_worst_alert_is_about() -> None:
    """Amount x probability of the alert's own target; a missed close date has happened; no amount is no stake."""
    assert _one("100", {"slipping": a_reason()}, slippage=0.5, inactivity=0.1).stake == 50
    assert _one("100", {"silent": a_reason()}, slippage=0.5, inactivity=0.1).stake == 10
    assert _one("100", {"close_date_missed": a_reason()}, inactivity=0.1).stake == 100
    assert _one("100", {}, inactivity=0.25).stake == 25
    assert _one(None, {"silent": a_reason()}, inactivity=0.9).stake == 0
    assert _one("0.1", {}).amount == Decimal("0.1")


def test_a_new_probability_alone_moves_a_deal() -> None:
    """Where nothing but the estimate changed, the deal takes its new place, and can be taken out from there."""
    ranking = Ranking()
    for name, share in (("a", 0.1), ("b", 0.5), ("a", 0.9)):
        said = {"inactivity": Estimate(share, ms(1), "inactivity-0")}
        facts = Opportunity(id=name, amount="10")
        ranking.put(standing(facts, Watch(origin=0, estimates=said), 0, ()))
    assert [deal.facts.id for deal in ranking] == ["a", "b"]
    ranking.drop("a")
    assert [deal.facts.id for deal in ranking] == ["b"]


def test_a_deal_that_is_only_kept_badly_is_not_at_risk() -> None:
    """An info alone neither counts nor stands in the table, unless somebody asks for it."""
    tidy, bad = _one("100", {"no_next_step": a_reason("info")}), _one("100", {"silent": a_reason("warning")})
    assert (tidy.at_risk, bad.at_risk) == (False, True)
    wanted = [Wanted(), Wanted(show="all"), Wanted(severity="info"), Wanted(rule="no_next_step"), Wanted(text="deal")]
    assert [each.takes(tidy) for each in wanted] == [False, True, True, True, False]
