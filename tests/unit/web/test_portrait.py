"""One deal in full: the reasons explain the very number that stands in the table, and add up to it."""

from __future__ import annotations

from html import escape

import pytest
from msgspec.structs import replace

from models.case import Case
from models.learn import Learner
from models.risk import sigmoid
from models.snapshot import ModelSet, Weights
from streams.alerts.history import KEPT
from streams.features.measure import measure
from streams.web.pages.deal import portrait as page_of
from streams.web.pages.reasons import hundredths
from streams.web.portrait import Portrait
from streams.web.read_model import ReadModel
from tests.builders import (
    TARGETS,
    Timeline,
    a_call,
    a_close_date,
    a_hold,
    a_market,
    a_message,
    a_proposal,
    a_reply,
    a_stage,
    a_win,
    an_opportunity,
    ms,
    some_models,
    some_moving_models,
)
from tests.unit.web.samples import show


@pytest.fixture(scope="module")
def learned() -> ModelSet:
    """Models that learned something from a small market, so that their drivers are no zeros."""
    timeline = Timeline().tell(*a_market(deals=8, days=40))
    learner = Learner()
    for day in range(1, 40):
        cases: list[Case] = []
        for state in timeline.partition.deals.values():
            vector = measure(state.facts, ms(day))
            quiet = float(vector.value("since_contact") or 0.0) > 3
            cases += [Case(target, state.facts.id, vector, quiet) for target in TARGETS]
        learner.learn(cases)
    return learner.publish(0)


def _portrait(timeline: Timeline, *models: ModelSet) -> Portrait:
    model = ReadModel()
    for each in models:
        model.on_models(each)
    show(model, timeline)
    portrait = model.deal("opp-1")
    assert portrait is not None
    return portrait


def _a_story(models: ModelSet) -> Timeline:
    told = Timeline(models).tell(an_opportunity(), a_close_date(0.1, closes=40), a_call(1, contacts=("kim",)))
    return told.tell(a_stage(2, "proposal", 4), a_proposal(3), a_reply(4), a_message(6)).until(16.3)


def test_drivers_add_up_to_the_log_odds_and_the_probability(learned: ModelSet) -> None:
    """Level plus drivers is the log-odds, whose probability is the one that the engine wrote into the state."""
    timeline = _a_story(learned)
    portrait = _portrait(timeline, learned)
    assert [each.statement.target for each in portrait.risks] == list(TARGETS)
    for risk in portrait.risks:
        statement = risk.statement
        total = statement.level + sum(driver.log_odds or 0.0 for driver in statement.drivers)
        assert total == pytest.approx(statement.log_odds, abs=1e-9)
        assert sigmoid(total) == pytest.approx(statement.probability, abs=1e-9)
        said = timeline.deal().watch.estimates[statement.target]
        assert statement.probability == pytest.approx(said.probability, abs=1e-9)
        assert risk.at == said.at
        assert risk.exact
        assert any(abs(driver.log_odds or 0.0) > 0.01 for driver in statement.drivers)


def test_the_figures_as_shown_add_up_to_the_last_digit(learned: ModelSet) -> None:
    """Rounded to hundredths, base and drivers still give the sum: everything else takes up the rounding."""
    for risk in _portrait(_a_story(learned), learned).risks:
        level, lines, total = hundredths(risk.statement)
        assert level + sum(lines) == total == round(risk.statement.log_odds * 100)
        for driver, shown in zip(risk.statement.drivers, lines, strict=True):
            assert shown == pytest.approx((driver.log_odds or 0.0) * 100, abs=4)


def test_every_driver_stands_with_its_name_beside_its_sentence(learned: ModelSet) -> None:
    """So that the same driver is recognised from one deal to the next."""
    portrait = _portrait(_a_story(learned), learned)
    page = str(page_of(portrait))
    for risk in portrait.risks:
        for driver in risk.statement.drivers:
            named = f'<th scope="row" class="driver">{driver.feature}</th><td>{escape(driver.text)}</td>'
            assert named in page


def test_a_number_is_explained_by_the_model_that_said_it(learned: ModelSet) -> None:
    """Newer models do not change the explanation of a number that an older one said, while that one is kept."""
    stranger = some_models(inactivity=0.01)
    newer = ModelSet(9, stranger.features, {name: _renamed(stranger, name) for name in stranger.targets}, learned.norms)
    story = _a_story(learned)
    kept = _portrait(story, learned, newer)
    said = story.deal().watch.estimates["inactivity"].probability
    assert all(each.exact for each in kept.risks)
    assert kept.risks[0].statement.probability == pytest.approx(said, abs=1e-9)
    gone = _portrait(story, newer)
    assert not any(each.exact for each in gone.risks)
    assert gone.risks[0].statement.probability == pytest.approx(0.01)


def _renamed(models: ModelSet, target: str) -> Weights:
    return replace(models.targets[target], version=f"{target}-9")


def test_without_models_the_page_still_knows_the_facts() -> None:
    """A portrait without any model has no risk, but facts, timeline and alerts."""
    portrait = _portrait(_a_story(some_models()))
    assert portrait.risks == ()
    assert portrait.details
    assert portrait.timeline


def test_facts_are_said_in_words() -> None:
    """What is known is said with spans relative to event time, and what is unknown is left out."""
    said = {each.label: each.text for each in _portrait(_a_story(some_models())).details}
    assert said["Last contact"] == "12 days ago (the buyer wrote)"
    assert said["Waiting for an answer"] == "1 message of ours"
    assert said["Planned close"].startswith("10 Feb 2024, in ")
    assert said["Proposals"] == "1 sent, last 13 days ago, answered"
    assert said["Stage"] == "proposal for 14 days"
    assert "On hold" not in said


def test_a_hold_and_what_it_holds_back_are_named() -> None:
    """A deal that rests says why and until when."""
    timeline = Timeline().tell(an_opportunity(), a_call(1), a_hold(2, "budget", resumes=60)).until(10)
    portrait = _portrait(timeline)
    said = {each.label: each.text for each in portrait.details}
    assert said["On hold"] == "Budget until 1 Mar 2024"
    assert "On hold: Budget until 1 Mar 2024." in page_of(portrait)


def test_the_timeline_mixes_events_and_alerts_newest_first(learned: ModelSet) -> None:
    """Events in words and the moves of alerts stand in one list, in the order of time."""
    timeline = Timeline().tell(an_opportunity(), a_call(1), a_message(3)).until(20)
    lines = _portrait(timeline).timeline
    assert [each.at for each in lines] == sorted((each.at for each in lines), reverse=True)
    texts = [each.text for each in lines]
    assert "Alert opened: Silent" in texts
    assert texts[-3:] == ["We wrote", "Call", "Deal opened"]
    assert lines[-2].side == "both"


def test_the_history_ends_with_what_is_said_now_and_names_what_lay_between(learned: ModelSet) -> None:
    """A curve per target, a row per point, and the words of what happened; a deal that was seen once has none."""
    models = some_moving_models()
    told = Timeline(models).tell(an_opportunity(), a_close_date(0.1, closes=40), a_call(1), a_call(8.5, id="x"))
    portrait = _portrait(told.until(16.3), models)
    told_of = {each.statement.target: each.statement.probability for each in portrait.risks}
    said = {target: told_of[target] for target in KEPT}
    assert portrait.history[-1].probabilities == pytest.approx(said)
    page = str(page_of(portrait))
    assert page.count('class="strip"') == len(portrait.history)
    assert page.count('class="curve"') == 3 * (len(portrait.history) - 1)
    rows = page.partition('class="history-table"')[2].partition("</table>")[0]
    assert rows.count("<tr>") == len(portrait.history) + 1
    for words in ("Call", "silence", "the first estimate"):
        assert f"<td>{words}</td>" in rows
    assert "<title>9 Jan 2024: Call</title>" in page
    assert ": Alert opened: " in page
    assert 'class="course"' not in page_of(_portrait(Timeline(models).tell(an_opportunity()), models))


def test_a_closed_deal_keeps_its_history(learned: ModelSet) -> None:
    """What the models said before the end is what is learned from."""
    portrait = _portrait(_a_story(learned).tell(a_win(16.4)), learned)
    assert portrait.risks == ()
    assert len(portrait.history) > 2
    assert 'class="course"' in page_of(portrait)


def test_an_alert_tells_its_evidence_and_what_ends_it() -> None:
    """Every reason of the open alert carries the words that were said; the play is the leading one's."""
    portrait = _portrait(Timeline().tell(an_opportunity(), a_call(1), a_message(3)).until(40))
    assert portrait.severity == "critical"
    assert portrait.play is not None
    alert = portrait.alert
    assert alert is not None
    assert alert.said is not None
    assert all(each.said is not None and each.said.evidence and each.clears_when for each in alert.reasons)
    assert len(alert.reasons) > 1
    assert portrait.play == alert.said.play


def test_a_portrait_says_when_the_deal_will_close(learned: ModelSet) -> None:
    """With the chance by the planned date beside the date to propose; not without models, and not once it is closed."""
    portrait = _portrait(_a_story(learned), learned)
    assert portrait.closing is not None and portrait.closing.at == portrait.as_of
    page = str(page_of(portrait))
    for words in ("When it will close", "By 10 Feb 2024", "Date to propose", "Won in the end", portrait.closing.reason):
        assert words in page
    assert _portrait(_a_story(learned)).closing is None
    assert _portrait(_a_story(learned).tell(a_win(16.4)), learned).closing is None
