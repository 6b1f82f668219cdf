"""Facts and engine notices -> Prometheus metrics, counted once per slice of records, never per event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import time
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from models.snapshot import ModelSet, Notice, NoticeKind
from streams.alerts.registry import RULES
from streams.events.rejection import Reason
from streams.facts import Fact, Name
from streams.labels.outcome import TARGETS
from streams.notify.delivery import Kind
from streams.revenue.answers import TOPICS, Topic
from streams.state.opportunity import DAY
from streams.telemetry import catalogue as c
from streams.telemetry.catalogue import Metric, Role

#: What the label `team` says of owners who are in none.
NO_TEAM = "everyone"
#: What can become of an attempt to send a message.
OUTCOMES = ("sent", "retried", "refused", "left_out")
#: The topics that answers of revenue are made of, as the label `topic` has them.
READ_FOR_REVENUE = ("activity", "alerts", "plays")


class Metrics:
    """All metrics of one process, in a registry of their own. Also the engine's observer. `role` is the program."""

    def __init__(self, role: Role, partitions: int = 0, version: str = "") -> None:
        """Register the metrics of a program, whose source has so many `partitions`."""
        self.registry = CollectorRegistry()
        self.role = role
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        self._counted: dict[Fact, Counter] = {}
        self._substituted = 0
        self._spans: dict[str, int] = {}
        for metric in c.served_by(role):
            self._register(metric)
        ProcessCollector(registry=self.registry)
        self._gauge(c.BUILD, version).set(1)
        self._gauge(c.SOURCE_PARTITIONS).set(partitions)
        if role == "track":
            # A counter that begins with its first event has no rise for the first event, which is the one to hear of.
            for reason in Reason:
                self._counter(c.FACTS[Name.EVENT_DEAD], reason.value)
            # Nor has one for all that a rule set far too low opens at once.
            for rule in RULES:
                for severity in rule.severities:
                    self._counter(c.FACTS[Name.ALERT_MOVED], rule.name, "opened", severity)
        elif role == "allot":
            for told in get_args(Kind):
                self._counter(c.DELIVERIES, told)
        elif role == "revenue":
            for topic in READ_FOR_REVENUE:
                self._counter(c.REVENUE_RECORDS, topic)
            for topic in READ_FOR_REVENUE[1:]:
                self._counter(c.REVENUE_UNREADABLE, topic)
            for topic in TOPICS:
                self._counter(c.REVENUE_ANSWERS, topic)
        elif role == "learn":
            for target in TARGETS:
                for kind in get_args(NoticeKind):
                    self._counter(c.MODEL_NOTICES, target, kind)

    def count(self, tally: Mapping[Fact, int]) -> None:
        """Add what was noticed since the last call."""
        for fact, number in tally.items():
            counter = self._counted.get(fact)
            if counter is None:
                metric = c.FACTS[fact.name]
                counter = self._counters[metric.name].labels(self.role, *fact[1 : 1 + len(metric.labels)])
                self._counted[fact] = counter
            counter.inc(number)

    def partition(self, number: int, clock: int | None, deals: int) -> None:
        """Note how far a partition's time is (milliseconds) and how many deals it holds."""
        if clock is not None:
            self._gauge(c.CLOCK, str(number)).set(clock / 1000)
        self._gauge(c.DEALS, str(number)).set(deals)

    def deadlines(self, number: int, pending: int) -> None:
        """Note how many deadlines a partition has noted."""
        self._gauge(c.DEADLINES, str(number)).set(pending)

    def deadline_late(self, number: int, late_ms: int) -> None:
        """Note for how long a partition's next deadline has been over; 0 where it is not."""
        self._gauge(c.DEADLINES_LATE, str(number)).set(late_ms / 1000)

    def team_alert(self, team: str, transition: str, severity: str) -> None:
        """Count an alert's transition for the team of its owner; empty: of no team."""
        self._counter(c.TEAM_ALERTS, team or NO_TEAM, transition, severity).inc()

    def alert_delay(self, delay_ms: int) -> None:
        """Note how long after its record an alert was said."""
        self._histogram(c.ALERT_DELAY).observe(max(0, delay_ms) / 1000)

    def alert_latency(self, latency_ms: int) -> None:
        """Note how long after what it is about an alert was said."""
        self._histogram(c.ALERT_LATENCY).observe(max(0, latency_ms) / 1000)

    def models(self, models: ModelSet, written_ms: int) -> None:
        """Note the newest models, when they were written, and how well they predicted."""
        self._gauge(c.MODEL_EPOCH).set(models.epoch * DAY / 1000)
        self._gauge(c.MODEL_WRITTEN).set(written_ms / 1000)
        for target, weights in models.targets.items():
            self._gauge(c.MODEL_CASES, target).set(weights.trained)
            self._gauge(c.MODEL_BASE_RATE, target).set(weights.base_rate)
            self._gauge(c.MODEL_PINNED, target).set(weights.pin is not None)
            self._gauge(c.MODEL_CHALLENGED, target).set(weights.challenger is not None)
            judged = weights.quality
            if judged.cases:
                self._gauge(c.MODEL_LOG_LOSS, target).set(judged.log_loss)
                self._gauge(c.MODEL_BASE_LOSS, target).set(judged.base_log_loss)
                self._gauge(c.MODEL_BRIER, target).set(judged.brier)
            if judged.roc_auc is not None:
                self._gauge(c.MODEL_AUC, target).set(judged.roc_auc)
            if judged.ece is not None:
                self._gauge(c.MODEL_ECE, target).set(judged.ece)

    def notices(self, notices: Iterable[Notice]) -> None:
        """Count what happened to models. By who makes it happen: who reads models reads those of long ago, too."""
        for notice in notices:
            self._counter(c.MODEL_NOTICES, notice.target, notice.kind).inc()

    def decided(self, kinds: Iterable[str]) -> None:
        """Count messages to people that were decided, by kind."""
        for kind in kinds:
            self._counter(c.DELIVERIES, kind).inc()

    def passed_over(self, alerts: int) -> None:
        """Count alerts that the budget left to the digest."""
        self._counter(c.PASSED_OVER).inc(alerts)

    def loop_lag(self, seconds: float) -> None:
        """Note how late the loop was."""
        self._histogram(c.LOOP_LAG).observe(seconds)

    def classroom(self, waiting: int) -> None:
        """Note how many questions wait for an answer."""
        self._gauge(c.QUESTIONS_WAITING).set(waiting)

    def revenue_read(self, topic: str, records: int) -> None:
        """Count records that were read of one of `READ_FOR_REVENUE`."""
        self._counter(c.REVENUE_RECORDS, topic).inc(records)

    def revenue_unreadable(self, topic: str) -> None:
        """Count a record of alerts or plays that is none."""
        self._counter(c.REVENUE_UNREADABLE, topic).inc()

    def revenue_backlog(self, records: int) -> None:
        """Note how many records are read and not taken in yet."""
        self._gauge(c.REVENUE_BACKLOG).set(records)

    def revenue_known(self, deals: int, locks_waiting: int) -> None:
        """Note how many deals are known, and how many days are still to be locked."""
        self._gauge(c.REVENUE_DEALS).set(deals)
        self._gauge(c.REVENUE_LOCKS_WAITING).set(locks_waiting)

    def revenue_answered(self, as_of_ms: int, seconds: float) -> None:
        """Note that all answers were made: up to which event time (milliseconds), and how long it took."""
        self._gauge(c.REVENUE_AS_OF).set(as_of_ms / 1000)
        self._gauge(c.REVENUE_SECONDS).set(seconds)

    def revenue_written(self, topic: Topic, answers: int) -> None:
        """Count answers of a topic that changed and were written, or ended."""
        self._counter(c.REVENUE_ANSWERS, topic).inc(answers)

    def channels(self, kinds: Iterable[str]) -> None:
        """Show the outcomes of messages through these kinds of channels from the beginning, with 0."""
        for kind in kinds:
            for outcome in OUTCOMES:
                self._counter(c.NOTIFICATIONS, kind, outcome)

    def notified(self, channel_kind: str, outcome: str) -> None:
        """Count a message to people: sent, retried, refused or left out."""
        self._counter(c.NOTIFICATIONS, channel_kind, outcome).inc()

    def notification_delay(self, delay_ms: int) -> None:
        """Note how long after it was read a message was sent."""
        self._histogram(c.NOTIFICATION_DELAY).observe(max(0, delay_ms) / 1000)

    def notifications_waiting(self, by_kind: Mapping[str, int], oldest_ms: int) -> None:
        """Note how many messages wait, by kind of channel, and for how long the oldest has (0 where none does)."""
        for kind, number in by_kind.items():
            self._gauge(c.NOTIFICATIONS_WAITING, kind).set(number)
        self._gauge(c.NOTIFICATIONS_OLDEST).set(oldest_ms / 1000)

    def action(self, outcome: str) -> None:
        """Note that a record of `deal.alert-actions` was taken in, or refused."""
        self._counter(c.ACTIONS, outcome).inc()

    def rules_invalid(self, invalid: bool) -> None:
        """Note whether the rules file cannot be used."""
        self._gauge(c.RULES_INVALID).set(invalid)

    def substituted(self, times: int) -> None:
        """Note how often older models were used since the process began."""
        self._counter(c.SUBSTITUTED).inc(times - self._substituted)
        self._substituted = times

    def spans(self, outcomes: Mapping[str, int]) -> None:
        """Note how many spans were exported and how many dropped since the process began."""
        for outcome, number in outcomes.items():
            self._counter(c.SPANS, outcome).inc(number - self._spans.get(outcome, 0))
        self._spans = dict(outcomes)

    def on_batch(self, partition: int, n: int, seconds: float) -> None:
        """Engine: `n` records of a partition were handled."""
        self._histogram(c.BATCH_SECONDS).observe(seconds)
        self._counter(c.BATCH_RECORDS).inc(n)

    def on_commit(self, seconds: float, n_offsets: int, n_states: int) -> None:
        """Engine: a checkpoint is complete."""
        self._histogram(c.COMMIT_SECONDS).observe(seconds)
        self._counter(c.COMMIT_STATES).inc(n_states)
        self._gauge(c.LAST_COMMIT).set(time())

    def on_lag(self, partition: int, lag: int, seconds: float) -> None:
        """Engine: so many records are not handled yet, the first of them for so long."""
        self._gauge(c.LAG, str(partition)).set(lag)
        self._gauge(c.LAG_SECONDS, str(partition)).set(seconds)

    def on_size(self, partition: int, n_bytes: int) -> None:
        """Engine: a partition's states take so many bytes."""
        self._gauge(c.STATE_BYTES, str(partition)).set(n_bytes)

    def on_rebalance(self) -> None:
        """Engine: partitions were dealt anew; what is known of those that left must not linger."""
        self._counter(c.REBALANCES).inc()
        for metric in c.served_by(self.role):
            if "partition" in metric.labels:
                self._gauges[metric.name].clear()
        self._gauge(c.PARTITIONS).set(0)

    def on_recovered(self, partition: int, n_states: int, n_read: int, seconds: float) -> None:
        """Engine: a partition's states are back."""
        self._counter(c.RECOVERED_STATES).inc(n_read)
        self._gauge(c.RECOVERY_SECONDS, str(partition)).set(seconds)
        self._gauge(c.PARTITIONS).inc()

    def on_mended(self, topic: str, n: int) -> None:
        """Engine: alerts were said again as they stand; there is no other topic of which that is done."""
        self._counter(c.ALERTS_MENDED).inc(n)

    def exposition(self) -> tuple[bytes, str]:
        """The metrics as text, and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    def _counter(self, metric: Metric, *labels: str) -> Counter:
        return self._counters[metric.name].labels(self.role, *labels)

    def _gauge(self, metric: Metric, *labels: str) -> Gauge:
        return self._gauges[metric.name].labels(self.role, *labels)

    def _histogram(self, metric: Metric, *labels: str) -> Histogram:
        return self._histograms[metric.name].labels(self.role, *labels)

    def _register(self, metric: Metric) -> None:
        """Make it known; what has no labels of its own shows from the beginning, with 0."""
        name, labels = c.PREFIX + metric.name, (c.ROLE, *metric.labels)
        made: Counter | Gauge | Histogram
        if metric.kind == "counter":
            made = self._counters[metric.name] = Counter(name, metric.meaning, labels, registry=self.registry)
        elif metric.kind == "gauge":
            made = self._gauges[metric.name] = Gauge(name, metric.meaning, labels, registry=self.registry)
        else:
            made = self._histograms[metric.name] = Histogram(
                name, metric.meaning, labels, buckets=metric.buckets, registry=self.registry
            )
        if not metric.labels:
            made.labels(self.role)
