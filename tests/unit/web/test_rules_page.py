"""The page of the rules: what people said of their alerts, team by team, how far that moved them, and the bound."""

from __future__ import annotations

import re
from html import unescape

from msgspec.structs import replace

from models.ballots import Tallies, Tally
from models.snapshot import ModelSet
from streams.alerts.alert import Alert, Driver, encode_alert
from streams.alerts.feedback import votes_on
from streams.alerts.heed import FEEDBACK
from streams.alerts.policy import Policy
from streams.alerts.registry import BY_NAME, RULES
from streams.state.codec import PARTITION_KEY, encode_partition
from streams.state.feeds import PartitionState
from streams.web.pages.rules import rules
from streams.web.read_model import ReadModel
from streams.web.rule_view import RuleRow, rule_rows
from tests.builders import ms, some_models
from tests.unit.web.samples import HOSTILE, a_deal, a_model, a_reason, an_alert, ask
from tests.unit.web.test_app import an_app

AGAINST = Tally(1, 9, 5, 0.5, 8.0)
VOTES: Tallies = {
    "": {"going_quiet": AGAINST, "close_date_missed": AGAINST},
    "emea": {"going_quiet": Tally(8, 1, 4, 6.0, 1.0), "doubtful_commit": AGAINST},
}
TEAMS = {"team": {"emea": {"owners": ["kim"], "rule": {"silent": {"on": False}}}}}


def _voted(votes: Tallies | None = None) -> ModelSet:
    return replace(some_models(), epoch=ms(9) // 86_400_000, feedback=VOTES if votes is None else votes)


def _model(votes: Tallies | None = None) -> ReadModel:
    model = ReadModel()
    model.on_state(PARTITION_KEY, encode_partition(PartitionState(clock=ms(9), rules=TEAMS)), 0)
    model.on_models(_voted(votes))
    return model


def _section(html: str, rule: str) -> str:
    [part] = re.findall(rf'<section class="card" id="rule-{rule}".*?</section>', html)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", part)))


def _row(rule: str) -> RuleRow:
    return next(each for each in _model().rules() if each.name == rule)


def test_a_rule_says_for_each_team_its_votes_and_from_where_they_moved_it_and_how_far_they_can() -> None:
    """The bound is that of the number, whatever people say."""
    everyone, emea = _row("going_quiet").teams
    assert (everyone.votes.useful, everyone.votes.not_useful, everyone.votes.people) == (1, 9, 5)
    assert (everyone.set_to, everyone.bound, everyone.moved) == ("from 65 %", "from 79 %", True)
    assert "from 65 %" < everyone.now < "from 79 %"
    assert (emea.votes.team, emea.now, emea.moved) == ("emea", "from 65 %", False)
    [doubtful] = _row("doubtful_commit").teams
    assert doubtful.now.startswith("below ") and doubtful.bound.startswith("below ")
    shown = _section(rules(_model().rules(), 19_732), "going_quiet")
    for words in ("no team 1 9 5 from 65 %", "emea 8 1 4 from 65 % from 65 % from 79 %", "At most"):
        assert words in shown, words


def test_a_rule_that_tells_a_fact_counts_its_votes_and_moves_nothing() -> None:
    """And says so, without columns of numbers that it has not."""
    row = _row("close_date_missed")
    assert (row.parameter, row.speaks_from, row.teams[0].bound) == ("", "", "")
    shown = _section(rules([row], 19_732), "close_date_missed")
    assert "move nothing" in shown
    assert "At most" not in shown


def test_every_rule_is_explained_with_from_when_on_it_speaks() -> None:
    """Switched off ones say for whom; those without votes have no section."""
    rows = _model().rules()
    assert [each.name for each in rows] == [rule.name for rule in RULES]
    silent = next(each for each in rows if each.name == "silent")
    assert (silent.on, silent.other_teams, silent.teams) == (True, ("emea",), ())
    page = rules(rows, 19_732)
    assert "Off for emea." in page
    assert page.count("<dt>") == len(RULES)
    assert 'id="rule-silent"' not in page


def test_without_votes_or_models_the_page_says_so() -> None:
    """Two different things."""
    assert "Nobody has said" in rules(_model({}).rules(), 19_732)
    assert "No models yet" in rules(ReadModel().rules(), None)


def test_the_page_and_its_json_are_served() -> None:
    """The votes as numbers, beside the words."""
    app = an_app(_model())
    assert 'id="rule-going_quiet"' in ask(app, "/rules").text
    assert 'id="rules"' in ask(app, "/fragments/rules").text
    found = ask(app, "/api/rules").json
    assert found["epoch"] == ms(9) // 86_400_000
    row = next(each for each in found["rules"] if each["name"] == "going_quiet")
    assert row["teams"][0]["votes"]["not_useful"] == 9
    assert row["teams"][0]["votes"]["set_to"] < row["teams"][0]["votes"]["now"] < row["teams"][0]["votes"]["bound"]


def test_a_team_is_named_by_its_name_and_never_as_a_tag() -> None:
    """Teams are named in a file, and on topics by anybody."""
    page = rules(rule_rows(Policy(), {HOSTILE: {"silent": AGAINST}}), 1)
    assert "<script>" not in page


def test_the_bound_is_never_passed_and_other_teams_move_nothing() -> None:
    """A team that nobody is in is counted only."""
    [found] = votes_on(BY_NAME["silent"], Policy(), {"": {"silent": Tally(0, 999, 900, 0.0, 9e9)}})
    assert found.now is not None and found.bound is not None
    assert found.now <= found.bound == 2.25
    [gone] = votes_on(BY_NAME["silent"], Policy(), {"gone": {"silent": AGAINST}})
    assert (gone.parameter, gone.now, gone.bound) == ("", None, None)


def _moved_alert() -> Alert:
    alert = an_alert()
    why = "team emea called 9 of 10 such alerts not useful, so it speaks from 1.9 times instead of 1.5 times"
    [reason] = alert.reasons
    moved = replace(reason, evidence=(*reason.evidence, Driver(why, FEEDBACK)))
    other = replace(moved, rule="stuck_in_stage", episode=ms(6))
    return replace(alert, reasons=(moved, other))


def test_a_reason_whose_threshold_people_moved_says_so_with_the_numbers_and_leads_to_the_votes() -> None:
    """On the deal's page and in the inbox; for each reason of its own, although the words are the same."""
    model = a_model(a_deal(reasons={"silent": a_reason(), "stuck_in_stage": a_reason(day=6)}))
    model.on_alert(encode_alert(_moved_alert()))
    app = an_app(model)
    for path in ("/inbox", "/deals/opp-1"):
        page = ask(app, path).text
        assert page.count("called 9 of 10 such alerts not useful, so it speaks from 1.9 times instead of 1.5") == 2
        assert 'href="/rules#rule-silent"' in page
        assert 'href="/rules#rule-stuck_in_stage"' in page
        assert page.count("no contact for 12 days") == 1
