"""What commands share: the settings with the global options on top, and the Kafka to speak to."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from streams.errors import BrokerUnreachable, SettingsWrong
from streams.printable import printable

if TYPE_CHECKING:
    from streams.access.kafka import Kafka
    from streams.broker.server import BrokerStatus
    from streams.config.settings import Settings

#: The environment variable that many tools share; `DEALWATCH_BROKER` wins over it.
PLAIN_VARIABLE = "BROKER"
_GLOBAL = ("broker", "prefix", "data")
#: Where a command notes that it has warned of variables.
_WARNED = "dealwatch.warned"


def _on_stderr(sentence: str) -> None:
    sys.stderr.write(f"warning: {printable(sentence)}\n")


def settings_of(ctx: typer.Context, warn: Callable[[str], None] = _on_stderr, /, **options: object) -> Settings:
    """Read the settings; `options` of a command and the global ones win (None: not given). Raises `SettingsWrong`.

    `warn` is told, once a command, of variables that look like settings and are none.
    """
    from streams.config.settings import load
    from streams.config.variables import without_effect

    given = {name: value for name, value in ctx.find_root().params.items() if name in _GLOBAL}
    plain = os.environ.get(PLAIN_VARIABLE)
    if plain and given.get("broker") is None and "DEALWATCH_BROKER" not in os.environ:
        given["broker"] = plain
    try:
        settings = load(**{**given, **options})
    except ValueError as error:  # the file is no TOML, or no text
        raise SettingsWrong(f"the settings file (dealwatch.toml, or $DEALWATCH_CONFIG): {error}; mend it") from error
    if not ctx.find_root().meta.get(_WARNED):
        ctx.find_root().meta[_WARNED] = True
        for sentence in without_effect(os.environ, settings):
            warn(sentence)
    return settings


def bootstrap_of(settings: Settings) -> Kafka:
    """The Kafka to use: the one that is named, else the embedded one if it runs; raises `BrokerUnreachable`.

    How to come in is said of the Kafka that is named; the embedded one has an open door, on this machine only.
    """
    from streams.access.kafka import Kafka, kafka_of

    if settings.broker:
        return kafka_of(settings)
    if settings.broker_protocol != "PLAINTEXT":
        raise BrokerUnreachable(
            f"no Kafka is named, and broker_protocol {settings.broker_protocol} is not for the one that comes with "
            "Dealwatch; name yours with --broker host:port, or DEALWATCH_BROKER"
        )
    status = embedded(settings)
    if status.bootstrap is None:
        raise BrokerUnreachable(
            f"no Kafka is named, and none runs in {settings.data / 'kafka'}; start one with `dealwatch broker start`, "
            "or name yours with --broker host:port"
        )
    if not status.ready:
        raise BrokerUnreachable(
            f"the Kafka in {settings.data / 'kafka'} runs but does not answer yet; try again in a few seconds"
        )
    return Kafka(status.bootstrap, embedded=True)


def embedded(settings: Settings) -> BrokerStatus:
    """The state of the embedded Kafka of the data folder."""
    from streams.broker.status import status

    return status(settings.data / "kafka")
