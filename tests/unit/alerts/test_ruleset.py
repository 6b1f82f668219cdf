"""A file of parameters as plain data: what is refused and how, what holds for whom, and what counts as a change."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from msgspec.structs import asdict

from streams.alerts.parameters import described
from streams.alerts.policy import General, Policy
from streams.alerts.registry import RULES
from streams.alerts.rules.hygiene import NoNextStep
from streams.alerts.rules.silence import Silent
from streams.alerts.ruleset import AS_DECLARED, Rules, read_rules
from streams.errors import RulesWrong
from streams.state.calendar import Calendar


def _read(text: str) -> Rules:
    return read_rules(tomllib.loads(text))


def _faults(text: str) -> str:
    with pytest.raises(RulesWrong) as caught:
        _read(text)
    return str(caught.value.args[0])


TWO_TEAMS = """
[general]
country = "NL"
[rule.silent]
factor = 2
[rule.no_next_step]
on = false
[team.emea]
owners = ["rep-2", "rep-1"]
country = "FR"
timezone = "Europe/Paris"
[team.emea.rule.silent]
min_days = 4
[team.emea.rule.no_next_step]
on = true
[team.apac]
owners = ["rep-3"]
"""


def test_an_owner_goes_by_the_teams_parameters_on_top_of_everyones() -> None:
    """What a team does not say is everyone's; what nobody says is as declared."""
    policy = _read(TWO_TEAMS).policy(Policy(timezone="Europe/Berlin"))
    emea, apac, other = (policy.team_of(owner) for owner in ("rep-1", "rep-3", "rep-9"))
    assert [each.settings_of(Silent).factor for each in (emea, apac, other)] == [2.0, 2.0, 2.0]
    assert [each.settings_of(Silent).min_days for each in (emea, apac, other)] == [4.0, 3.0, 3.0]
    assert [each.settings_of(Silent).critical_factor for each in (emea, apac, other)] == [3.0, 3.0, 3.0]
    assert [each.off for each in (emea, apac, other)] == [set(), {"no_next_step"}, {"no_next_step"}]
    assert emea.settings_of(NoNextStep).on
    assert [each.calendar for each in (emea, apac, other)] == [
        Calendar("FR", "Europe/Paris"),
        Calendar("NL", "Europe/Berlin"),
        Calendar("NL", "Europe/Berlin"),
    ]


def test_what_means_the_same_has_the_same_digest() -> None:
    """Order, whole numbers for decimals, values as declared and empty tables change nothing; a number does."""
    same = """
    [team.apac]
    owners = ["rep-3", "rep-3"]
    [team.emea]
    timezone = "Europe/Paris"
    owners = ["rep-1", "rep-2"]
    country = "FR"
    rule.silent = {min_days = 4.0, factor = 2.0}
    rule.no_next_step.on = true
    [rule.slipping]
    probability = 0.6
    [rule.silent]
    factor = 2.0
    critical_factor = 3
    [rule.no_next_step]
    on = false
    [general]
    country = "NL"
    """
    assert _read(same).digest == _read(TWO_TEAMS).digest
    assert _read(TWO_TEAMS.replace("min_days = 4", "min_days = 5")).digest != _read(TWO_TEAMS).digest


def test_nothing_that_differs_is_as_declared() -> None:
    """An empty file, and one that says all defaults, are the rules as declared."""
    declared = {rule.name: {each.name: each.default for each in described(rule.parameters)} for rule in RULES}
    for said in ({}, {"rule": declared, "general": asdict(General())}):
        assert read_rules(said) == AS_DECLARED


def test_the_one_form_reads_back_as_itself() -> None:
    """What is in the log is read by whoever comes later, to the same rules."""
    rules = _read(TWO_TEAMS)
    assert read_rules(rules.data) == rules


def test_a_change_names_its_place_and_what_it_replaces() -> None:
    """A team's parameter stands beside what holds for everyone."""
    changes = {each.place: (each.value, each.default) for each in _read(TWO_TEAMS).changes}
    assert changes["rule.silent.factor"] == (2.0, 1.5)
    assert changes["team.emea.rule.no_next_step.on"] == (True, False)
    assert changes["general.country"] == ("NL", "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("[rule.silnt]\nfactor = 2", "rule.silnt: no such rule; did you mean silent?", id="rule"),
        pytest.param("[rule.silent]\nfactr = 2", "factr: no such parameter; did you mean factor?", id="name"),
        pytest.param("[rules.silent]", "rules: no such section; did you mean rule?", id="section"),
        pytest.param("[team.a]\nowner = ['x']", "team.a.owner: no such key of a team; did you mean owners?", id="key"),
        pytest.param("[rule.silent]\nfactor = 0.5", "factor: 0.5 must be a number of times (> 1, <= 10)", id="low"),
        pytest.param("[rule.silent]\nfactor = nan", "rule.silent.factor: nan must be a number", id="nan"),
        pytest.param("[rule.silent]\nfactor = inf", "rule.silent.factor: inf must be a number", id="inf"),
        pytest.param("[rule.silent]\nfactor = '2'", "rule.silent.factor: '2' must be a number", id="text"),
        pytest.param("[rule.silent]\nfactor = true", "rule.silent.factor: true must be a number", id="yes"),
        pytest.param("[rule.silent]\non = 1", "rule.silent.on: 1 must be true or false", id="one"),
        pytest.param("[rule.no_next_step]\ndays = 1.5", "days: 1.5 must be a whole number", id="half"),
        pytest.param("[rule.silent]\nfactor = 4", "critical_factor must not be less than factor", id="pair"),
        pytest.param("[rule]\nsilent = 3", "rule.silent: must be a table", id="table"),
        pytest.param("[team.a]\ncountry = 'NL'", "team.a.owners: must be a list", id="owners"),
        pytest.param("[team.a]\nowners = ['']", "team.a.owners: '' is no owner's id", id="owner"),
        pytest.param("[team.'a b']\nowners = ['x']", "team.a b: a team's name has letters", id="team"),
        pytest.param("[general]\ncountry = 'XX'", "general.country: 'XX' is not known", id="country"),
        pytest.param("[team.a]\nowners=['x']\ncountry = 'Holland'", "'Holland' is not known", id="its country"),
        pytest.param("[team.a]\nowners=['x']\ntimezone = 'Mars'", "team.a.timezone: 'Mars' is not known", id="zone"),
        pytest.param(
            "[team.a]\nowners=['x']\n[team.b]\nowners=['x']", "team.b.owners: 'x' is in team a already", id="twice"
        ),
        pytest.param(
            "[team.a]\nowners=['x']\nrule.silent.factor = 3.5\n",
            "team.a.rule.silent: critical_factor must not be less than factor",
            id="pair of a team",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_its_place(text: str, told: str) -> None:
    """A name that does not exist with the nearest that does, a value with what is allowed there."""
    assert told in _faults(text)


def test_all_faults_are_named_at_once() -> None:
    """Nobody mends a file one fault at a time."""
    faults = _faults("[rule.silent]\nfactor = 0\nmin_day = 2\n[rule.slippin]\n[team.a]\nowners = 3")
    assert [each.split(":")[0] for each in faults.split("; ") if "." in each.split(":")[0]] == [
        "rule.slippin",
        "rule.silent.min_day",
        "rule.silent.factor",
        "team.a.owners",
    ]


def _out_of_bounds(rule: str, parameter: str, value: Any) -> bool:
    try:
        read_rules({"rule": {rule: {parameter: value}}})
    except RulesWrong:
        return True
    return False


def test_every_number_has_bounds_unit_and_origin() -> None:
    """Neither a negative nor an absurd number is ever taken, and each parameter says what it is."""
    for rule in RULES:
        for each in described(rule.parameters):
            assert each.meaning
            if each.name != "on":
                assert each.unit, (rule.name, each.name)
                assert each.origin, (rule.name, each.name)
                assert _out_of_bounds(rule.name, each.name, -1), (rule.name, each.name)
                assert _out_of_bounds(rule.name, each.name, 1e18), (rule.name, each.name)
