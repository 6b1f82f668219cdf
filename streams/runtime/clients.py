"""How aiokafka's and Faust's clients come into Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
)
from faust import OAuthCredentials, SASLCredentials, SSLCredentials
from faust.types.auth import CredentialsT

from streams.access.kafka import OAUTH, Access, Address, as_kafka
from streams.access.rights import Kind, Operation, Right, part_that
from streams.access.tokens import TokenSource
from streams.config.settings import Settings
from streams.engine.errors import DeliveryFailed

#: What aiokafka says where a right is missing.
REFUSALS = (ClusterAuthorizationFailedError, GroupAuthorizationFailedError, TopicAuthorizationFailedError)


class _Tokens(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka has no types
    """Tokens as aiokafka asks for them, without holding up its loop."""

    def __init__(self, source: TokenSource) -> None:
        self._source = source

    async def token(self) -> str:
        return await asyncio.to_thread(self._source.token)


def options_of(address: Address) -> dict[str, object]:
    """Return what an aiokafka client is opened with: where Kafka is, and how to come in."""
    kafka = as_kafka(address)
    access = kafka.access
    found: dict[str, object] = {
        "bootstrap_servers": kafka.servers,
        "security_protocol": access.protocol,
        "ssl_context": access.tls,
    }
    if access.tokens is not None:
        return {**found, "sasl_mechanism": OAUTH, "sasl_oauth_token_provider": _Tokens(access.tokens)}
    if access.mechanism:
        found["sasl_mechanism"] = access.mechanism
        found |= {"sasl_plain_username": access.user, "sasl_plain_password": access.password}
    return found


def credentials_of(access: Access) -> CredentialsT | None:
    """Return the same as Faust wants it; none for an open door."""
    if access.tokens is not None:
        return OAuthCredentials(oauth_cb=_Tokens(access.tokens), ssl_context=access.tls)
    if access.mechanism:
        return SASLCredentials(
            username=access.user, password=access.password, ssl_context=access.tls, mechanism=access.mechanism
        )
    return None if access.tls is None else SSLCredentials(access.tls)


def is_refusal(failure: BaseException) -> bool:
    """Whether a failure comes from a right that is missing."""
    return any(isinstance(each, REFUSALS) for each in _causes(failure))


def advice_on(failure: BaseException, components: str, settings: Settings) -> str:
    """Return what to do about a right that is missing, empty for any other failure.

    `components` are those of `streams.access.rights` that the program is made of.
    """
    if not is_refusal(failure):
        return ""
    named = _missing(failure, components.split(), settings)
    return f"Kafka refuses {named or 'a right'}; `dealwatch topics acls {components}` prints those that are needed"


def _missing(failure: BaseException, components: Sequence[str], settings: Settings) -> str:
    """The right, and the part that needs it, where Kafka says on what it is missing; else empty.

    Kafka never says which operation it refuses. What was not delivered was to be written; all else is read, where the
    table lets it be read at all.
    """
    causes = list(_causes(failure))
    refused = next((each for each in causes if isinstance(each, REFUSALS) and each.args), None)
    if refused is None:
        return ""
    on = refused.args[0] if isinstance(refused.args[0], str) else min(refused.args[0])  # aiokafka names several at once
    kind: Kind = "group" if isinstance(refused, GroupAuthorizationFailedError) else "topic"
    written = any(isinstance(each, DeliveryFailed) for each in causes)
    operations: tuple[Operation, ...] = ("WRITE",) if written else ("READ", "WRITE", "DESCRIBE")
    for operation in operations:
        right = Right(kind, on, operation)
        if part := part_that(right, components, settings):
            return f"{operation} on the {kind} {right.name}, which the part {part} needs"
    return ""


def _causes(failure: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = failure
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
