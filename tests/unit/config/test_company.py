"""The company file: what it says becomes the company; what is wrong in it is named, all of it at once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from streams.config.company import company_of, company_to_show, read_company
from streams.config.settings import load
from streams.config.toml import read_toml
from streams.errors import CompanyWrong
from streams.revenue.company import Company, Unit

RULES = """
[team.north]
owners = ["ann", "bob"]
[team.south]
owners = ["cyd"]
"""
FILE = """
currency = "EUR"
fiscal_year_starts = 2
timezone = "Europe/Amsterdam"

[region.emea]
teams = ["north", "south"]

[quota."FY2027-Q1"]
company = 2_000_000
rep.ann = 250_000.50
team.south = "1.005"

[rates.USD]
2026-02-01 = 0.93
2026-01-01 = 0.92
2027-01-01 = "0.123456789012345"
"""
TEAMS = {"ann": "north", "bob": "north", "cyd": "south"}


def read(text: str) -> Company:
    """The company of a file, in a world of two teams."""
    return read_company(read_toml(text), "UTC", TEAMS)


def test_a_file_says_currency_calendar_regions_quotas_and_rates(tmp_path: Path) -> None:
    """Teams come from the rules file, where owners have theirs anyway."""
    (tmp_path / "rules.toml").write_text(RULES)
    (tmp_path / "company.toml").write_text(FILE)
    found = company_of(load(company=str(tmp_path / "company.toml"), rules=str(tmp_path / "rules.toml")))
    assert (found.timezone, found.calendar.starts, found.rates.currency) == ("Europe/Amsterdam", 2, "EUR")
    assert (found.teams, found.regions) == (TEAMS, {"north": "emea", "south": "emea"})
    assert found.rates.table["USD"] == (
        (date(2026, 1, 1), Decimal("0.92")),
        (date(2026, 2, 1), Decimal("0.93")),
        (date(2027, 1, 1), Decimal("0.123456789012345")),
    )
    quarter = found.calendar.named("FY2027-Q1")
    asked = (Unit(), Unit("rep", "ann"), Unit("team", "south"))
    assert [str(found.quota(unit, quarter)) for unit in asked] == ["2000000.00", "250000.50", "1.00"]


def test_without_a_file_the_company_is_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One currency, the calendar year, no quotas; a file of the usual name is read where it lies."""
    monkeypatch.chdir(tmp_path)
    assert company_of(load(timezone="Asia/Kolkata")) == Company(timezone="Asia/Kolkata")
    Path("company.toml").write_text("fiscal_year_starts = 7")
    assert company_of(load()).calendar.starts == 7


def test_a_quota_that_is_not_said_follows_from_parts_that_all_are() -> None:
    """Of the quarter from its months, of a team from its reps; never from some of them."""
    found = read("""
        region.emea.teams = ["north"]
        quota.FY2026-Q1.rep = {ann = 10, bob = 20}
        quota.FY2026-Q2.rep = {ann = 10, bob = 20, cyd = 5}
        quota.FY2026-Q3.rep = {ann = 10, bob = 20}
        quota.FY2026-Q3.team = {north = 25}
        quota.FY2026-Q4.company = 100
        quota.FY2025.company = 7
        quota.FY2026-M01.team = {south = 1}
        quota.FY2026-M02.team = {south = 2}
        quota.FY2026-M03.team = {south = 3}
    """)
    north, emea, south = Unit("team", "north"), Unit("region", "emea"), Unit("team", "south")
    quarters = found.calendar.parts(found.calendar.named("FY2026"), "quarter")
    quotas = [[found.quota(unit, each) for each in quarters] for unit in (north, emea, south, Unit())]
    assert quotas == [[30, 30, 25, None], [30, 30, 25, None], [6, 5, None, None], [36, 35, None, 100]]
    assert found.quota(Unit(), found.calendar.named("FY2026")) is None
    assert found.quota(Unit(), found.calendar.named("FY2025")) == 7
    assert found.quota(Unit("rep", "ann"), found.calendar.named("FY2026-M01")) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('curency = "EUR"', "curency: is not known; did you mean currency?"),
        ('currency = "euro"', "currency: 'euro' is no ISO 4217 code"),
        ("fiscal_year_starts = 13", "fiscal_year_starts: 13 must be a month, 1 to 12"),
        ("fiscal_year_starts = true", "fiscal_year_starts: True must be a month"),
        ('timezone = "Europe/Nowhere"', "timezone: 'Europe/Nowhere' is not known"),
        ('region.emea.teams = ["nort"]', "region.emea.teams: 'nort' is no team of the rules file; did you mean north?"),
        ("region.emea.teams = [7]", "region.emea.teams: 7 is no team"),
        ('region.a.teams = ["north"]\nregion.b.teams = ["north"]', "region.b.teams: 'north' is in region a already"),
        ('region.emea = ["north"]', 'region.emea: must be a table with teams = ["north"]'),
        ("region = 3", "region: must be a table"),
        ("quota.2026.company = 3", "quota.2026: is no period; FY2027"),
        ("quota.FY2026.company = -3", "quota.FY2026.company: -3 must be a number above 0"),
        ("quota.FY2026.company = inf", "quota.FY2026.company: inf must be a number"),
        ("quota.FY2026.team.nort = 3", "quota.FY2026.team.nort: there is no such team; did you mean north?"),
        ("quota.FY2026.team = 3", "quota.FY2026.team: must be a table of names"),
        ("quota.FY2026.reps.ann = 3", "quota.FY2026.reps: is not known; did you mean rep?"),
        ("quota.FY2026 = 3", "quota.FY2026: must be a table"),
        ("rates.USD.2026-01-01 = 0.9", "currency: must be said where there are rates"),
        ('currency = "EUR"\nrates.EUR.2026-01-01 = 1', "rates.EUR: is the company's own currency"),
        ('currency = "EUR"\nrates.usd.2026-01-01 = 1', "rates.usd: is no ISO 4217 code"),
        ('currency = "EUR"\nrates.USD = 0.9', "rates.USD: must be a table of days"),
        ('currency = "EUR"\nrates.USD.2026-02-30 = 0.9', "rates.USD.2026-02-30: is no day"),
        ('currency = "EUR"\nrates.USD.2026-01-01 = 0', "rates.USD.2026-01-01: 0 must be a number above 0"),
        ('currency = "EUR"\nrates.USD.2026-01-01 = "0,9"', "rates.USD.2026-01-01: '0,9' must be a number above 0"),
    ],
)
def test_each_fault_is_named_with_its_place(text: str, fault: str) -> None:
    """Whatever it is, nothing but `CompanyWrong` comes of it."""
    with pytest.raises(CompanyWrong) as found:
        read(text)
    assert fault in str(found.value)


def test_all_faults_of_a_file_are_named_at_once_with_the_file(tmp_path: Path) -> None:
    """So that a file is mended in one go; files that cannot be read, or are no TOML, say so."""
    wrong = tmp_path / "ours.toml"
    wrong.write_text('currency = "x"\nquota.Q1.company = 1')
    with pytest.raises(CompanyWrong, match=r"ours\.toml: currency: .*; quota\.Q1: .*\[err-company-wrong\]"):
        company_of(load(company=str(wrong)))
    wrong.write_text("currency =")
    with pytest.raises(CompanyWrong, match=r"ours\.toml: no TOML"):
        company_of(load(company=str(wrong)))
    with pytest.raises(CompanyWrong, match="No such file"):
        company_of(load(company=str(tmp_path / "none.toml")))


def test_the_example_of_the_documentation_is_read() -> None:
    """Every key of it, and its quota for a rep of that name."""
    document = (Path(__file__).parents[3] / "docs/revenue.md").read_text(encoding="utf-8")
    example = document.partition("```toml\n")[2].partition("```")[0]
    found = read(example)
    assert {len(each) for each in (found.regions, found.quotas["FY2027-Q1"], found.rates.table["USD"])} == {2, 3}
    assert str(found.quota(Unit("rep", "rep-1"), found.calendar.named("FY2027-Q1"))) == "120000.50"


def test_who_only_shows_units_goes_on_without_what_a_wrong_file_would_say(tmp_path: Path) -> None:
    """Of a wrong company file the teams are known, of a wrong rules file nothing."""
    company, rules = tmp_path / "company.toml", tmp_path / "rules.toml"
    company.write_text('currency = "euros"', encoding="utf-8")
    rules.write_text('[team.north]\nowners = ["ann"]', encoding="utf-8")
    settings = load(company=str(company), rules=str(rules), timezone="Europe/Berlin")
    assert company_to_show(settings) == Company(timezone="Europe/Berlin", teams={"ann": "north"})
    rules.write_text("[rule.no_next_stop]\non = false", encoding="utf-8")
    assert company_to_show(settings) == Company(timezone="Europe/Berlin")
