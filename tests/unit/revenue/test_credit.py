"""How one deal's value is shared out over its touches, against numbers worked by hand (docs/attribution.md)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.revenue.credit import RULES, By, Path, Rule, allot, credited, shares
from streams.revenue.touches import Touch
from streams.state.opportunity import DAY
from tests.strategies import law

#: The deal of docs/attribution.md: opened on day 10, won on day 60 for 10,000.00.
SEARCH = Touch(0, "e1", "search", "brand", own=False)
WEBINAR = Touch(6 * DAY, "e2", "webinar", "autumn", own=True)
EVENT = Touch(9 * DAY, "e3", "event", "fair", own=True)
SECOND_WEBINAR = Touch(30 * DAY, "e4", "webinar", "winter", own=True)
CONTENT = Touch(51 * DAY, "e5", "content", "guide", own=True)
MEETING = Touch(55 * DAY, "e6", "sales meeting", "sales meeting", own=True)
PATH = Path((SEARCH, WEBINAR, EVENT, SECOND_WEBINAR, CONTENT), (MEETING,), 10 * DAY)


def cents(rule: Rule, path: Path = PATH, total: int = 1_000_000, by: By = "channel") -> dict[str, int]:
    """What a rule makes of an amount."""
    found = shares(rule, path, by)
    assert found is not None
    return credited(total, found, by)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("first", {"search": 1_000_000}),
        ("last", {"content": 1_000_000}),
        ("linear", {"search": 200_000, "webinar": 400_000, "event": 200_000, "content": 200_000}),
        # 20 % over three in the middle.
        ("u_shaped", {"search": 400_000, "webinar": 133_333, "event": 66_667, "content": 400_000}),
        # The opportunity came from the fair, one day before; 10 % over two others, both webinars.
        ("w_shaped", {"search": 300_000, "webinar": 100_000, "event": 300_000, "content": 300_000}),
        # The lead was made by the first webinar, the meeting came last; 10 % over the second webinar and the guide.
        (
            "full_path",
            {"search": 225_000, "webinar": 275_000, "event": 225_000, "content": 50_000, "sales meeting": 225_000},
        ),
        # 51, 45, 42, 21 and 0 days before the last: 0.3078, 0.3536 + 0.6156, 0.3789 and 1 of 2.6558.
        ("time_decay", {"search": 115_890, "webinar": 364_903, "event": 142_678, "content": 376_529}),
        # Four channels, whatever the number of their touches.
        ("shapley", {"search": 250_000, "webinar": 250_000, "event": 250_000, "content": 250_000}),
    ],
)
def test_a_rule_gives_what_was_worked_by_hand(rule: Rule, expected: dict[str, int]) -> None:
    """Five touches and a meeting, 10,000.00."""
    assert cents(rule) == pytest.approx(expected, abs=1)
    assert sum(cents(rule).values()) == 1_000_000


def test_time_decay_halves_in_a_half_life() -> None:
    """Two touches thirty days apart: one third and two thirds; of the week that is usual elsewhere, nearly all."""
    path = Path((Touch(0, "a", "early"), Touch(30 * DAY, "b", "late")), (), 0)
    quick = Path(path.touches, (), 0, half_life_days=7.5)

    assert cents("time_decay", path, 300) == {"early": 100, "late": 200}
    assert cents("time_decay", quick, 1_700) == {"early": 100, "late": 1_600}


def test_one_touch_has_everything_in_every_rule() -> None:
    """Whatever it is called: first, last, and the one that the opportunity came from."""
    path = Path((WEBINAR,), (), 10 * DAY)

    assert {rule: cents(rule, path) for rule in RULES} == {rule: {"webinar": 1_000_000} for rule in RULES}


def test_two_touches_of_a_u_have_half_each_and_the_first_of_a_w_two_thirds_where_the_opportunity_came_from_it() -> None:
    """What nobody can have is shared by the rest in proportion."""
    path = Path((WEBINAR, CONTENT), (), 10 * DAY)

    assert cents("u_shaped", path) == {"webinar": 500_000, "content": 500_000}
    assert cents("w_shaped", path, 900) == {"webinar": 600, "content": 300}


def test_an_opportunity_that_came_from_no_touch_leaves_its_share_to_the_others() -> None:
    """First 30, last 30, others 10: of 70."""
    path = Path((WEBINAR, EVENT, CONTENT), (), 0)

    assert cents("w_shaped", path, 700) == {"webinar": 300, "event": 100, "content": 300}


def test_without_marketing_only_the_full_path_has_somebody_to_credit() -> None:
    """Activities are touches of the full path alone."""
    path = Path((), (MEETING,), 0)

    assert [rule for rule in RULES if shares(rule, path, "channel") is not None] == ["full_path"]
    assert cents("full_path", path) == {"sales meeting": 1_000_000}


def test_credit_by_campaign_tells_the_two_webinars_apart() -> None:
    """And Shapley then has five to share between."""
    assert cents("linear", by="campaign")["autumn"] == 200_000
    assert set(cents("shapley", by="campaign").values()) == {200_000}


def test_the_rest_goes_to_the_largest_remainders_and_to_the_first_where_they_are_equal() -> None:
    """100 by thirds: 34, 33, 33; and 10 by 1 : 1 : 4 is 1.67, 1.67, 6.67."""
    assert allot(100, [1, 1, 1]) == [34, 33, 33]
    assert allot(10, [1, 1, 4]) == [2, 2, 6]
    assert allot(0, [1, 2]) == [0, 0]
    for wrong in ((-1, [1]), (1, [0, 0]), (1, [2, -1]), (1, [])):
        with pytest.raises(ValueError, match="shared out"):
            allot(*wrong)


@law(200)
@given(st.integers(0, 10**17), st.lists(st.integers(0, 2**41), min_size=1, max_size=40).filter(any))
def test_shares_add_up_and_are_never_a_cent_from_their_proportion(total: int, weights: list[int]) -> None:
    """The largest remainder keeps the quota: each part is its proportion rounded up or down."""
    parts = allot(total, weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part) - Fraction(total * weight, sum(weights))) < 1


_PLACED = st.builds(
    Touch,
    st.integers(0, 400 * DAY),
    st.integers(0, 10**9).map(str),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["x", "y"]),
    st.booleans(),
)


@law(120)
@given(
    st.lists(_PLACED, max_size=12, unique_by=lambda each: each.id),
    st.lists(_PLACED, max_size=6, unique_by=lambda each: each.id),
    st.integers(0, 400 * DAY),
    st.integers(0, 10**15),
    st.sampled_from(RULES),
    st.sampled_from(["channel", "campaign"]),
)
def test_every_rule_gives_exactly_what_there_is(
    touches: list[Touch], activities: list[Touch], opened: int, total: int, rule: Rule, by: By
) -> None:
    """Whatever the touches; nothing where nobody touched."""
    path = Path(tuple(sorted(touches)), tuple(sorted(activities)), opened)
    found = shares(rule, path, by)

    assert (found is None) == (not touches and not (rule == "full_path" and activities))
    if found is not None:
        parts = credited(total, found, by)
        assert sum(parts.values()) == total
        assert all(each > 0 for each in parts.values())
