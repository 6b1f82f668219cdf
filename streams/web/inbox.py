"""The inbox: alerts that press, the worst first, by whose they are; and which of them somebody wants to see.

An alert is whose it was assigned to, else the owner's of its deal. Snoozed ones do not press and have a place of their
own, the one that wakes first in front. So has what plays without an alert ask for (`due.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Literal
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from streams.alerts.update import Update
from streams.web.due import DueEntry
from streams.web.standing import RANK, OpenAlert, Standing
from streams.web.wanted import NOBODY, finds, read_number, read_text

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

#: "": all that press, acknowledged or not; "due": no alerts, but what plays without one ask for.
InboxStatus = Literal["", "open", "acknowledged", "snoozed", "due"]
STATUSES: tuple[InboxStatus, ...] = ("", "open", "acknowledged", "snoozed", "due")

#: The team of an owner; empty where none is known.
TeamOf = Callable[[str], str]


def no_team(_owner: str) -> str:
    """Nobody is in a team."""
    return ""


class InboxWanted(Struct, frozen=True, kw_only=True):
    """Filters that an alert must pass; empty ones let all through. `owner` is whose it is, and may be `NOBODY`."""

    status: InboxStatus = ""
    owner: str = ""
    team: str = ""
    severity: str = ""
    rule: str = ""
    text: str = ""
    page: int = 1
    size: int = PAGE_SIZE

    @property
    def narrows(self) -> bool:
        """Whether any filter besides the status is set."""
        return bool(self.owner or self.team or self.severity or self.rule or self.text)

    def query(self, **changes: object) -> str:
        """The filters as a query string with `?`, empty where all are at their defaults."""
        changed, plain = replace(self, **changes), InboxWanted()
        parts = [
            ("q" if name == "text" else name, value)
            for name in self.__struct_fields__
            if (value := getattr(changed, name)) != getattr(plain, name)
        ]
        return f"?{urlencode(parts)}" if parts else ""


class Entry(Struct, frozen=True):
    """An alert of the inbox with its deal, and whose it is."""

    deal: Standing
    alert: OpenAlert
    whose: str
    team: str
    #: What is proposed for the deal's record.
    updates: tuple[Update, ...] = ()


class Inbox(Struct, frozen=True, kw_only=True):
    """One page of entries, and what there is besides: counts by status of all that pass the other filters.

    Where what is due is asked for, that is on the page, and no entries.
    """

    as_of: int
    entries: tuple[Entry, ...]
    due: tuple[DueEntry, ...] = ()
    total: int
    page: int
    pages: int
    statuses: Mapping[InboxStatus, int]
    #: How many press (or are due, where that is asked for), whatever is filtered: by whose they are, by team; of
    #: alerts by severity and rule.
    owners: Mapping[str, int]
    teams: Mapping[str, int]
    severities: Mapping[str, int]
    rules: Mapping[str, int]


def read_inbox_wanted(query: Mapping[str, str]) -> InboxWanted:
    """Read the filters from a query; what makes no sense is taken as not given, since people edit URLs by hand."""
    status: InboxStatus = next((each for each in STATUSES if each == query.get("status", "")), "")
    severity = query.get("severity", "")
    return InboxWanted(
        status=status,
        owner=read_text(query.get("owner", "")),
        team=read_text(query.get("team", "")),
        severity=severity if severity in RANK else "",
        rule=read_text(query.get("rule", "")),
        text=read_text(query.get("q", "")).strip(),
        page=read_number(query.get("page", ""), 1),
        size=min(read_number(query.get("size", ""), PAGE_SIZE), MAX_PAGE_SIZE),
    )


def inbox(
    ranked: Iterable[Standing], wanted: InboxWanted, as_of: int, team_of: TeamOf, due: Iterable[DueEntry] = ()
) -> Inbox:
    """The inbox out of all open deals, the worst first as they come, and what is due without an alert."""
    owners: Counter[str] = Counter()
    teams: Counter[str] = Counter()
    severities: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    statuses: Counter[InboxStatus] = Counter()
    found: list[Entry] = []
    for deal in ranked:
        if deal.alert is None:
            continue
        whose = deal.alert.assignee or deal.facts.owner
        entry = Entry(deal, deal.alert, whose, team_of(whose))
        if presses := deal.alert.status != "snoozed":
            owners[whose] += 1
            teams[entry.team] += 1
            severities[deal.alert.severity] += 1
            rules.update(each.rule for each in deal.alert.reasons)
        if not _passes(entry, wanted):
            continue
        status = _status(deal.alert)
        statuses[status] += 1
        statuses[""] += presses
        if status == wanted.status or (presses and not wanted.status):
            found.append(entry)
    if wanted.status == "snoozed":
        found.sort(key=lambda each: each.alert.wakes_at or 0)
    everything = list(due)
    asked = [each for each in everything if _is_wanted(each, wanted)]
    statuses["due"] = len(asked)
    if wanted.status == "due":
        owners = Counter(each.whose for each in everything)
        teams = Counter(each.team for each in everything)
    total = len(asked) if wanted.status == "due" else len(found)
    pages = max(-(-total // wanted.size), 1)
    page = min(wanted.page, pages)
    start = (page - 1) * wanted.size
    return Inbox(
        as_of=as_of,
        entries=tuple(found[start : start + wanted.size]),
        due=tuple(asked[start : start + wanted.size]) if wanted.status == "due" else (),
        total=total,
        page=page,
        pages=pages,
        statuses={each: statuses[each] for each in STATUSES},
        owners=dict(sorted(owners.items())),
        teams={name: teams[name] for name in sorted(teams) if name},
        severities=dict(severities),
        rules=dict(rules),
    )


def _status(alert: OpenAlert) -> InboxStatus:
    return "snoozed" if alert.status == "snoozed" else "acknowledged" if alert.acknowledged_by else "open"


def _passes(entry: Entry, wanted: InboxWanted) -> bool:
    if wanted.owner and (entry.whose or NOBODY) != wanted.owner:
        return False
    if wanted.team and entry.team != wanted.team:
        return False
    if wanted.severity and entry.alert.severity != wanted.severity:
        return False
    if wanted.rule and all(each.rule != wanted.rule for each in entry.alert.reasons):
        return False
    return not wanted.text or finds(wanted.text, entry.deal.facts, entry.alert.assignee)


def _is_wanted(entry: DueEntry, wanted: InboxWanted) -> bool:
    if wanted.severity or wanted.rule:  # those are of alerts
        return False
    if wanted.owner and (entry.whose or NOBODY) != wanted.owner:
        return False
    if wanted.team and entry.team != wanted.team:
        return False
    return not wanted.text or finds(wanted.text, entry.deal.facts, entry.whose)
