"""Facts and engine notices -> Prometheus metrics, counted once per slice of records, never per event."""

from __future__ import annotations

from collections.abc import Mapping
from time import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from models.snapshot import ModelSet
from streams.facts import Fact
from streams.state.opportunity import DAY
from streams.telemetry import catalogue as c
from streams.telemetry.catalogue import Metric

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """All metrics of one process, in a registry of their own. Also the engine's observer."""

    def __init__(self) -> None:
        """Register every metric of the catalogue."""
        self.registry = CollectorRegistry()
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        self._counted: dict[Fact, Counter] = {}
        self._substituted = 0
        for metric in c.ALL:
            self._register(metric)

    def count(self, tally: Mapping[Fact, int]) -> None:
        """Add what was noticed since the last call."""
        for fact, number in tally.items():
            counter = self._counted.get(fact)
            if counter is None:
                metric = c.FACTS[fact.name]
                counter = self._counters[metric.name]
                if metric.labels:
                    counter = counter.labels(*fact[1 : 1 + len(metric.labels)])
                self._counted[fact] = counter
            counter.inc(number)

    def partition(self, number: int, clock: int | None, deals: int) -> None:
        """Note how far a partition's time is (milliseconds) and how many deals it holds."""
        if clock is not None:
            self._gauges[c.CLOCK.name].labels(str(number)).set(clock / 1000)
        self._gauges[c.DEALS.name].labels(str(number)).set(deals)

    def models(self, models: ModelSet) -> None:
        """Note the newest models and how well they predicted."""
        self._gauges[c.MODEL_EPOCH.name].set(models.epoch * DAY / 1000)
        for target, weights in models.targets.items():
            self._gauges[c.MODEL_CASES.name].labels(target).set(weights.trained)
            self._gauges[c.MODEL_BASE_RATE.name].labels(target).set(weights.base_rate)
            self._gauges[c.MODEL_PINNED.name].labels(target).set(weights.pin is not None)
            self._gauges[c.MODEL_CHALLENGED.name].labels(target).set(weights.challenger is not None)
            if weights.quality.cases:
                self._gauges[c.MODEL_LOG_LOSS.name].labels(target).set(weights.quality.log_loss)
                self._gauges[c.MODEL_BASE_LOSS.name].labels(target).set(weights.quality.base_log_loss)
                self._gauges[c.MODEL_BRIER.name].labels(target).set(weights.quality.brier)

        for notice in models.notices:
            self._counters[c.MODEL_NOTICES.name].labels(notice.target, notice.kind).inc()

    def loop_lag(self, seconds: float) -> None:
        """Note how late the loop was."""
        self._histograms[c.LOOP_LAG.name].observe(seconds)

    def classroom(self, waiting: int) -> None:
        """Note how many questions wait for an answer."""
        self._gauges[c.QUESTIONS_WAITING.name].set(waiting)

    def notified(self, channel_kind: str, outcome: str) -> None:
        """Count a message to people: sent, retried or refused."""
        self._counters[c.NOTIFICATIONS.name].labels(channel_kind, outcome).inc()

    def notifications_waiting(self, by_kind: Mapping[str, int], oldest_ms: int) -> None:
        """Note how many messages wait, by kind of channel, and for how long the oldest has (0 where none does)."""
        for kind, number in by_kind.items():
            self._gauges[c.NOTIFICATIONS_WAITING.name].labels(kind).set(number)
        self._gauges[c.NOTIFICATIONS_OLDEST.name].set(oldest_ms / 1000)

    def action(self, outcome: str) -> None:
        """Note that a record of `deal.alert-actions` was taken in, or refused."""
        self._counters[c.ACTIONS.name].labels(outcome).inc()

    def rules_invalid(self, invalid: bool) -> None:
        """Note whether the rules file cannot be used."""
        self._gauges[c.RULES_INVALID.name].set(invalid)

    def substituted(self, times: int) -> None:
        """Note how often older models were used since the process began."""
        self._counters[c.SUBSTITUTED.name].inc(times - self._substituted)
        self._substituted = times

    def on_batch(self, partition: int, n: int, seconds: float) -> None:
        """Engine: `n` records of a partition were handled."""
        self._histograms[c.BATCH_SECONDS.name].observe(seconds)
        self._counters[c.BATCH_RECORDS.name].inc(n)

    def on_commit(self, seconds: float, n_offsets: int, n_states: int) -> None:
        """Engine: a checkpoint is complete."""
        self._histograms[c.COMMIT_SECONDS.name].observe(seconds)
        self._counters[c.COMMIT_STATES.name].inc(n_states)
        self._gauges[c.LAST_COMMIT.name].set(time())

    def on_lag(self, partition: int, lag: int) -> None:
        """Engine: so many records are not handled yet."""
        self._gauges[c.LAG.name].labels(str(partition)).set(lag)

    def on_rebalance(self) -> None:
        """Engine: partitions were dealt anew; what is known of those that left must not linger."""
        self._counters[c.REBALANCES.name].inc()
        for metric in (c.LAG, c.CLOCK, c.DEALS, c.RECOVERY_SECONDS):
            self._gauges[metric.name].clear()
        self._gauges[c.PARTITIONS.name].set(0)

    def on_recovered(self, partition: int, n_states: int, n_read: int, seconds: float) -> None:
        """Engine: a partition's states are back."""
        self._counters[c.RECOVERED_STATES.name].inc(n_read)
        self._gauges[c.RECOVERY_SECONDS.name].labels(str(partition)).set(seconds)
        self._gauges[c.PARTITIONS.name].inc()

    def exposition(self) -> tuple[bytes, str]:
        """The metrics as text, and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    def _register(self, metric: Metric) -> None:
        name = c.PREFIX + metric.name
        if metric.kind == "counter":
            self._counters[metric.name] = Counter(name, metric.meaning, metric.labels, registry=self.registry)
        elif metric.kind == "gauge":
            self._gauges[metric.name] = Gauge(name, metric.meaning, metric.labels, registry=self.registry)
        else:
            self._histograms[metric.name] = Histogram(name, metric.meaning, buckets=_BUCKETS, registry=self.registry)
