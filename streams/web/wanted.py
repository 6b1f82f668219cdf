"""Which deals somebody wants to see: the filters of the table, as they stand in the URL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from streams.state.opportunity import Opportunity
from streams.web.standing import RANK, Standing

PAGE_SIZE = 25
MAX_PAGE_SIZE = 200
_MAX_TEXT = 200
_MAX_NUMBER = 6

#: The owner of deals that have none, as the filter names them: empty already means all owners.
NOBODY = "~nobody"

Show = Literal["risk", "all"]


class Wanted(Struct, frozen=True, kw_only=True):
    """Filters that a deal must pass; empty ones let all through.

    `owner` may be `NOBODY`; `show` "all" takes in deals that are not at risk. Who asks for a rule or a severity gets
    all deals with such an alert.
    """

    owner: str = ""
    rule: str = ""
    severity: str = ""
    text: str = ""
    show: Show = "risk"
    page: int = 1
    size: int = PAGE_SIZE

    @property
    def narrows(self) -> bool:
        """Whether any filter is set."""
        return bool(self.owner or self.rule or self.severity or self.text)

    def takes(self, deal: Standing) -> bool:
        """Whether a deal passes all filters."""
        if self.show == "risk" and not (deal.at_risk or (deal.alert and (self.rule or self.severity))):
            return False
        if self.owner and (deal.facts.owner or NOBODY) != self.owner:
            return False
        if self.severity and deal.severity != self.severity:
            return False
        if self.rule and all(reason.rule != self.rule for reason in (deal.alert.reasons if deal.alert else ())):
            return False
        return not self.text or finds(self.text, deal.facts)

    def query(self, **changes: object) -> str:
        """The filters as a query string with `?`, empty where all are at their defaults."""
        changed = replace(self, **changes)
        plain = Wanted()
        fields = {"owner": "owner", "rule": "rule", "severity": "severity", "q": "text", "show": "show"}
        fields |= {"page": "page", "size": "size"}
        parts = [
            (key, getattr(changed, name))
            for key, name in fields.items()
            if getattr(changed, name) != getattr(plain, name)
        ]
        return f"?{urlencode(parts)}" if parts else ""


def finds(text: str, facts: Opportunity, *more: str) -> bool:
    """Whether every word of a search is in what a deal is called, whose it is, or in more words about it."""
    heap = "\n".join((facts.name, facts.account, facts.owner, facts.id, *more)).casefold()
    return all(word in heap for word in text.casefold().split())


def read_wanted(query: Mapping[str, str]) -> Wanted:
    """Read the filters from a query; what makes no sense is taken as not given, since people edit URLs by hand."""
    severity = query.get("severity", "")
    return Wanted(
        owner=read_text(query.get("owner", "")),
        rule=read_text(query.get("rule", "")),
        severity=severity if severity in RANK else "",
        text=read_text(query.get("q", "")).strip(),
        show="all" if query.get("show") == "all" else "risk",
        page=read_number(query.get("page", ""), 1),
        size=min(read_number(query.get("size", ""), PAGE_SIZE), MAX_PAGE_SIZE),
    )


def read_text(text: str) -> str:
    """A text of a query, no longer than makes sense."""
    return text[:_MAX_TEXT]


def read_number(text: str, default: int) -> int:
    """A positive number of a query, or the default."""
    if not text.isascii() or not text.isdigit() or len(text) > _MAX_NUMBER:
        return default
    return max(int(text), 1)
