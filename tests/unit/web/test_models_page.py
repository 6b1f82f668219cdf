"""The page of what the models have learned: chances, curves, words, and whose hand is on them."""

from __future__ import annotations

import re
from html import unescape

import pytest
from msgspec.structs import replace

from models.curves import Learned, learned
from models.hats import CONSTANT, main_slots, phase_slots
from models.risk import sigmoid
from models.schema import FEATURES, INDEX
from models.snapshot import ModelSet, Notice, Pin, Quality
from streams.state.codec import encode_deal
from streams.web import numbers
from streams.web.figures import quality_of
from streams.web.pages.models import models
from streams.web.pages.trust import gain, quality
from streams.web.read_model import ReadModel
from tests.builders import TARGETS, Timeline, a_clock, a_market, some_models
from tests.unit.web.samples import HOSTILE

_SINCE = FEATURES[INDEX["since_contact"]]


def some_learned(weights: dict[str, float], pin: Pin | None = None) -> tuple[ModelSet, list[Learned]]:
    """Models of which inactivity has these weights, and what they have learned."""
    plain = some_models(cases=1234)
    mine = replace(plain.targets["inactivity"], weights={CONSTANT: -1.0, **weights}, pin=pin)
    found = replace(plain, epoch=20_000, targets={**plain.targets, "inactivity": mine})
    return found, [learned(each) for each in found.targets.values()]


def section(html: str, target: str = "inactivity") -> str:
    """The part of the page about one target."""
    [part] = re.findall(rf'<section class="card target" data-key="{target}">.*?</section>', html)
    return unescape(str(part))


STEEP = {slot: 0.3 * number - 1.0 for number, slot in enumerate(main_slots(_SINCE))}


def test_a_curve_says_between_which_chances_it_moves() -> None:
    """As the probability of the average deal, at the lowest and the highest place."""
    shown = section(models(*some_learned(STEEP)))
    low, high = (numbers.percent(sigmoid(-1.0 + level)) for level in (-1.0, 0.3 * len(_SINCE.knots) - 1.0))
    assert "Since the last contact with the buyer (days)" in shown
    assert f"{low} at 0, {high} at never" in shown
    assert shown.count("<polyline") == 1
    [points] = re.findall(r'points="([^"]*)"', shown)
    heights = [float(point.split(",")[1]) for point in points.split()]
    assert heights == sorted(heights, reverse=True) and len(heights) == len(_SINCE.knots)


def test_only_what_matters_is_drawn() -> None:
    """A feature that moves next to nothing has no picture, and a target of which nothing is known says so."""
    shown = models(*some_learned({**STEEP, "people@1": 0.01}))
    assert "People of the buyer" not in shown
    assert "Nothing that it knows of a deal moves it yet." in section(shown, "win")


@pytest.mark.parametrize(("more", "lines"), [(0.05, 1), (0.9, 2)])
def test_phases_are_drawn_apart_where_they_differ(more: float, lines: int) -> None:
    """Those that are much the same are one line; the legend stands there only where there is more than one."""
    shown = models(*some_learned({**STEEP, **dict.fromkeys(phase_slots(_SINCE, 1), more)}))
    assert section(shown).count("<polyline") == lines
    assert ("Where the deal stands" in shown) == (lines > 1)


def test_words_stand_with_the_chance_that_they_give() -> None:
    """The strongest first, either way; events in the words of the page, and nothing of them is markup."""
    words = {f"owner={HOSTILE}": 1.0, "last_event=email_received": -1.0, "owner=": -0.5, "owner=rep-1": 0.01}
    page = models(*some_learned(words))
    assert HOSTILE not in page
    shown = section(page)
    assert f"{HOSTILE}</dt><dd>{numbers.percent(0.5)}" in shown
    assert f"The buyer wrote</dt><dd>{numbers.percent(sigmoid(-2.0))}" in shown
    assert "none</dt>" in shown and "rep-1" not in shown


def test_a_pinned_model_says_who_holds_it_and_how_the_other_does() -> None:
    """With the quality of both on the same cases; nothing of a reason is markup."""
    pin = Pin(19_990, "mara", HOSTILE, Quality(40, 0.5, 0.1, 0.6), Quality(40, 0.4, 0.1, 0.6))
    page = models(*some_learned(STEEP, pin))
    assert HOSTILE not in page
    shown = section(page)
    assert f"Pinned since {numbers.date(19_990 * 86_400_000)} by mara: {HOSTILE}." in shown
    assert "On the 40 outcomes since then the pinned model is worse" in shown and "0.500 against 0.400" in shown
    assert '<span class="chip warning">pinned</span>' in shown
    assert "pinned" not in section(page, "win")


def test_what_happened_to_a_model_is_told_with_it() -> None:
    """A resumption, a refusal, or whatever else comes; a pin says it itself."""
    found, known = some_learned(STEEP)
    notices = (Notice("win", "refused", "pin of win-3 by mara: no", "win-9", "win-9"),)
    page = models(replace(found, notices=notices), known)
    assert "refused: pin of win-3 by mara: no." in section(page, "win")
    assert "refused" not in section(page)


def test_before_the_first_models_the_page_says_so() -> None:
    """And is no error."""
    assert "No models yet" in models(None, ())


def test_the_front_page_leads_to_it_and_says_what_is_pinned() -> None:
    """Beside the quality of the target."""
    pin = Pin(19_990, "mara", "odd")
    found, _ = some_learned(STEEP, pin)
    shown = quality([quality_of(each) for each in found.targets.values()])
    assert 'href="/models"' in shown
    assert shown.count("pinned: what is learned since is not said") == 1


def test_a_gain_that_rounds_to_nothing_is_none() -> None:
    """Neither better nor worse, and no minus zero."""
    found = replace(some_models().targets["win"], quality=Quality(900, 0.6901, 0.2, 0.69))
    assert gain(quality_of(found)) == "<span>no better than the usual rate</span>"


def test_what_matters_is_told_by_the_open_deals_once_for_each_epoch() -> None:
    """With a handful of deals all places of a curve count alike; newer models are looked at anew."""
    model = ReadModel()
    assert model.learned() == ()
    model.on_models(some_models())
    assert [each.deals for each in model.learned()] == [0] * len(TARGETS)
    timeline = Timeline().tell(*a_market(deals=60, days=30), a_clock(15))
    for name, state in timeline.partition.deals.items():
        model.on_state(name.encode(), encode_deal(state))
    assert model.learned()[0].deals == 0
    model.on_models(replace(some_models(), epoch=1))
    first = model.learned()
    open_deals = sum(each.facts.is_open for each in timeline.partition.deals.values())
    assert first[0].deals == open_deals >= 20
    assert model.learned() is first
