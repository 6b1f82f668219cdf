"""The files that the generated organisation declares itself with are those of any tenant, and say who it is."""

from __future__ import annotations

from pathlib import Path

from streams.config.company import company_of
from streams.config.settings import load
from streams.demo.company_file import CURRENCY, company_text, rules_text
from streams.demo.people import Organisation
from streams.demo.settings import WorldSettings


def test_the_files_name_every_rep_s_team_and_region_and_every_currency(tmp_path: Path) -> None:
    """They are read as a tenant's are."""
    organisation = Organisation(3, WorldSettings())
    company, rules = tmp_path / "company.toml", tmp_path / "rules.toml"
    company.write_text(company_text(organisation), encoding="utf-8")
    rules.write_text(rules_text(organisation), encoding="utf-8")

    read = company_of(load(company=str(company), rules=str(rules)))

    assert read.teams == {each.id: each.team for each in organisation.reps}
    assert {read.regions[team] for team in read.teams.values()} == {"emea", "americas"}
    assert read.rates.currency == CURRENCY
    assert all(read.rates.changes(each) or each == CURRENCY for each in ("EUR", "GBP", "USD"))
