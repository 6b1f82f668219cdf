"""Which alerts stand at channels that forget what is not repeated (Alertmanager), and when they are said again."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from streams.config.delivery_plan import DeliveryPlan
from streams.notify.delivery import Delivery
from streams.notify.handled import STANDING
from streams.notify.notice import Notice
from streams.records import read_value

_encode = msgspec.json.Encoder().encode
_notice: msgspec.json.Decoder[Notice] = msgspec.json.Decoder(Notice)


class StandingAlerts:
    """What such channels hold, as `deal.notifications.sent` has it under keys of its own."""

    def __init__(self, plan: DeliveryPlan, repeat: Callable[[str, list[Notice]], None]) -> None:
        """Hold nothing; `repeat` says again to a channel that alerts stand."""
        self._plan = plan
        self._repeat = repeat
        self._held: dict[str, dict[str, Notice]] = {}
        self._repeat_at: dict[str, int] = {}

    def take_back(self, key: str, value: bytes) -> None:
        """Hold what was written down; raises `msgspec.DecodeError` where it is no notice."""
        channel, _, alert = key.removeprefix(STANDING).partition("|")
        self._held.setdefault(channel, {})[alert] = read_value(_notice, value)

    def before(self, channel: str, alert: str) -> Notice | None:
        """An alert as a channel has it standing."""
        return self._held.get(channel, {}).get(alert)

    def note(self, delivery: Delivery | None) -> dict[bytes, bytes | None]:
        """Take in what was sent; return what changes by it, to be written down."""
        channel = None if delivery is None else self._plan.channels.get(delivery.channel)
        if delivery is None or channel is None or channel.kind != "alertmanager" or delivery.notice is None:
            return {}
        notice, held = delivery.notice, self._held.setdefault(channel.name, {})
        key = f"{STANDING}{channel.name}|{notice.id}".encode()
        if notice.status == "open" and delivery.kind != "test":
            held[notice.id] = notice
            return {key: _encode(notice)}
        return {} if held.pop(notice.id, None) is None else {key: None}

    def look(self, now: int) -> None:
        """Say again what is due at `now` (milliseconds)."""
        for name, held in self._held.items():
            channel = self._plan.channels.get(name)
            if channel is None or not held or now < self._repeat_at.get(name, 0):
                continue
            self._repeat_at[name] = now + channel.repeat_ms
            self._repeat(name, list(held.values()))
