"""The topics of Dealwatch, declared once: names, partitions, clean-up, sizes. Provisioning and check read this."""

from __future__ import annotations

from dataclasses import dataclass

from streams.config.settings import Settings

#: The source topic takes records far above the size of an event, so that even those end up in the dead letters.
MAX_SOURCE_BYTES = 8 * 1024 * 1024
_MAX_DEAD_BYTES = MAX_SOURCE_BYTES + 64 * 1024
#: `segment.bytes` of compacted topics.
COMPACTED_SEGMENT_BYTES = 128 * 2**20
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as it should be; `configs` as the broker names them."""

    name: str
    partitions: int
    configs: dict[str, str]


@dataclass(frozen=True, slots=True)
class Topics:
    """All topics of one environment."""

    activity: Topic
    state: Topic
    alerts: Topic
    open_alerts: Topic
    plays: Topic
    actions: Topic
    examples: Topic
    learner: Topic
    models: Topic
    dead: Topic
    notifier: Topic
    notifications: Topic
    sent: Topic
    undelivered: Topic
    forecast: Topic
    pipeline: Topic
    coaching: Topic
    attribution: Topic
    generation: Topic

    @property
    def all(self) -> tuple[Topic, ...]:
        """Every topic, in the order in which an event meets them."""
        return (
            self.activity,
            self.actions,
            self.state,
            self.alerts,
            self.open_alerts,
            self.plays,
            self.examples,
            self.learner,
            self.models,
            self.dead,
            self.notifier,
            self.notifications,
            self.sent,
            self.undelivered,
            self.forecast,
            self.pipeline,
            self.coaching,
            self.attribution,
            self.generation,
        )


def plan(settings: Settings) -> Topics:
    """Return the topics of an environment."""
    name, many = settings.prefix, settings.partitions
    # Event time decides, not the time of writing: history must not be deleted because it is old.
    kept = {"cleanup.policy": "delete", "retention.ms": "-1"}
    # The last segment is never compacted, and who recovers reads it whole: Kafka's 1 GiB would be minutes.
    compacted = {
        "cleanup.policy": "compact",
        "min.cleanable.dirty.ratio": "0.1",
        "segment.bytes": str(COMPACTED_SEGMENT_BYTES),
    }
    large = {"max.message.bytes": str(MAX_SOURCE_BYTES)}
    return Topics(
        activity=Topic(f"{name}deal.activity", many, {**kept, **large}),
        state=Topic(f"{name}deal.state", many, {**compacted, **large}),
        # Alerts are for people: one partition carries thousands a second, and whoever reads it has them in one order.
        alerts=Topic(f"{name}deal.alerts", 1, dict(kept)),
        open_alerts=Topic(f"{name}deal.alerts.open", 1, dict(compacted)),
        plays=Topic(f"{name}deal.plays", 1, dict(kept)),
        actions=Topic(f"{name}deal.alert-actions", 1, dict(kept)),
        examples=Topic(f"{name}deal.examples", 1, {"cleanup.policy": "delete", "retention.ms": str(90 * _DAY_MS)}),
        learner=Topic(f"{name}deal.learner", 1, {**compacted, **large}),
        models=Topic(f"{name}deal.models", 1, {**compacted, **large}),
        dead=Topic(f"{name}deal.activity.dlq", many, {**kept, "max.message.bytes": str(_MAX_DEAD_BYTES)}),
        notifier=Topic(f"{name}deal.notifier", 1, {**compacted, **large}),
        notifications=Topic(
            f"{name}deal.notifications", 1, {"cleanup.policy": "delete", "retention.ms": str(90 * _DAY_MS), **large}
        ),
        sent=Topic(f"{name}deal.notifications.sent", 1, {**compacted, **large}),
        undelivered=Topic(f"{name}deal.alerts.dlq", 1, {**kept, **large}),
        # Answers by key, for all that ask: the latest record of a key counts.
        forecast=Topic(f"{name}deal.forecast", 1, {**compacted, **large}),
        pipeline=Topic(f"{name}deal.pipeline", 1, {**compacted, **large}),
        coaching=Topic(f"{name}deal.coaching", 1, {**compacted, **large}),
        attribution=Topic(f"{name}deal.attribution", 1, {**compacted, **large}),
        generation=Topic(f"{name}deal.generation", 1, dict(compacted)),
    )


def group_of(settings: Settings, role: str) -> str:
    """The consumer group of a role (`track`, `learn`, `actions`, `allot`, `send` or `revenue`)."""
    return f"{settings.prefix}dealwatch-{role}"
