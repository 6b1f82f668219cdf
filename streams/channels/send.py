"""DOOR: a delivery -> words -> the channel -> how it went. Blocking; each call is one attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
import structlog

from streams.channels import alertmanager
from streams.channels.outcome import Outcome
from streams.config.delivery_plan import FORMAT, DeliveryPlan
from streams.notify.delivery import Delivery
from streams.notify.notice import Notice
from streams.notify.render import TemplateWrong

logger = structlog.stdlib.get_logger("dealwatch.notify")


class Channels:
    """The channels of a delivery file. May be called from several threads at once."""

    def __init__(self, plan: DeliveryPlan, wall_ms: Callable[[], int]) -> None:
        """Send by `plan`; `wall_ms` tells the time to those who end alerts by it."""
        self._plan = plan
        self._wall_ms = wall_ms

    def deliver(self, delivery: Delivery, before: Notice | None = None) -> Outcome:
        """Try once. `before` is the alert as the channel has it standing, for one that keeps a state."""
        channel = self._plan.channels.get(delivery.channel)
        if channel is None:
            return Outcome("refused", "unknown_channel", f"the delivery file has no channel {delivery.channel}")
        url = channel.address(self._fields(delivery.owner))
        if url is None:
            return Outcome("refused", "no_address", f"channel {channel.name} needs {', '.join(channel.asks_for)}")
        try:
            if channel.kind == "alertmanager":
                return self._deliver_to_alertmanager(delivery, before, url, channel.repeat_ms)
            # Its libraries take a moment to import, which who only checks a file need not wait for.
            from streams.channels import services

            message = self._plan.renderer.render(delivery, FORMAT[channel.kind])
            return services.send(url, message, msgspec.to_builtins(delivery), self._wall_ms())
        except TemplateWrong as error:
            return Outcome("refused", "bad_template", str(error))
        except Exception as error:  # noqa: BLE001  # a service of Apprise's that fails must not take the others with it
            # Not its text, which may hold an address.
            return Outcome("later", "fault", f"the channel failed ({type(error).__name__})")

    def repeat(self, channel: str, notices: Iterable[Notice]) -> Outcome:
        """Say again that these alerts stand, to a channel that forgets them otherwise."""
        known, now = self._plan.channels[channel], self._wall_ms()
        alerts = [self._standing(notice, channel, now, known.repeat_ms) for notice in notices]
        return alertmanager.post(known.url, alerts, f"repeat-{channel}", now)

    def _deliver_to_alertmanager(self, delivery: Delivery, before: Notice | None, url: str, repeat_ms: int) -> Outcome:
        notice, now = delivery.notice, self._wall_ms()
        if notice is None:
            return Outcome("refused", "no_alert", "Alertmanager takes alerts, and this is none")
        team = self._team(notice)
        alerts = []
        if alertmanager.is_standing(notice):
            alerts.append(self._standing(notice, delivery.channel, now, repeat_ms))
        else:
            alerts.append(alertmanager.ended(before or notice, self._team(before or notice), now))
        if before is not None and alertmanager.labels_of(before, self._team(before)) not in (
            alertmanager.labels_of(notice, team),
            alerts[0]["labels"],
        ):
            alerts.append(alertmanager.ended(before, self._team(before), now))
        return alertmanager.post(url, alerts, delivery.id, now)

    def _standing(self, notice: Notice, channel: str, now: int, repeat_ms: int) -> dict[str, object]:
        said = Delivery(id="", kind="alert", channel=channel, owner=notice.owner, at=now, notice=notice)
        message = self._plan.renderer.render(said, FORMAT["alertmanager"])
        return alertmanager.standing(notice, self._team(notice), message, now, repeat_ms)

    def _team(self, notice: Notice) -> str:
        return self._plan.rules.team_of(notice.owner).team

    def _fields(self, owner: str) -> dict[str, str]:
        person = self._plan.people.get(owner)
        return {} if person is None else dict(person.fields)
