"""What the generated organisation declares of itself, as files of a tenant: its teams, its regions, its currency."""

from __future__ import annotations

from collections.abc import Iterator

from streams.demo.calendar import REGIONS
from streams.demo.people import Organisation

#: The currency of most of its regions, and what others are worth in it from before it began.
CURRENCY = "EUR"
RATES = {"GBP": "1.17", "USD": "0.92"}
_SINCE = "2000-01-01"
#: By code of its market.
_LARGER = {"de": "emea", "fr": "emea", "uk": "emea", "us": "americas"}
_HEAD = "# Of the generated sales organisation, written by `dealwatch up`, which writes it anew at each start."


def company_text(organisation: Organisation) -> str:
    """The company file: currency, rates, and which teams a region has."""
    regions: dict[str, list[str]] = {}
    for rep in organisation.reps:
        of = regions.setdefault(_LARGER[rep.region], [])
        if rep.team not in of:
            of.append(rep.team)
    return "\n".join([_HEAD, *_company(regions, {REGIONS[rep.region].currency for rep in organisation.reps}), ""])


def rules_text(organisation: Organisation) -> str:
    """The rules file: who is in which team; all rules are as declared."""
    teams: dict[str, list[str]] = {}
    for rep in organisation.reps:
        teams.setdefault(rep.team, []).append(rep.id)
    lines = [_HEAD]
    for team, owners in sorted(teams.items()):
        lines += ["", f"[team.{team}]", f"owners = [{_listed(sorted(owners))}]"]
    return "\n".join([*lines, ""])


def _company(regions: dict[str, list[str]], currencies: set[str]) -> Iterator[str]:
    yield f'currency = "{CURRENCY}"'
    for region, teams in sorted(regions.items()):
        yield f"\n[region.{region}]\nteams = [{_listed(sorted(teams))}]"
    for currency in sorted(currencies - {CURRENCY}):
        yield f"\n[rates.{currency}]\n{_SINCE} = {RATES[currency]}"


def _listed(names: list[str]) -> str:
    return ", ".join(f'"{each}"' for each in names)
