"""A broker of the tests' own with a door for each worker: a listener that is advertised at the port of a proxy.

A client that comes in through a door is told, in Kafka's metadata, to come back through the same door; so everything
between one worker and the broker passes its proxy, and one worker can be cut off while the others work on.
"""

from __future__ import annotations

import random
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from streams.broker import process
from streams.broker.jars import shipped_lock
from streams.broker.memory import Memory, remember
from streams.broker.ports import is_free
from streams.broker.properties import Ports
from streams.broker.server import Broker, Layout
from streams.broker.start import start
from tests.reliability.proxy import LOOPBACK, Proxy

DOORS = 5
GONE_WITHIN_S = 30.0
_CANDIDATES = range(20_000, 32_000)

#: Sessions may be short in tests: what takes 12 s in the product would otherwise be most of a run.
QUICK = {"group.min.session.timeout.ms": "1000"}


@dataclass(frozen=True, slots=True)
class Door:
    """One way into the broker: where the proxy listens, and where the broker does."""

    outside: int
    inside: int

    @property
    def bootstrap(self) -> str:
        """The address that a worker uses."""
        return f"{LOOPBACK}:{self.outside}"


class Stage:
    """The broker of one test session, which tests may kill and start again."""

    def __init__(self, directory: Path, jars: Path) -> None:
        """Choose every port; nothing runs yet."""
        self.directory = directory
        self._jars = jars
        client, controller, *rest = free_ports(2 + 2 * DOORS)
        self._ports = Ports(client, controller)
        self.doors = [Door(*rest[2 * each : 2 * each + 2]) for each in range(DOORS)]
        self.broker: Broker | None = None

    @property
    def bootstrap(self) -> str:
        """The address without a proxy."""
        return f"{LOOPBACK}:{self._ports.client}"

    def start(self) -> None:
        """Start the broker, or start it again, on the same ports."""
        layout = Layout.of(self.directory)
        if not layout.memory.exists():
            layout.home.mkdir(parents=True, exist_ok=True)
            remember(layout.memory, Memory(self._ports, shipped_lock().kafka_version))
        self.broker = start(
            self.directory, port=self._ports.client, properties=QUICK | self._listeners(), jars=self._jars
        )

    def kill(self) -> None:
        """End the broker by `kill -9`."""
        assert self.broker is not None
        process.kill(self.broker.pid, self.broker.directory)
        assert process.wait_until_gone(self.broker.pid, self.broker.directory, GONE_WITHIN_S)

    async def open_doors(self, stack: AsyncExitStack, seed: int = 0) -> list[Proxy]:
        """Put a proxy before every door, as long as `stack` is open."""
        return [
            await stack.enter_async_context(Proxy(door.outside, door.inside, seed + number))
            for number, door in enumerate(self.doors)
        ]

    def _listeners(self) -> dict[str, str]:
        names = [f"DOOR{number}" for number in range(DOORS)]
        inside = [f"{name}://{LOOPBACK}:{door.inside}" for name, door in zip(names, self.doors, strict=True)]
        outside = [f"{name}://{LOOPBACK}:{door.outside}" for name, door in zip(names, self.doors, strict=True)]
        clients = f"CLIENTS://{LOOPBACK}:{self._ports.client}"
        controller = f"CONTROLLER://{LOOPBACK}:{self._ports.controller}"
        return {
            "listeners": ",".join([clients, controller, *inside]),
            "advertised.listeners": ",".join([clients, *outside]),
            "listener.security.protocol.map": ",".join(
                f"{name}:PLAINTEXT" for name in ("CLIENTS", "CONTROLLER", *names)
            ),
        }


def free_ports(count: int) -> list[int]:
    """Return free ports below those that the system gives to outgoing connections."""
    chosen: list[int] = []
    while len(chosen) < count:
        port = random.choice(_CANDIDATES)
        if port not in chosen and is_free(port):
            chosen.append(port)
    return chosen
