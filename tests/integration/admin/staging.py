"""What a worker would have left on Kafka, put there without one: states, alerts, models, books, dead letters."""

from __future__ import annotations

from collections.abc import Iterable

from models.snapshot import ModelSet, encode_models
from streams.admin.client import producer
from streams.admin.provision import apply
from streams.alerts.alert import Alert, encode_alert
from streams.config.settings import Settings, load
from streams.config.topics import Topics, plan
from streams.events.contract import encode
from streams.events.envelope import Event
from streams.events.rejection import Rejection
from streams.replay.partitioner import partition_of
from streams.state.codec import PARTITION_KEY, encode_deal, encode_partition
from streams.state.feeds import Counts, PartitionState
from streams.state.memory import DealState
from tests.builders import Timeline, a_call, a_close_date, an_amount, an_opportunity, ms, some_models

PARTITIONS = 3
MODELS = some_models(inactivity=0.3, slippage=0.6, win=0.4, cases=500)


class Stage:
    """One environment on a real Kafka, with topics as planned."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        """Create the topics."""
        self.bootstrap = bootstrap
        self.settings: Settings = load(broker=bootstrap, prefix=prefix, partitions=PARTITIONS)
        self.topics: Topics = plan(self.settings)
        apply(bootstrap, self.topics.all)

    @property
    def words(self) -> list[str]:
        """The global options that name this environment."""
        return ["--broker", self.bootstrap, "--prefix", self.settings.prefix]

    def put(self, topic: str, records: Iterable[tuple[bytes | None, bytes | None, int]]) -> None:
        """Append records of key, value and partition, and wait for them."""
        with producer(self.bootstrap) as client:
            sent = [client.send(topic, key=key, value=value, partition=number) for key, value, number in records]
            for each in sent:
                each.get(timeout=30)

    def put_deals(self, deals: Iterable[DealState]) -> None:
        """Write states as the changelog has them."""
        states = ((state.facts.id.encode(), encode_deal(state)) for state in deals)
        self.put(self.topics.state.name, ((key, value, partition_of(key, b"", PARTITIONS)) for key, value in states))

    def put_alerts(self, alerts: Iterable[Alert]) -> None:
        """Write alerts as the worker does."""
        written = ((alert.opportunity.encode(), encode_alert(alert)) for alert in alerts)
        self.put(self.topics.alerts.name, ((key, value, 0) for key, value in written))

    def put_models(self, models: ModelSet) -> None:
        """Publish the models of an epoch."""
        self.put(self.topics.models.name, [(f"models-{models.epoch}".encode(), encode_models(models), 0)])

    def put_books(self, counts: Counts, number: int, clock: int = ms(30)) -> None:
        """Write the state of a partition itself."""
        state = PartitionState(clock=clock, counts=counts)
        self.put(self.topics.state.name, [(PARTITION_KEY, encode_partition(state), number)])

    def put_dead(self, value: bytes | None, rejection: Rejection, number: int = 0, key: bytes | None = None) -> None:
        """Write a dead letter as the worker does."""
        headers = [
            ("dealwatch_reason", rejection.reason.value.encode()),
            ("dealwatch_detail", rejection.detail.encode()),
            ("dealwatch_topic", self.topics.activity.name.encode()),
            ("dealwatch_partition", str(number).encode()),
            ("dealwatch_offset", b"12"),
            ("dealwatch_timestamp", b"1700000000000"),
        ]
        with producer(self.bootstrap) as client:
            client.send(self.topics.dead.name, key=key, value=value, partition=number, headers=headers).get(timeout=30)


def a_silent_deal(subject: str = "opp-17") -> Timeline:
    """Live through a deal of which nothing was heard for a month."""
    return Timeline(MODELS).tell(*a_silent_story(subject)).until(30)


def a_silent_story(subject: str = "opp-17") -> list[Event]:
    """Return the events of that deal."""
    return [
        an_opportunity(0, subject=subject),
        an_amount(0.1, "36000", subject=subject),
        a_close_date(0.2, 60, subject=subject),
        a_call(1, subject=subject),
    ]


def a_damaged(event: Event) -> bytes:
    """Return an event with a type of nobody's contract."""
    return encode(event).replace(b"deal.call_logged.v1", b"deal.call_loged.v1")
