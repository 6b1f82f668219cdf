"""Who may read a sheet of the coach: the rep at once, everybody else a working day later. Pure.

A rep is known only where a proxy says who asks (`web_user_header`): a name that a browser keeps is a signature and no
proof, so with it anybody could read as anybody. Where no proxy names who asks, nobody is taken for the rep, and a
rep's sheet waits for everybody. A team's sheet may be read at once.
"""

from __future__ import annotations

from msgspec import Struct

from streams.revenue.coaching import Sheet


class Reader(Struct, frozen=True):
    """Who asks: `user` as a proxy says it, empty where it says nobody; `verified`: whether there is such a proxy."""

    user: str = ""
    verified: bool = False

    def is_whose(self, sheet: Sheet) -> bool:
        """Whether a rep's sheet is the reader's own."""
        return self.verified and sheet.level == "rep" and bool(self.user) and self.user == sheet.name

    def may_read(self, sheet: Sheet, now: int) -> bool:
        """Whether the reader may read a sheet at an instant of the events' time (milliseconds)."""
        return sheet.may_read("rep" if self.is_whose(sheet) else "manager", now)
