"""The nouns of this room: a running broker, what is known of one, and where things lie in its directory."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from streams.broker.properties import LOOPBACK

DEFAULT_DIRECTORY = Path(".dealwatch/kafka")

Log = Callable[[str], None]


def silent(_line: str) -> None:
    """Say nothing: the default for progress."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker that answered; `already_running` if it was there before it was asked for."""

    bootstrap: str
    pid: int
    directory: Path
    already_running: bool = False


@dataclass(frozen=True, slots=True)
class BrokerStatus:
    """What can be said of a directory's broker without changing anything.

    `running` means its process lives, `ready` that it also answers clients. The bootstrap address and the process
    number are None unless it runs; the Kafka version is None if none ever ran there.
    """

    directory: Path
    running: bool
    ready: bool
    bootstrap: str | None
    pid: int | None
    kafka_version: str | None
    data_bytes: int


def bootstrap_address(port: int) -> str:
    """Return what a client calls `bootstrap_servers`."""
    return f"{LOOPBACK}:{port}"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things lie in a broker's directory."""

    home: Path

    @classmethod
    def of(cls, directory: Path) -> "Layout":
        """Return the layout of `directory`, whichever way it was spelt."""
        return cls(directory.expanduser().resolve())

    @property
    def data(self) -> Path:
        """Kafka's storage; exists only once it is formatted."""
        return self.home / "data"

    @property
    def meta_properties(self) -> Path:
        """Where Kafka keeps the cluster id."""
        return self.data / "meta.properties"

    @property
    def logs(self) -> Path:
        """Everything the broker says."""
        return self.home / "logs"

    @property
    def server_log(self) -> Path:
        """What Kafka logs."""
        return self.logs / "server.log"

    @property
    def console(self) -> Path:
        """What Java prints when it cannot even log."""
        return self.logs / "console.log"

    @property
    def temporary(self) -> Path:
        """Java's temporary directory."""
        return self.home / "tmp"

    @property
    def lock(self) -> Path:
        """Held by whoever starts or stops the broker."""
        return self.home / "broker.lock"

    @property
    def memory(self) -> Path:
        """The process number and the ports, from one start to the next."""
        return self.home / "broker.json"

    @property
    def properties(self) -> Path:
        """What Kafka is started with; written anew at each start."""
        return self.home / "server.properties"

    def cluster_id(self) -> str | None:
        """Return the id given at formatting, by which the broker is known from others."""
        try:
            lines = self.meta_properties.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return None
        return next((line.partition("=")[2] for line in lines if line.startswith("cluster.id=")), None)
