"""Bare confluent-kafka: librdkafka in batches and a dictionary. No changelog, no safety: the most one can hope for."""

from __future__ import annotations

from time import monotonic

from confluent_kafka import Consumer, KafkaException, Producer

from streams.bench.counting import Counter, State
from streams.bench.job import Job, Result
from streams.bench.meter import Meter

_AT_ONCE = 5_000


def run(job: Job, meter: Meter) -> Result:
    """Count, in a loop."""
    consumer = Consumer(
        {
            "bootstrap.servers": job.broker,
            "group.id": job.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    producer = Producer({"bootstrap.servers": job.broker, "acks": "all", "compression.type": "lz4"})
    consumer.subscribe([job.source])
    states: dict[bytes, State] = {}
    handle = Counter(meter).handle
    commit_at = monotonic() + job.commit_interval_s
    while not meter.finished:
        for message in consumer.consume(_AT_ONCE, 0.1):
            if message.error() is not None:
                raise KafkaException(message.error())
            key = message.key()
            states[key], alert = handle(states.get(key), message.value())
            if alert is not None:
                producer.produce(job.alerts, alert, key)
        producer.poll(0)
        if states and monotonic() >= commit_at:
            consumer.commit(asynchronous=True)
            commit_at = monotonic() + job.commit_interval_s
    producer.flush()
    consumer.close()
    return Result(sum(state[0] for state in states.values()))
