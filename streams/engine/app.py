"""The Faust app of an engine program: Faust's services with ours in their places."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import faust
from faust.app.base import BootStrategy
from faust.transport.drivers import aiokafka as driver
from mode import ServiceT

from streams.engine.consumer import EngineConsumer
from streams.engine.damage import notice_misplaced_batches
from streams.engine.engine import Engine
from streams.engine.followers import Follower, Followers
from streams.engine.lastwords import LastWords
from streams.engine.mender import Mender
from streams.engine.observer import Observer
from streams.engine.producer import EngineProducer
from streams.engine.settings import EngineSettings
from streams.engine.task import MakeTask


class EngineTransport(driver.Transport):
    """Faust's Kafka transport with our consumer and producer."""

    Consumer = EngineConsumer
    Producer = EngineProducer


class EngineBoot(BootStrategy):
    """The order of the start; the stop goes the other way.

    The program's services come before everything that can be slow, so that a health page answers during recovery; the
    side topics are read to their end before the worker joins its group. So are those where the last record of a key
    counts: what a former owner wrote too late is known before anything new is said.
    """

    def kafka_consumer(self) -> Iterable[ServiceT]:
        """Return the consumer, and before it what it depends on."""
        app = cast(EngineApp, self.app)
        return [*app.services, app.engine, app.followers, app.mender, *super().kafka_consumer()]


class EngineApp(faust.App):
    """A `faust.App` whose partitions are worked by `engine`. Made by `build_app`."""

    BootStrategy = EngineBoot

    def __init__(
        self,
        settings: EngineSettings,
        make_task: MakeTask,
        *,
        followers: Sequence[Follower],
        observer: Observer,
        services: Sequence[ServiceT],
        **options: Any,
    ) -> None:
        """Configure Faust with `options`. Nothing here may ask for an event loop: Faust would keep the wrong one."""
        notice_misplaced_batches()
        super().__init__(settings.app_id, **options)
        self.settings = settings
        self.services = tuple(services)
        words = [LastWords(topic) for topic in settings.last_word_topics]
        self.followers = Followers(settings, [*followers, *(Follower(each.topic, each.hear) for each in words)])
        self.engine = Engine(self, settings, make_task, observer, self.followers, words)
        self.mender = Mender(settings, words, self.engine.owned, self.engine.put, observer.on_mended)
        if settings.changelog_topic is not None:
            self.Table(
                settings.app_id,
                key_type=bytes,
                value_type=bytes,
                changelog_topic=self._raw_topic(settings.changelog_topic),
            )

    def _raw_topic(self, name: str) -> Any:
        return self.topic(
            name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw", internal=True
        )

    async def on_start(self) -> None:
        """Subscribe to the source; its records go to the engine, not to an agent."""
        await super().on_start()
        self.topics.add(self._raw_topic(self.settings.source_topic))

    def _new_transport(self) -> EngineTransport:
        return EngineTransport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> EngineTransport:
        return EngineTransport(self.conf.broker_producer, self)

    def _create_directories(self) -> None:
        self.settings.state_dir.mkdir(parents=True, exist_ok=True)
        super()._create_directories()

    def _on_rebalance_when_stopped(self) -> None:
        # Faust closes the consumer's connections here, from the wrong loop and under the last commit.
        pass
