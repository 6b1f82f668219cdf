"""The pages of revenue: pictures that say what their tables say, who may read a sheet, and what programs get."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from html import unescape
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from starlette.applications import Starlette

from streams.events.control import ForecastAdjusted
from streams.events.envelope import Event
from streams.revenue.answers import ForecastTold, RecoveriesTold, SheetTold, encode_answer, key_of
from streams.revenue.company import Unit
from streams.revenue.version import DEFAULT
from streams.web.app import build_web
from streams.web.health import HealthNotes
from streams.web.live import Hub
from streams.web.news import next_news
from streams.web.pages.revenue.cone import cone, moments_of
from streams.web.pages.revenue.money import cents_of, signed, whole
from streams.web.pages.revenue.record import reliability
from streams.web.pages.revenue.versions import DRAWN, version_word
from streams.web.pages.revenue.waterfall import bars_of, fall
from streams.web.read_model import ReadModel
from streams.web.readers import Reader
from streams.web.revenue_model import RevenueModel
from tests.answered import answered
from tests.quarter import MANAGER, QUARTER, WHY, a_revenue_model, told_of_a_quarter
from tests.unit.web.samples import Answer, a_deal, a_model, ask

PAGES = ("/revenue", "/revenue/pipeline", "/revenue/matrix", "/revenue/coaching", "/revenue/attribution")
APIS = ("forecast", "pipeline", "matrix", "coaching", "attribution")
REP, OTHER = "rep-uk-02", "rep-uk-01"
EMEA = Unit("region", "emea")


class Topic:
    """Where actions arrive."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def submit(self, event: Event) -> None:
        self.events.append(event)


def an_app(
    revenue: RevenueModel | None, user_header: str = "", topic: Topic | None = None, model: ReadModel | None = None
) -> Starlette:
    """The application around a model of revenue."""
    return build_web(
        model or ReadModel(),
        Hub(),
        health=HealthNotes(ready=True, reasons=[]),
        metrics=lambda: (b"", "text/plain"),
        version="1",
        revenue=revenue,
        user_header=user_header,
        submit=None if topic is None else topic.submit,
    )


def a_sheet(name: str = REP) -> SheetTold:
    """A rep's sheet, which has a point."""
    return next(
        each
        for each in told_of_a_quarter()
        if isinstance(each, SheetTold) and each.sheet.level == "rep" and each.sheet.name == name
    )


def words(html: str) -> list[str]:
    """The texts of an HTML document, without its markup."""
    return [unescape(each).strip() for each in re.split(r"<[^>]*>", html) if each.strip()]


def test_the_bars_of_the_waterfall_are_as_long_as_its_amounts() -> None:
    """Each stands where the one before it ended, and the last one ends where the pipeline is."""
    told = a_revenue_model().pipeline(QUARTER, Unit())
    assert told is not None
    bars = bars_of(told)
    assert bars[-2].ends == told.end == bars[-1].ends
    html = fall(told, lambda share: share.deal)  # type: ignore[arg-type,return-value]
    rects = re.findall(r'<rect x="([\d.]+)" y="3" width="([\d.]+)" height="14" class="(\w+)">', html)
    assert len(rects) == len(told.buckets) + 2
    spans = [abs(float(bar.ends - bar.begins)) for bar in bars]
    scale = float(rects[0][1]) / spans[0]
    for (_, width, kind), bar, span in zip(rects, bars, spans, strict=True):
        assert kind == bar.kind
        assert float(width) == pytest.approx(max(span * scale, 2.0), abs=0.1)
    rows = re.findall(r"<tr>.*?</tr>", html)[1:]
    for row, bucket in zip(rows[1:-1], told.buckets, strict=True):
        assert signed(bucket.amount) in words(row)
        assert f'class="{"up" if bucket.amount >= 0 else "down"}"' in row


def test_the_lines_of_the_cone_are_the_rows_of_its_table() -> None:
    """Read back from the picture, every point is what was said that day."""
    told = a_revenue_model().forecast(QUARTER, EMEA)
    assert told is not None
    moments = moments_of(told)
    assert [each.day for each in moments[:-1]] == [each.day for each in told.course if each.day < told.day]
    html = cone(told, None)
    lines = re.findall(r'<polyline points="([^"]+)" class="([^"]+)">', html)
    marks = [float(each) for each in re.findall(r'y="([\d.]+)%" dx', html)]
    drawn = {kind: points.split() for points, kind in lines}
    top = _top(html, marks)
    for name, kind in DRAWN.items():
        for point, moment in zip(drawn[kind], moments, strict=True):
            _, y = (float(each) for each in point.split(","))
            assert (1 - y / 100) * top == pytest.approx(moment.said[name] / 100, abs=top / 5_000)
            assert whole(moment.said[name]) in words(html)
        assert version_word(name) in words(html)
    last = told.figure(DEFAULT)
    assert last is not None
    assert last.low is not None
    assert whole(last.low) in words(html)


def _top(html: str, marks: Sequence[float]) -> float:
    """What the highest mark at the left says, in the currency."""
    assert min(marks) == 0.0
    said = next(unescape(each) for each in re.findall(r'y="0\.0%" dx="-6" dy="4">([^<]+)<', html))
    number, unit = said.split("\u00a0")
    return float(number) * {"M": 1e6, "k": 1e3}[unit]


def test_the_dots_of_reliability_are_the_rows_of_its_table() -> None:
    """Across what was said, up what came."""
    told = a_revenue_model().forecast(QUARTER, Unit())
    assert told is not None
    html = reliability(told.came)
    assert html is not None
    across, up = (re.findall(rf'{name}="([\d.]+)%"', html) for name in ("cx", "cy"))
    for each, cx, cy in zip(told.came, across, up, strict=True):
        assert float(cx) == pytest.approx(100 * each.expected / each.deals, abs=0.06)
        assert float(cy) == pytest.approx(100 - 100 * each.won / each.deals, abs=0.06)
        assert f"{each.won / each.deals:.0%}" in words(html)
    assert reliability(()) is None


def test_the_forecast_shows_every_version_and_why_they_differ() -> None:
    """With links to the deals, the quota, and who said a figure of their own."""
    model = a_revenue_model()
    told, pipeline = model.forecast(QUARTER, EMEA), model.pipeline(QUARTER, EMEA)
    assert told is not None
    assert pipeline is not None
    assert pipeline.coverage is not None
    html = ask(an_app(model), "/revenue?level=region&name=emea").text
    for figure in told.figures:
        assert version_word(figure.version) in words(html)
        assert whole(figure.cents) in words(html)
    for difference in told.differences:
        for each in difference.named:
            assert f'<a href="/deals/{each.deal}">{each.deal}</a>' in html
    assert f"{MANAGER} said" in words(html)
    assert WHY in html
    quota = pipeline.coverage.quota
    assert quota is not None
    assert f"EUR {whole(cents_of(quota))}" in html
    for team in model.below(QUARTER, EMEA):
        assert f'href="/revenue?level=team&amp;name={team.name}"' in html


@pytest.mark.parametrize("path", PAGES)
def test_without_the_program_each_page_says_how_to_start_it(path: str) -> None:
    """A clear empty state, and no error."""
    answer = ask(an_app(RevenueModel()), path)
    assert answer.status == 200
    assert "dealwatch worker --role revenue" in answer.text


def test_a_period_and_a_unit_that_nobody_tells_of_lead_back_to_those_that_are() -> None:
    """And what is shown then is said."""
    app = an_app(a_revenue_model())
    for path in ("/revenue", "/revenue/pipeline"):
        text = ask(app, f"{path}?period=FY2031&level=team&name=x").text
        assert "Nothing is told of team x in FY2031" in text
        assert f'href="{path}?period={QUARTER}"' in text


def test_a_deal_is_called_by_its_name_where_that_is_known() -> None:
    """The page knows deals from another topic."""
    model = a_revenue_model()
    told = model.forecast(QUARTER, EMEA)
    assert told is not None
    deal = told.differences[0].named[0].deal
    state = _a_state(deal)
    html = ask(an_app(model, model=a_model(state)), "/revenue?level=region&name=emea").text
    assert f'<a href="/deals/{deal}" title="{deal}">Deal {deal}</a>' in html


def _a_state(deal: str) -> bytes:
    return a_deal(deal)


def reading(user: str, now: int, path: str, user_header: str = "x-user") -> Answer:
    """What somebody is told when the events' time has come to an instant."""
    model = a_revenue_model()
    told = model.matrix()
    assert told is not None
    later = replace(told, at=now)
    model.take(key_of(later), encode_answer(later))
    return ask(an_app(model, user_header), path, x_user=user)


SHEET = f"/revenue/coaching/rep/{REP}"


@pytest.mark.parametrize("path", [SHEET, f"/fragments{SHEET}", "/api/revenue/coaching"])
@pytest.mark.parametrize(
    ("user", "user_header", "is_late", "reads"),
    [
        (REP, "x-user", False, True),
        (OTHER, "x-user", False, False),
        (MANAGER, "x-user", False, False),
        ("", "x-user", False, False),
        (REP, "", False, False),
        (MANAGER, "x-user", True, True),
        ("", "", True, True),
    ],
    ids=["the rep", "another rep", "manager", "nobody", "no proxy", "manager a day later", "anybody a day later"],
)
def test_the_rep_reads_a_sheet_first(path: str, user: str, user_header: str, is_late: bool, reads: bool) -> None:
    """On the page, in its parts and as JSON alike; a name that no proxy vouches for is nobody's."""
    sheet = a_sheet().sheet
    answer = reading(user, sheet.manager_from if is_late else sheet.manager_from - 1, path, user_header)
    words_of_point = sheet.points[0].words
    assert (words_of_point in unescape(answer.text)) is reads
    assert answer.headers["cache-control"] == "no-store"
    if not reads and not path.startswith("/api"):
        assert "The rep reads it first" in answer.text


def test_a_name_that_nobody_vouches_for_is_nobodys() -> None:
    """Whatever it is; and no name is nobody's either, also of a sheet of nobody."""
    sheet = a_sheet().sheet
    assert Reader(REP, verified=True).is_whose(sheet)
    assert not Reader(REP).is_whose(sheet)
    assert not Reader("", verified=True).is_whose(replace(sheet, name=""))
    assert not Reader("team-uk-1", verified=True).is_whose(replace(sheet, level="team", name="team-uk-1"))


def test_whoever_has_no_proxy_is_told_that_the_page_cannot_know_them() -> None:
    """Rather than a rule that is not kept."""
    assert "This page cannot know who reads it" in reading("", 0, "/revenue/coaching", "").text
    assert f"You read as {REP}" in reading(REP, 0, "/revenue/coaching").text


def test_a_list_of_sheets_says_no_more_than_when_they_open() -> None:
    """What stands out of a rep is on the sheet only."""
    sheet = a_sheet().sheet
    said = ask(an_app(a_revenue_model()), "/revenue/coaching").text
    own = re.search(rf"<tr>(?:(?!</tr>).)*{REP}(?:(?!</tr>).)*</tr>", said)
    assert own is not None
    assert "may be read from" in own.group()
    assert sheet.points[0].title not in own.group()


def test_the_matrix_says_nothing_of_single_reps() -> None:
    """Neither on the page nor as JSON: that is for sheets."""
    app = an_app(a_revenue_model())
    for path in ("/revenue/matrix", "/api/revenue/matrix"):
        answer = ask(app, path)
        assert answer.status == 200
        assert "rep-uk-0" not in answer.text
    assert all(row["process"]["reps"] == [] for row in ask(app, "/api/revenue/matrix").json["matrix"]["rows"])


def test_the_matrix_is_a_table_with_its_no_fly_cells() -> None:
    """Relationship upwards, process to the right; a team stands in its cell."""
    model = a_revenue_model()
    told = model.matrix()
    assert told is not None
    html = ask(an_app(model), "/revenue/matrix").text
    drawn = re.search(r'class="matrix".*?</table>', html)
    assert drawn is not None
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', drawn.group())
    assert [name for name, _ in rows][::4] == ["trusted partner", "approved vendor"]
    cells = {name: re.findall(r"<td.*?</td>", row) for name, row in rows}
    assert "no-fly" in cells["trusted partner"][0]
    assert "no-fly" in cells["approved vendor"][3]
    for row in told.matrix.rows:
        assert row.process.level is not None
        assert row.relationship is not None
        place = ("random", "informal", "formal", "dynamic").index(row.process.level)
        assert row.team in words(cells[row.relationship][place])


@pytest.mark.parametrize("name", APIS)
def test_programs_get_the_same_with_fixed_names(name: str) -> None:
    """And nothing where there is nothing."""
    answer = ask(an_app(a_revenue_model()), f"/api/revenue/{name}")
    assert answer.status == 200
    assert ask(an_app(RevenueModel()), f"/api/revenue/{name}").status == 200
    got: Any = answer.json
    match name:
        case "forecast" | "pipeline":
            assert got["period"] == QUARTER
            assert got[name]["unit"] == {"level": "company", "name": ""}
        case "matrix":
            assert got["as_of"] == got["matrix"]["as_of"]
        case "coaching":
            assert {each["level"] for each in got["sheets"]} == {"team"}
        case _:
            assert got["credit"]["attribution"]["by"] == "channel"


def test_a_sheet_that_is_not_there_is_not_found() -> None:
    """As a page, and as JSON."""
    app = an_app(a_revenue_model())
    assert ask(app, "/revenue/coaching/rep/nobody").status == 404
    assert ask(app, "/revenue/coaching/squad/x").status == 404
    assert ask(app, "/api/revenue/coaching?level=rep&name=nobody").json["error"]["id"] == "err-not-found"


def test_a_part_of_a_page_comes_only_where_its_answer_changed() -> None:
    """A browser that has it is told so, and gets nothing."""
    model = a_revenue_model()
    app = an_app(model)
    first = ask(app, "/fragments/revenue?level=region&name=emea")
    tag = first.headers["etag"]
    assert ask(app, "/fragments/revenue?level=region&name=emea", if_none_match=tag).status == 304
    told = model.forecast(QUARTER, EMEA)
    assert told is not None
    changed = replace(told, open=told.open + 1)
    model.take(key_of(changed), encode_answer(changed))
    again = ask(app, "/fragments/revenue?level=region&name=emea", if_none_match=tag)
    assert again.status == 200
    assert again.headers["etag"] != tag


def test_browsers_hear_that_an_answer_changed() -> None:
    """Once, and not of repeats."""
    model = a_revenue_model()
    news = next_news(ReadModel(), model)
    assert news is not None
    assert msgspec.json.decode(news)["revenue"] is True
    assert next_news(ReadModel(), model) is None


def adjust(app: Starlette, **fields: object) -> Answer:
    """Say a figure."""
    asked = {"action": "adjust", "key": "0123456789", "actor": MANAGER, "period": QUARTER, **fields}
    return ask(app, "/api/actions", "POST", msgspec.json.encode(asked), content_type="application/json")


def test_a_manager_says_a_figure_and_takes_it_back() -> None:
    """Each is an event of no deal, after all that its author can have seen."""
    topic, model = Topic(), a_model(day=10)
    app = an_app(a_revenue_model(), topic=topic, model=model)
    assert adjust(app, level="region", unit="emea", amount="3200000.50", note="signed").status == 202
    assert adjust(app, level="region", unit="emea", amount="", key="9876543210").status == 202
    said, back = topic.events
    assert isinstance(said, ForecastAdjusted)
    assert isinstance(back, ForecastAdjusted)
    assert (said.subject, said.actor, said.data.amount) == ("", MANAGER, "3200000.50")
    assert (said.data.level, said.data.unit, said.data.period, said.data.reason) == (
        "region",
        "emea",
        QUARTER,
        "signed",
    )
    assert back.data.amount is None
    assert model.as_of is not None
    assert model.as_of < said.at < back.at


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"level": "region", "unit": "emea"}, 400),
        ({"level": "region", "unit": "emea", "amount": "3.1 M"}, 400),
        ({"level": "region", "unit": "emea", "amount": "-1"}, 400),
        ({"level": "product", "unit": "platform", "amount": "1"}, 400),
        ({"level": "region", "unit": "mars", "amount": "1"}, 404),
        ({"level": "region", "unit": "emea", "amount": "1", "period": "FY2031"}, 404),
        ({"level": "region", "unit": "emea", "amount": "1", "period": ""}, 400),
        ({"level": "region", "unit": "emea", "amount": "1", "alert": "al-1"}, 400),
        ({"level": "region", "unit": "emea", "amount": "1", "days": 3}, 400),
    ],
)
def test_a_figure_that_makes_no_sense_is_refused(fields: dict[str, object], status: int) -> None:
    """With a sentence that says what is wrong."""
    topic = Topic()
    answer = adjust(an_app(a_revenue_model(), topic=topic, model=a_model(day=10)), **fields)
    assert answer.status == status
    assert len(answer.json["error"]["message"]) > 10
    assert topic.events == []


def test_where_people_may_not_act_there_is_no_way_to_say_a_figure() -> None:
    """The page only shows what was said."""
    shown = ask(an_app(a_revenue_model()), "/revenue?level=region&name=emea").text
    assert MANAGER in shown
    assert "data-act" not in shown
    assert (
        'data-act="unadjust"' in ask(an_app(a_revenue_model(), topic=Topic()), "/revenue?level=region&name=emea").text
    )


def test_amounts_are_said_to_the_unit() -> None:
    """Half to even, with a minus that is one, and nothing has no sign."""
    assert [signed(Decimal(each)) for each in ("0", "-0.4", "0.4", "1234.5", "-1235.5")] == [
        "0", "0", "0", "+1,234", "\u22121,236",
    ]  # fmt: skip


def test_pages_of_money_say_that_currencies_are_mixed() -> None:
    """Where no company file converts them, what is told is no sum of money; pages without amounts say nothing."""
    told = next(
        each
        for each in told_of_a_quarter()
        if isinstance(each, ForecastTold) and each.unit == Unit() and each.period.name == QUARTER
    )
    revenue = a_revenue_model()
    app = an_app(revenue)
    said = "Amounts are in EUR, USD, and are added up as if they were one"
    assert all(said not in ask(app, page).text for page in PAGES)
    revenue.take(key_of(told), encode_answer(replace(told, mixed=("EUR", "USD"))))
    for page in PAGES:
        assert (said in ask(app, page).text) is (page not in ("/revenue/matrix", "/revenue/coaching")), page


def test_a_pace_of_a_few_wins_is_not_told() -> None:
    """The page says as little of four wins as the command."""
    revenue = a_revenue_model()
    told = revenue.pipeline(QUARTER, Unit())
    assert told is not None
    assert told.velocity is not None
    assert " a day" in ask(an_app(revenue), "/revenue/pipeline").text
    few = replace(told, velocity=replace(told.velocity, won=4))
    revenue.take(key_of(few), encode_answer(few))
    html = ask(an_app(revenue), "/revenue/pipeline").text
    assert "4 wins within a year: fewer than 5 are too few to tell a pace." in html
    assert " a day" not in html


def test_what_ended_alerts_is_told_in_tables_by_rule_by_what_was_done_and_by_play() -> None:
    """The same figures as on the topic; a program that tells nothing of it leaves the part out."""
    [told] = [each for each in answered() if isinstance(each, RecoveriesTold)]
    revenue = RevenueModel()
    html = ask(an_app(a_revenue_model()), "/revenue/attribution").text
    assert "No reason of an alert ended yet" in html
    revenue.take(key_of(told), encode_answer(told))
    app = an_app(revenue)
    html = ask(app, "/revenue/attribution").text
    said = words(html)
    [rule] = told.report.rules
    assert f"{rule.ended} episodes ended, {rule.buyer} of them with the buyer; 0 go on, as of" in " ".join(said)
    for caption in ("How reasons of alerts ended, by rule", "What was done before the buyer was heard of"):
        assert caption in said
    for kind in told.report.kinds:
        assert kind.kind in said
    assert {"going_quiet", "re_engage 1"} <= set(said)
    assert ask(app, "/api/revenue/attribution").json["recoveries"]["report"]["ended"] == rule.ended
    few = replace(told, left_out=7)
    revenue.take(key_of(few), encode_answer(few))
    assert "and 7 more kinds and plays" in words(ask(app, "/revenue/attribution").text)
