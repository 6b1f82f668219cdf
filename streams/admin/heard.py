"""What was alerted and played by an instant, as the topics tell it: one reading for all that asks about the past."""

from __future__ import annotations

from collections.abc import Iterator

from streams.access.kafka import Address
from streams.admin.alertlog import alert_of, is_open, latest
from streams.admin.playlog import play_of
from streams.admin.reading import Progress, latest_by_key, read_topic
from streams.alerts.alert import Alert
from streams.config.topics import Topics
from streams.plays.event import PlayEvent


def read_alerts(
    bootstrap: Address, topics: Topics, until: int | None = None, progress: Progress | None = None
) -> Iterator[Alert]:
    """Yield every transition of `deal.alerts` that was told by `until` (milliseconds; none: all there are).

    Those of one deal come in their order; what is no alert is passed over. Raises `TopicsWrong` and
    `BrokerUnreachable` as reading does.
    """
    for record in read_topic(bootstrap, topics.alerts.name, progress=progress):
        if (alert := alert_of(record.value)) is not None and (until is None or alert.at <= until):
            yield alert


def read_play_events(
    bootstrap: Address, topics: Topics, until: int | None = None, progress: Progress | None = None
) -> Iterator[PlayEvent]:
    """Yield what happened to plays by `until`, as `read_alerts` does alerts."""
    for record in read_topic(bootstrap, topics.plays.name, progress=progress):
        if (played := play_of(record.value)) is not None and (until is None or played.at <= until):
            yield played


def read_open_alerts(bootstrap: Address, topics: Topics, until: int | None = None) -> list[Alert]:
    """The alerts that are open: now, as `deal.alerts.open` has them, or as they stood at `until` by `deal.alerts`."""
    if until is not None:
        return [each for each in latest(read_alerts(bootstrap, topics, until)) if is_open(each)]
    kept = latest_by_key(read_topic(bootstrap, topics.open_alerts.name)).values()
    return [alert for record in kept if (alert := alert_of(record.value)) is not None and is_open(alert)]
