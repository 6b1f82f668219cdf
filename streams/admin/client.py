"""The only importer of kafka-python: connections that are bounded in time, and its errors as ours.

kafka-python is untyped; what leaves this module is `Any` only inside the room. A connection that does not come about
within `CONNECT_SECONDS`, or a broker that is lost on the way, is `BrokerUnreachable` with what to do about it.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition, codec
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    OffsetSpec,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.cluster import ClusterMetadata
from kafka.errors import (
    AuthorizationError,
    BrokerNotAvailableError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    NodeNotReadyError,
    PolicyViolationError,
    RetriableError,
    SaslAuthenticationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedCodecError,
    for_code,
)
from kafka.net.sasl import get_sasl_mechanism
from kafka.net.sasl.oauth import AbstractTokenProvider
from kafka.structs import OffsetAndMetadata

from streams.access.handshake import Proof, why_closed
from streams.access.kafka import OAUTH, Access, Address, Kafka, as_kafka
from streams.access.reach import unreachable
from streams.access.tokens import TokenSource
from streams.admin.errors import AccessDenied, KafkaRefused
from streams.errors import BrokerUnreachable, TopicsWrong

__all__ = [
    "ACL",
    "ACLFilter",
    "ACLOperation",
    "ACLPermissionType",
    "ACLResourcePatternType",
    "ConfigResource",
    "ConfigResourceType",
    "OffsetAndMetadata",
    "OffsetSpec",
    "PolicyViolationError",
    "ResourcePattern",
    "ResourcePatternFilter",
    "ResourceType",
    "TopicPartition",
    "admin",
    "consumer",
    "name_of",
    "producer",
    "raise_if_denied",
    "retried",
    "speaking_to",
    "why_refused",
]

#: Seconds until a Kafka that does not answer counts as unreachable.
CONNECT_SECONDS = 8.0
#: Most seconds between two attempts to connect. kafka-python waits up to 30 s, so a worker that is started while the
#: broker is away would notice seconds too late that it is back.
RECONNECT_SECONDS = 0.5
#: Seconds between two questions about topics. kafka-python asks the first one while it connects and would wait 0.1 s
#: before the second, which is ours: most of the time of a command that looks at many topics.
ASK_AGAIN_SECONDS = 0.02
#: Seconds for one answer of a Kafka that is there.
REQUEST_SECONDS = 10.0
#: Seconds in which a coordinator that is being elected must be there.
RETRY_SECONDS = 10.0
#: Above the largest record of any topic (`streams.config.topics`).
_FETCH_BYTES = 16 * 1024 * 1024
#: A request or an answer of the protocol, as kafka-python quotes it in errors, and the broker's sentence in it.
_QUOTED = re.compile(r"Request '|with response|[A-Z]\w+(?:Request|Response)\(")
_BROKERS_WORDS = re.compile(r"""error_message=(['"])(.+?)\1""")
#: The number of an error before its name, and the answer in which a group was refused.
_NUMBER, _ANSWER = re.compile(r"^\[Error \d+\] "), re.compile(r"\w+Response error for GROUP/(.+?):? *$")

_T = TypeVar("_T")


@contextmanager
def admin(bootstrap: Address) -> Iterator[Any]:
    """Open an admin client; raises `BrokerUnreachable`."""
    with speaking_to(bootstrap):
        client = KafkaAdminClient(**_bounded(bootstrap))
        try:
            yield client
        finally:
            client.close()


@contextmanager
def consumer(bootstrap: Address) -> Iterator[Any]:
    """Open a consumer without a group, which commits nothing and disturbs nobody; raises `BrokerUnreachable`."""
    _read_fast()
    with speaking_to(bootstrap):
        client = KafkaConsumer(
            **_bounded(bootstrap),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            max_partition_fetch_bytes=_FETCH_BYTES,
            max_poll_records=2_000,
        )
        try:
            yield client
        finally:
            client.close()


@contextmanager
def producer(bootstrap: Address) -> Iterator[Any]:
    """Open a producer that is idempotent and waits for all replicas; raises `BrokerUnreachable`."""
    with speaking_to(bootstrap):
        client = KafkaProducer(
            **_bounded(bootstrap),
            delivery_timeout_ms=3 * int(REQUEST_SECONDS * 1000),
            enable_idempotence=True,
            acks="all",
            linger_ms=5,
            max_request_size=_FETCH_BYTES,
            allow_auto_create_topics=False,
        )
        try:
            yield client
        finally:
            client.close(timeout=REQUEST_SECONDS)


class _Tokens(AbstractTokenProvider):  # type: ignore[misc]  # kafka-python has no types
    """Tokens as kafka-python asks for them."""

    def __init__(self, source: TokenSource) -> None:
        self._source = source

    def token(self) -> str:
        return self._source.token()


def _coming_in(kafka: Kafka) -> dict[str, object]:
    """How to come in, in kafka-python's words; raises `TokenRefused` now, which the library would only log."""
    access = kafka.access
    found: dict[str, object] = {"security_protocol": access.protocol, "ssl_context": access.tls}
    if access.tokens is not None:
        access.tokens.token()
        return {**found, "sasl_mechanism": OAUTH, "sasl_oauth_token_provider": _Tokens(access.tokens)}
    if access.mechanism:
        found["sasl_mechanism"] = access.mechanism
        found |= {"sasl_plain_username": access.user, "sasl_plain_password": access.password}
    return found


def _bounded(bootstrap: Address) -> dict[str, object]:
    # Whoever calls gets an exception that says what to do; the library's own log lines would only repeat it.
    logger = logging.getLogger("kafka")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    # It takes no setting for this one.
    ClusterMetadata.DEFAULT_CONFIG["retry_backoff_ms"] = int(ASK_AGAIN_SECONDS * 1000)
    kafka = as_kafka(bootstrap)
    return {
        **_coming_in(kafka),
        "bootstrap_servers": kafka.servers,
        "bootstrap_timeout_ms": int(CONNECT_SECONDS * 1000),
        "request_timeout_ms": int(REQUEST_SECONDS * 1000),
        "reconnect_backoff_max_ms": int(RECONNECT_SECONDS * 1000),
    }


@contextmanager
def speaking_to(bootstrap: Address) -> Iterator[None]:
    """Turn kafka-python's errors into ours, each with what to do about it."""
    try:
        yield
    except UnknownTopicOrPartitionError as error:
        raise TopicsWrong(
            f"a topic is missing on {bootstrap}; create what is missing with `dealwatch topics apply`"
        ) from error
    except AuthorizationError as error:
        raise _denied(bootstrap, error) from error
    except SaslAuthenticationFailedError as error:
        access = as_kafka(bootstrap).access
        raise AccessDenied(f"{bootstrap} does not accept {access.whom}; {access.correction}") from error
    except UnsupportedCodecError as error:
        raise KafkaRefused(f"records on {bootstrap} are compressed in a way unknown here: {_said(error)}") from error
    except (KafkaTimeoutError, KafkaConnectionError, NodeNotReadyError, BrokerNotAvailableError) as error:
        raise _unreachable(bootstrap) from error
    except KafkaError as error:
        if "AuthorizationFailed" in str(error):  # of a producer that may write nowhere, kafka-python only says so
            raise _denied(bootstrap, error) from error
        raise KafkaRefused(f"Kafka at {bootstrap} refused: {_said(error)}") from error


def _denied(bootstrap: Address, error: KafkaError) -> AccessDenied:
    whom = as_kafka(bootstrap).access.whom
    return AccessDenied(
        f"{bootstrap} does not allow this to {whom} ({_said(error)}); let its operator "
        "give the right, `dealwatch topics acls` prints all that are needed"
    )


def why_refused(bootstrap: Address) -> str | None:
    """Return what hinders from coming in, and what to do; none where nothing is found. kafka-python only waits."""
    return why_closed(as_kafka(bootstrap), _proof)


def _proof(access: Access) -> Proof:
    options = _coming_in(Kafka("", access))
    return cast(Proof, get_sasl_mechanism(access.mechanism)(host="", **options))


def _unreachable(bootstrap: Address) -> BrokerUnreachable:
    why = why_refused(bootstrap) or unreachable(as_kafka(bootstrap), f"(waited {CONNECT_SECONDS:.0f} s)")
    return BrokerUnreachable(why)


def retried(ask: Callable[[], _T], *also: type[KafkaError]) -> _T:
    """Ask again for a while where Kafka says "not yet": a coordinator is only elected when first asked for.

    `also` are errors that say so here, and elsewhere never.
    """
    deadline = time.monotonic() + RETRY_SECONDS
    while True:
        try:
            return ask()
        except (RetriableError, *also):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def raise_if_denied(error_code: int, topic: str) -> None:
    """Raise an answer's error where it says that a right on a topic is missing; other errors are the caller's."""
    error = for_code(error_code)
    if issubclass(error, AuthorizationError):
        raise error(topic)


def name_of(error_code: int) -> str:
    """The name of a Kafka error code: `InvalidReplicationFactorError` for 38."""
    return str(for_code(error_code).__name__)


def _said(error: Exception) -> str:
    """An error of kafka-python in one line: its name, and what the broker said; never the request that it quotes."""
    text, name = _ANSWER.sub(r"\1", _NUMBER.sub("", str(error))), type(error).__name__
    if _QUOTED.search(text):
        words = _BROKERS_WORDS.search(text)
        return f"{name}: {words[2]}" if words else name
    return (text.splitlines() or [name])[0][:300]


def _read_fast() -> None:
    """Let kafka-python read LZ4, in which the worker writes, and check sums, with what aiokafka already brings.

    kafka-python itself looks for the package `lz4`; with aiokafka[lz4] there is cramjam instead. Its own check sums are
    counted in Python, byte by byte: four fifths of the time of reading a topic.
    """
    from aiokafka.codec import has_lz4, lz4_decode
    from aiokafka.record.util import calc_crc32c
    from kafka.record import default_records

    default_records.calc_crc32c = calc_crc32c
    if has_lz4() and not codec.has_lz4():
        codec.has_lz4 = lambda: True
        default_records.lz4_decode = lz4_decode
