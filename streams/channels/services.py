"""A message through one of Apprise's services. The only importer of Apprise, which is blocking."""

from __future__ import annotations

import logging
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType, PersistentStoreMode
from apprise.logger import logger as apprise_logger

from streams.channels.outcome import SENT, Outcome, of_http, of_smtp
from streams.channels.wire import watched
from streams.notify.render import Message

_TYPES = {"critical": NotifyType.FAILURE, "warning": NotifyType.WARNING, "info": NotifyType.INFO}
_FORMATS = {"txt": NotifyFormat.TEXT, "md": NotifyFormat.MARKDOWN, "html": NotifyFormat.HTML}
#: Seconds for a connection and for an answer.
CONNECT_S = 10.0
ANSWER_S = 20.0

# It logs addresses, and those hold secrets; what went wrong is in the outcome.
apprise_logger.setLevel(logging.CRITICAL + 1)

_ASSET = AppriseAsset(
    app_id="Dealwatch",
    app_desc="Dealwatch",
    async_mode=False,
    secure_logging=True,
    storage_mode=PersistentStoreMode.MEMORY,
)


def is_usable(url: str) -> bool:
    """Whether Apprise knows what to do with an address."""
    return _service(url) is not None


def send(url: str, message: Message, data: object, now_ms: int) -> Outcome:
    """Send a message to an address. `data` goes along where a service takes JSON."""
    service = _service(url)
    if service is None:
        return Outcome("refused", "bad_address", "the channel's address is none that Apprise understands")
    _dress(service, message, data)
    with watched(message.id) as noted:
        done = service.notify(
            body=message.body or message.title,
            title=message.title,
            notify_type=NotifyType.SUCCESS if message.ended else _TYPES[message.severity],
            body_format=_FORMATS[message.format],
        )
    if done:
        return SENT
    if noted.http_status is not None:
        return of_http(noted.http_status, noted.retry_after, now_ms)
    if noted.smtp_code is not None:
        return of_smtp(noted.smtp_code)
    return Outcome("later", "no_answer", f"no answer ({noted.failure or 'no connection'})")


def _service(url: str) -> Any:
    return Apprise.instantiate(url, asset=_ASSET, suppress_exceptions=True)


def _dress(service: Any, message: Message, data: object) -> None:
    """Give a service what only its kind has: an incident's key, a link, a mail's headers, a hook's data."""
    service.socket_connect_timeout, service.socket_read_timeout = CONNECT_S, ANSWER_S
    if hasattr(service, "include_image"):
        service.include_image = False  # it would be fetched from elsewhere by whoever reads the message
    schema = getattr(service, "protocol", None) or service.secure_protocol
    schemas = (schema,) if isinstance(schema, str) else tuple(schema)
    if "pagerduty" in schemas:
        service.dedup = message.topic
        service.action = "resolve" if message.ended else "trigger"
        service.click = message.link or service.click
    elif "json" in schemas:
        service.payload_extras = {**service.payload_extras, "delivery": data}
    elif "mailto" in schemas:
        service.headers = {**service.headers, "X-Dealwatch-Delivery": message.id, "Auto-Submitted": "auto-generated"}
