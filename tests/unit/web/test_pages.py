"""What stands on the pages: escaping by construction, numbers for people, and colours that can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from streams.alerts import words
from streams.alerts.registry import RULES as ALERT_RULES
from streams.events.contract import EVENT_TYPES
from streams.events.envelope import kind_of
from streams.labels.outcome import TARGETS as ASKED
from streams.web import numbers, vocabulary
from streams.web.assets import Assets
from streams.web.figures import ModelQuality
from streams.web.markup import el, join
from streams.web.news import next_news
from streams.web.pages.marks import is_worse
from streams.web.pages.trust import quality
from streams.web.wanted import MAX_PAGE_SIZE, Wanted, read_wanted
from tests.unit.web.samples import HOSTILE, a_deal, a_model, a_reason

STATIC = Path(numbers.__file__).with_name("static")


def test_text_and_attributes_are_escaped_unless_they_are_markup_already() -> None:
    """A string is text; only what `el` made is markup."""
    made = el("a", HOSTILE, el("b", "&"), title='"><x', data_key=None, hidden=True, for_="y")
    assert made == ('<a title="&quot;&gt;&lt;x" hidden for="y">&lt;script&gt;alert(1)&lt;/script&gt;<b>&amp;</b></a>')
    assert join("<", None, 3) == "&lt;3"


@pytest.mark.parametrize(
    ("value", "currency", "said"),
    [
        ("184000", "EUR", "EUR\u00a0184,000"),
        ("61250.50", "USD", "USD\u00a061,250.50"),
        ("999999999999999.999999", "EUR", "EUR\u00a0999,999,999,999,999.999999"),
        ("0", "", "0"),
        (None, "EUR", "no amount"),
        ("much", "EUR", "much"),
    ],
)
def test_amounts_are_grouped_and_exact(value: str | None, currency: str, said: str) -> None:
    """Money is shown to the last digit it has, with its currency."""
    assert numbers.amount(value, currency) == said


def test_spans_and_shares_are_said_in_sensible_units() -> None:
    """Minutes, hours, days; whole percent that never claim certainty; real minus signs."""
    minute = 60_000
    assert [numbers.span(each * minute) for each in (-5, 0, 59, 61, 47 * 60, 49 * 60)] == [
        "1\u00a0min", "1\u00a0min", "59\u00a0min", "1\u00a0h", "47\u00a0h", "2\u00a0days",
    ]  # fmt: skip
    assert numbers.percent(0.9999) == "99\u202f%"
    assert numbers.change(-0.032) == "\u22123\u202f%"
    assert numbers.points(-5) == "\u22120.05"
    assert numbers.moment(10**17).startswith("Fri 31 Dec 9999")


def test_every_rule_target_and_event_has_words() -> None:
    """Nothing that the core can say appears on the page as an identifier."""
    assert set(vocabulary.RULES) == {rule.name for rule in ALERT_RULES}
    assert set(vocabulary.TARGETS) == set(vocabulary.QUESTIONS) == set(ASKED)
    assert all(words.about(each, 14) for each in ASKED)
    for kind in map(kind_of, EVENT_TYPES):
        if not kind.startswith(("connector_", "backfill_", "clock_", "rules_")):
            assert vocabulary.event_side(kind) in ("buyer", "seller", "both", "machine", "deal")
            assert "{" not in vocabulary.event_words(kind)
            assert "_" not in vocabulary.event_words(kind)
    assert vocabulary.event_words("close_date_changed", "2026-05-31T10:00:00+00:00") == "Close date: 31 May 2026"
    assert vocabulary.event_words("stage_changed", "{0.__class__}") == "Stage: {0.  class  }"


def test_worse_means_worse_for_the_deal() -> None:
    """High is bad for silence and slippage, low is bad for winning, and a little off is nothing."""
    assert is_worse("inactivity", 0.6, 0.2)
    assert not is_worse("inactivity", 0.25, 0.2)
    assert is_worse("win", 0.2, 0.5)
    assert not is_worse("win", 0.9, 0.5)
    assert not is_worse("win", 0.1, 0.0)


def test_filters_survive_the_way_through_the_url() -> None:
    """What stands in a query reads back equal, and defaults are left out of it."""
    wanted = Wanted(owner="a&b=c", rule="silent", severity="critical", text="x y", show="all", page=3)
    query = wanted.query()
    pairs = dict(re.findall(r"[?&](\w+)=([^&]*)", query.replace("%26", "\0").replace("%3D", "\1")))
    read = {key: value.replace("\0", "&").replace("\1", "=").replace("+", " ") for key, value in pairs.items()}
    assert read_wanted(read) == wanted
    assert Wanted().query() == ""
    assert wanted.query(page=1) == query.removesuffix("&page=3")


def test_a_page_has_a_greatest_size() -> None:
    """Nobody can ask for all deals at once."""
    assert read_wanted({"size": "999999"}).size == MAX_PAGE_SIZE
    assert read_wanted({"size": "7"}).size == 7


def test_news_is_one_line_with_escaped_html() -> None:
    """A message of the stream holds no line break and no live markup from data."""
    model = a_model(a_deal("x\ny", reasons={"silent": a_reason()}, title=HOSTILE))
    news = next_news(model)
    assert news is not None
    assert "\n" not in news
    assert "<script" not in news
    assert next_news(model) is None


def test_files_are_found_by_name_only() -> None:
    """There is no way from a name to a path."""
    assets = Assets()
    assert assets.get("style.css") is not None
    assert assets.get("../app.py") is None
    with pytest.raises(KeyError):
        assets.url("missing.js")


def test_the_script_builds_no_html_from_data_and_uses_no_eval() -> None:
    """HTML comes from the server, where it is escaped; the script only parses and places it."""
    script = (STATIC / "page.js").read_text()
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "new Function", "document.write"):
        assert forbidden not in script


def _palettes() -> dict[str, dict[str, str]]:
    style = (STATIC / "style.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks[:2])
    return {"light": light, "dark": light | dark}


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


TEXT = [
    *((text, surface) for text in ("ink", "soft", "accent") for surface in ("paper", "card", "raised", "info-bg")),
    *((tone, f"{tone}-bg") for tone in ("critical", "warning", "info", "good")),
    *((tone, surface) for tone in ("critical", "warning", "good") for surface in ("paper", "card")),
    ("soft", "track"),
]
SHAPES = [(shape, "card") for shape in ("bar", "bar-bad", "bar-good", "ink")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_told_apart(scheme: str) -> None:
    """Text has a contrast of 4.5 to its surface and shapes one of 3, in both schemes (WCAG 2.2 AA)."""
    palette = _palettes()[scheme]
    weak = [(pair, 4.5) for pair in TEXT if _contrast(palette[pair[0]], palette[pair[1]]) < 4.5]
    weak += [(pair, 3.0) for pair in SHAPES if _contrast(palette[pair[0]], palette[pair[1]]) < 3.0]
    assert weak == []


@pytest.mark.parametrize(
    ("judged", "base_log_loss", "gain", "said", "unsaid"),
    [
        (0, 0.0, None, "not judged yet", "0 judged"),
        (180, 0.0, None, "180 judged: nothing to tell apart yet", "not judged yet"),
        (180, 0.5, 0.2, "180 judged, log loss 0.400 against 0.500", "not judged yet"),
    ],
)
def test_the_quality_of_a_model_never_contradicts_itself(
    judged: int, base_log_loss: float, gain: float | None, said: str, unsaid: str
) -> None:
    """Judged or not, and against what: with one outcome only, the base rate is always right and there is no gain."""
    shown = str(quality([ModelQuality("inactivity", "inactivity-1", judged, judged, 0.0, 0.4, base_log_loss, gain)]))
    assert said in shown
    assert unsaid not in shown
