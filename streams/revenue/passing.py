"""Time that passes over a deal: how much of it the record was as it should be, by rep and fiscal quarter.

Between two events nothing changes but the time, so each condition holds until an instant that is known beforehand: the
next step until it is due, the close date until it is over, the contact until it is too long ago. All is whole
milliseconds, so it makes no difference how often anybody looked.
"""

from __future__ import annotations

from msgspec.structs import replace

from streams.revenue.company import Company
from streams.revenue.conduct import TALLIES, Conduct, Tally
from streams.revenue.quarters import quarter_at


def passed(conduct: Conduct, at: int, company: Company) -> Conduct:
    """Return the conduct at a later instant at which nothing has happened since; the same one at an earlier one."""
    return replace(conduct, at=at, tallies=spent(conduct, at, company)) if at > conduct.at else conduct


def spent(conduct: Conduct, at: int, company: Company) -> tuple[Tally, ...]:
    """Return the deal's tallies with the time until a later instant."""
    since, tallies = conduct.at, conduct.tallies
    while since < at and conduct.status == "open":
        tallies = opened(tallies, conduct.rep, since, company)
        tally = tallies[-1]
        until = min(at, tally.ends)
        if until <= since:  # the calendar's last quarter is over
            break
        tallies = (*tallies[:-1], _spent(tally, conduct, since, until))
        since = until
    return tallies


def opened(tallies: tuple[Tally, ...], rep: str, at: int, company: Company) -> tuple[Tally, ...]:
    """Return the tallies with that of a rep at an instant as the last one, begun where there was none."""
    if tallies:
        last = tallies[-1]
        if last.rep == rep and last.begins <= at < last.ends:
            return tallies
    for place, each in enumerate(tallies):
        if each.rep == rep and each.begins <= at < each.ends:
            return (*tallies[:place], *tallies[place + 1 :], each)
    quarter = quarter_at(company, at)
    return (*tallies, Tally(rep, quarter.begins, quarter.ends, at))[-TALLIES:]


def _spent(tally: Tally, conduct: Conduct, since: int, until: int) -> Tally:
    """Add the time from `since` to `until`, in which the deal was open."""
    if conduct.held:
        since = until if conduct.held_until is None else min(max(since, conduct.held_until), until)
    if since == until:
        return tally
    step, date, touch = conduct.step_until, conduct.date_until, conduct.touch_until
    changes = {"open_ms": tally.open_ms + until - since}
    if step > since:
        changes["step_ms"] = tally.step_ms + min(until, step) - since
    if date > since:
        changes["date_ms"] = tally.date_ms + min(until, date) - since
    if touch > since:
        changes["touch_ms"] = tally.touch_ms + min(until, touch) - since
        clean = min(until, step, date, touch) - since
        if clean > 0:
            changes["clean_ms"] = tally.clean_ms + clean
    return replace(tally, **changes)
