"""What the engine must be told: names, addresses, and the limits it keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from faust.types.auth import CredentialsT

from streams.engine.task import Gist, no_gist

MIB = 1024 * 1024
ANSWER_RESERVE_S = 10.0
"""How much longer than a rebalance the answer to a request to join may take, in seconds."""

StoreKind = Literal["memory", "rocksdb"]
"""Where the states of a worker are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """Settings of one worker. Times in seconds, sizes in bytes. Topics are provisioned elsewhere, not created here."""

    app_id: str
    """Name of the program and of its consumer group."""
    broker: str
    """Where Kafka answers: `host:port`, several separated by commas."""
    source_topic: str
    """The topic whose partitions the workers share."""
    state_dir: Path
    """A directory of this worker's own, for local files."""
    changelog_topic: str | None = None
    """Compacted, as many partitions as the source; None for a program that keeps no states."""
    last_word_topics: Sequence[str] = ()
    """Topics the tasks write on which the last record of a key counts: kept true though former owners write late."""
    group_instance_id: str | None = None
    """A name that survives restarts: the same worker gets the same partitions back without a rebalance (KIP-345)."""
    credentials: CredentialsT | None = None
    """Faust's credentials object (SSL, SASL); None for plaintext."""

    store: StoreKind = "memory"
    """Where the states are: in memory, or in RocksDB under `state_dir` for states that are larger than memory."""
    store_packing: bool = True
    """Whether states in memory are kept compressed. (RocksDB compresses by itself.)"""
    store_sample: bytes = b""
    """What the states have in common, some typical ones in a row, say: makes them several times smaller in memory."""
    store_fresh_bytes: int = 32 * MIB
    """Bytes of states written lately that a worker keeps unpacked, over all its partitions: they change again soon."""
    store_gist: Gist = no_gist
    """What a task wants to know of every state when it is made ready, without reading them all."""
    store_max_age_s: float = 12 * 3600.0
    """Local states untouched for longer are read anew; must be below the changelog's `delete.retention.ms`."""

    commit_interval_s: float = 1.0
    """Time between checkpoints: how much is replayed after a crash."""
    delivery_timeout_s: float = 45.0
    """How long Kafka may take to accept a record or a commit before the worker gives up; survives a broker restart."""
    session_timeout_s: float = 45.0
    """Silence after which the group takes a dead worker's partitions away."""
    heartbeat_interval_s: float = 3.0
    """Time between signs of life to the group."""
    rebalance_timeout_s: float = 20.0
    """How long a rebalance waits for the last checkpoint of a worker that lives; until then nobody handles anything.

    Longer than Kafka takes to replace a broker that died (9 s until it is noticed, and the election), which is the
    longest that a checkpoint of a healthy worker takes. Who takes longer loses its partitions, which repeats what it
    had not committed, and joins again; it does not end.
    """
    stuck_timeout_s: float = 300.0
    """A worker ends itself when records wait and nothing is handled or committed for this long, when a recovery stands
    still for this long, when the group deals it no share (beyond the time that it may wait for others), or when its
    event loop stands still. Best above `delivery_timeout_s`, which knows better what is wrong.
    """
    stall_timeout_s: float = 3600.0
    """The same for a partition whose task says that it waits for something outside."""
    stop_timeout_s: float = 10.0
    """Within this time after SIGTERM the process is gone."""

    slice_s: float = 0.010
    """Time one call of `Task.process` should take: bounds how long timers and the web wait."""
    slice_records: int = 2048
    """Most records handed to one call of `Task.process`."""
    backlog_records: int = 4096
    """Records waiting for one partition above which it is not fetched any more."""
    outbox_limit_bytes: int = 16 * MIB
    """Bytes on their way to Kafka above which no further records are handled."""
    fetch_bytes: int = 1 * MIB
    """Most bytes fetched from one partition at once; at least as large as the largest record."""
    batch_bytes: int = MIB // 2
    """Most bytes written to one partition at once; a larger single record goes alone. No more than `max.message.bytes`
    of any topic that is written to."""

    web_port: int | None = None
    """Port of the worker's web server; None turns it off."""
    web_host: str = "127.0.0.1"
    """Address the web server binds."""

    def __post_init__(self) -> None:
        """Refuse what cannot work. Raises ValueError."""
        if not 0 < self.delivery_timeout_s <= 60:
            raise ValueError(f"delivery_timeout_s must be above 0 and at most 60, not {self.delivery_timeout_s}")
        if self.commit_interval_s <= 0:
            raise ValueError(f"commit_interval_s must be positive, not {self.commit_interval_s}")
        if self.stuck_timeout_s <= 0 or self.stall_timeout_s < self.stuck_timeout_s:
            raise ValueError("stuck_timeout_s must be positive, and stall_timeout_s must be at least as long")
        if self.rebalance_timeout_s <= 0:
            raise ValueError(f"rebalance_timeout_s must be positive, not {self.rebalance_timeout_s}")
        if self.heartbeat_interval_s * 3 > self.session_timeout_s:
            raise ValueError("heartbeat_interval_s must be at most a third of session_timeout_s")

    @property
    def answer_timeout_s(self) -> float:
        """How long a single request to Kafka may take; a connection that died without a word is noticed after that.

        The answer to a request to join takes as long as the rebalance.
        """
        return max(self.session_timeout_s, self.rebalance_timeout_s) + ANSWER_RESERVE_S

    @property
    def bootstrap_servers(self) -> list[str]:
        """The brokers, one by one."""
        return [server.strip() for server in self.broker.split(",") if server.strip()]
