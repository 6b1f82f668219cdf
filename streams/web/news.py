"""What a browser is told when something changed: which deals to look at again, and new alerts as they are shown."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from streams.web.pages.alerts import announcement, feed_key, feed_line
from streams.web.pages.board import as_of
from streams.web.read_model import Changes, ReadModel
from streams.web.revenue_model import RevenueModel

_encoder = msgspec.json.Encoder()


class NewAlert(Struct, frozen=True):
    """A line for the feed, its key, and the sentence for a screen reader."""

    key: str
    html: str
    say: str


class News(Struct, frozen=True):
    """One message. `deals` none: more changed than can be named. `many`: alerts are missing, look at the feed again.

    `revenue`: an answer of revenue changed.
    """

    as_of: str
    deals: tuple[str, ...] | None
    alerts: tuple[NewAlert, ...]
    many: bool
    revenue: bool


def next_news(model: ReadModel, revenue: RevenueModel | None = None) -> str | None:
    """Ask the models of the page what changed and put it into one line of JSON; none where nothing did."""
    changes, told = model.drain(), revenue is not None and revenue.drain()
    return _encoder.encode(_news(model, changes, told)).decode() if changes or told else None


def _news(model: ReadModel, changes: Changes, told: bool) -> News:
    # str(): the encoder takes plain text only, not markup.
    alerts = tuple(NewAlert(feed_key(each), str(feed_line(each)), announcement(each)) for each in changes.alerts)
    return News(str(as_of(model.as_of)), changes.deals, alerts, changes.many, told)
