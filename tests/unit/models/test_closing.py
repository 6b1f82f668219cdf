"""When deals close: probabilities that behave, by hand where a hand can, and the prior where nothing is known."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from models.closing import HORIZON, Closings
from models.dwell import EDGES, ENDS, Dwell, End, StageDwell, Stay, observe_stays
from models.hazards import PRIOR_SHARES, PRIOR_STAY_DAYS, PRIOR_WEIGHT, STAGE_WEIGHT, Hazards
from models.learn import Learner
from models.snapshot import decode_models, encode_models
from tests.strategies import law

_EPOCH = 20_000
_MANY = 1_000_000


def at(days: float, number: int) -> tuple[int, ...]:
    """Counts with so many stays in the bin of a length."""
    return (*(0,) * EDGES.index(days), number)


@st.composite
def dwells(draw: st.DrawFn) -> Dwell:
    """Stays in a few stages, some with a rank."""
    names = draw(st.lists(st.sampled_from(["discovery", "offer", "contract", ""]), unique=True, max_size=4))
    counts = st.lists(st.integers(0, 40), max_size=len(EDGES)).map(tuple)
    return Dwell(
        {
            name: StageDwell(
                position=draw(st.none() | st.integers(0, 5)),
                ends=draw(st.dictionaries(st.sampled_from(ENDS), counts)),
                moves={
                    end: draw(st.dictionaries(st.sampled_from([*names, "elsewhere"]), st.integers(1, 9)))
                    for end in draw(st.sets(st.sampled_from(ENDS[:2])))
                },
                going=draw(st.dictionaries(st.integers(_EPOCH - 400, _EPOCH - 1), st.integers(1, 9), max_size=5)),
            )
            for name in names
        }
    )


@law(25)
@given(dwells(), st.sampled_from(["discovery", "offer", "never heard of"]), st.floats(0, 800), st.data())
def test_chances_are_chances(dwell: Dwell, stage: str, age: float, data: st.DataObject) -> None:
    """Within [0, 1], rising with the date, closed = won + lost, and the ways add up to the chance."""
    closing = Closings(dwell, _EPOCH).outlook(stage, age)
    days = sorted(data.draw(st.lists(st.floats(0, 700), min_size=2, max_size=6)))
    for chance in (closing.won_by, closing.lost_by, closing.no_decision_by, closing.closed_by):
        said = [chance(each) for each in days]
        assert all(0.0 <= each <= 1.0 + 1e-9 for each in said)
        assert said == sorted(said)
    for each in days:
        assert closing.closed_by(each) == closing.won_by(each) + closing.lost_by(each)
        assert closing.no_decision_by(each) <= closing.lost_by(each) + 1e-12
        assert sum(closing.ways_to_win(each)) == pytest.approx(closing.won_by(each))
    assert closing.own + closing.others + closing.prior == pytest.approx(1.0)
    half, most = closing.days_to_win(0.5), closing.days_to_win(0.8)
    assert half is not None and most is not None and 0.0 < half <= most <= HORIZON + 1
    assert closing.won_by(half) == pytest.approx(closing.won / 2)


def test_a_hazard_by_hand() -> None:
    """Ends over those at risk, where a stay that is in the bin now counts half; shrunk twice."""
    dwell = Dwell({"offer": StageDwell(ends={"won": at(2.0, 4), "lost": at(2.0, 2)}, going={_EPOCH - 3: 4})})
    hazards = Hazards(dwell, _EPOCH)
    here = EDGES.index(2.0)
    assert hazards.at_risk[0, 0] == 10.0
    assert hazards.at_risk[0, here] == 4 + 2 + 4 / 2
    assert hazards.at_risk[0, here + 1] == 0.0
    prior = PRIOR_SHARES["won"] * (1.0 - exp(-1.0 / PRIOR_STAY_DAYS))
    together = (4 + PRIOR_WEIGHT * prior) / (8 + PRIOR_WEIGHT)
    own = (4 + STAGE_WEIGHT * together) / (8 + STAGE_WEIGHT)
    won = ENDS.index("won")
    assert hazards.hazard[:, won, here] == pytest.approx([own, together])
    shares = (8 / 18, 10 / 18 * 8 / 18, 10 / 18 * 10 / 18)
    assert hazards.shares(0, 2.7) == pytest.approx(shares)


def test_stays_add_up_along_the_ladder() -> None:
    """Two or three days in one stage, then four or five in the next, are six to eight until the win."""
    dwell = Dwell(
        {
            "offer": StageDwell(position=1, ends={"forward": at(2.0, _MANY)}, moves={"forward": {"contract": _MANY}}),
            "contract": StageDwell(position=2, ends={"won": at(4.0, 3 * _MANY), "lost": at(4.0, _MANY)}),
        }
    )
    closings = Closings(dwell, _EPOCH)
    fresh = closings.outlook("offer", 0.0)
    assert fresh.won_by(4.5) == pytest.approx(0.0, abs=1e-3)
    assert fresh.won_by(9.5) == pytest.approx(0.75, abs=1e-3)
    assert fresh.lost_by(9.5) == pytest.approx(0.25, abs=1e-3)
    assert fresh.days_to_win(0.5) == pytest.approx(7.0, abs=0.01)
    assert fresh.ways_to_win(9.5) == pytest.approx((0.0, 0.75, 0.0), abs=1e-3)
    later = closings.outlook("contract", 4.5)
    assert later.won_by(1.5) == pytest.approx(0.75, abs=1e-3)
    assert (fresh.stays, later.stays_so_far) == (_MANY, 4 * _MANY)


def test_without_any_deal_there_is_the_prior() -> None:
    """Won in 47, lost in 32, undecided in 21 of 100; from the first deal on, and said to be the prior."""
    closing = Closings(Dwell(), _EPOCH).outlook("offer", 3.0)
    assert closing.won == pytest.approx(0.47, abs=0.005)
    assert closing.lost_by(HORIZON) == pytest.approx(0.53, abs=0.01)
    assert closing.no_decision_by(HORIZON) == pytest.approx(0.21, abs=0.005)
    assert (closing.own, closing.others, closing.prior, closing.stays) == (0.0, 0.0, 1.0, 0)


def test_open_deals_alone_teach_how_long_but_not_how() -> None:
    """Nobody has ended: ages that nobody reached are the prior's, those seen are longer, and wins stay 47 of 100."""
    dwell = observe_stays(Dwell(), [(Stay("offer", None, _EPOCH - 11), 500)], _EPOCH)
    prior, seen = Hazards(Dwell(), _EPOCH).hazard[0], Hazards(dwell, _EPOCH).hazard
    reached = EDGES.index(9.0)
    assert seen[:, :, reached + 1 :] == pytest.approx(np.stack([prior, prior])[:, :, reached + 1 :])
    assert (seen[:, :, : reached + 1] < 0.1 * prior[:, : reached + 1]).all()
    fresh, unknown = (Closings(each, _EPOCH).outlook("offer", 0.0) for each in (dwell, Dwell()))
    assert fresh.won == pytest.approx(0.47, abs=0.01)
    assert (fresh.days_to_win(0.5) or 0.0) > (unknown.days_to_win(0.5) or 0.0) + 5


def test_open_deals_count_among_those_at_risk() -> None:
    """Nine quick wins beside ninety-one deals that wait are no reason for haste."""
    ended = Dwell({"offer": StageDwell(position=1, ends={"won": at(1.0, 9)})})
    waiting = Dwell({"offer": replace(ended.stages["offer"], going={_EPOCH - 30: 91})})
    quick, slow = (Closings(each, _EPOCH).outlook("offer", 0.0) for each in (ended, waiting))
    assert quick.won_by(5) > 0.3 > 0.12 > slow.won_by(5)


def test_from_the_top_of_the_ladder_no_move_leads_forward() -> None:
    """What moves forward elsewhere is expected to close there."""
    ladder = {"offer": StageDwell(position=1), "contract": StageDwell(position=2)}
    offer, contract, anywhere = Hazards(Dwell(ladder), _EPOCH).hazard
    assert offer == pytest.approx(anywhere)
    assert contract[0].max() == 0.0
    assert contract.sum(axis=0) == pytest.approx(anywhere.sum(axis=0))


@law(10)
@given(dwells(), st.sampled_from(["discovery", "offer", "contract"]))
def test_a_fresh_stay_is_what_a_move_leads_to(dwell: Dwell, stage: str) -> None:
    """A stage whose stays all end at once, by a move to another one, closes as that one does."""
    door = StageDwell(ends={"forward": (10_000_000,)}, moves={"forward": {stage: 10_000_000}})
    closings = Closings(Dwell({**dwell.stages, stage: dwell.stages.get(stage, StageDwell()), "door": door}), _EPOCH)
    before, after = closings.outlook("door", 0.0), closings.outlook(stage, 0.0)
    for days in (5.5, 30.5, 200.5):
        assert before.won_by(days) == pytest.approx(after.won_by(days), abs=0.02)


def test_a_snapshot_foresees_the_same_to_the_last_bit() -> None:
    """The counts are data: whoever reads them back says the same."""
    told = [(Stay("offer", 2, _EPOCH - day), 1) for day in range(40)]
    ends: list[End] = ["won", "lost", "forward"]
    told += [(Stay("offer", 2, _EPOCH - 50, day / 3, ends[day % 3], "contract"), 1) for day in range(90)]
    learner = Learner()
    learner.norms = replace(learner.norms, dwell=observe_stays(Dwell(), told, _EPOCH))
    models = learner.publish(_EPOCH + 1)
    read = decode_models(encode_models(models))
    assert encode_models(read) == encode_models(models)
    here, there = (Closings(each.norms.dwell, each.epoch).outlook("offer", 4.0) for each in (models, read))
    for days in (1.0, 10.0, 100.0):
        assert here.won_by(days) == there.won_by(days)
        assert here.lost_by(days) == there.lost_by(days)
    assert here.days_to_win(0.8) == there.days_to_win(0.8)
