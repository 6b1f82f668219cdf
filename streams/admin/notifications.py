"""What is on its way to people, as the topics have it: what waits, is being sent, was refused, or was left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from streams.access.kafka import Address
from streams.admin.client import producer
from streams.admin.states import read_states
from streams.config.topics import Topics
from streams.notify.delivery import Delivery, encode_delivery
from streams.notify.handled import RETRY, Handled, decode_handled, is_delivery_key
from streams.notify.owner import Kept, decode_owner, is_owner_key


class Waiting(NamedTuple):
    """One thing that has not reached anybody, in the words of a list.

    `status`: `queued` waits for a round or a digest, `sending` is tried, `refused` is a dead letter, `left_out` came
    after a later word of its alert. `since` and `next_at` are milliseconds since 1970 UTC, `next_at` none where nothing
    is planned.
    """

    status: str
    id: str
    owner: str
    channel: str
    what: str
    since: int
    next_at: int | None
    attempts: int
    reason: str
    detail: str


def outbox(bootstrap: Address, topics: Topics) -> list[Waiting]:
    """Read all that waits, was refused or was left out, the oldest first."""
    found = [
        *_queued(read_states(bootstrap, topics.notifier.name, 0).latest),
        *(_on_its_way(name, each) for name, each in handled(bootstrap, topics).items() if each.status != "sent"),
    ]
    return sorted(found, key=lambda each: (each.since, each.id))


def handled(bootstrap: Address, topics: Topics) -> dict[str, Handled]:
    """Read how far each delivery is, by its id."""
    latest = read_states(bootstrap, topics.sent.name, 0).latest
    return {key.decode(): decode_handled(value) for key, value in latest.items() if is_delivery_key(key)}


def refused(
    known: dict[str, Handled], ids: Sequence[str] = (), reasons: Sequence[str] = (), channel: str | None = None
) -> list[Delivery]:
    """The deliveries that were refused: those of the ids, reasons and channel, each where given; the oldest first."""
    chosen = [
        (each.since, each.delivery)
        for name, each in known.items()
        if each.status == "refused"
        and each.delivery is not None
        and (not ids or name in ids)
        and (not reasons or each.reason in reasons)
        and channel in (None, each.channel)
    ]
    return [delivery for _, delivery in sorted(chosen, key=lambda pair: (pair[0], pair[1].id))]


def ask_again(bootstrap: Address, topics: Topics, deliveries: Sequence[Delivery]) -> None:
    """Ask the sender to try refused deliveries again; it knows those that are under way already."""
    with producer(bootstrap) as client:
        sent = [
            client.send(
                topics.notifications.name,
                key=each.owner.encode(),
                value=encode_delivery(each),
                partition=0,
                headers=[(RETRY, b"1")],
            )
            for each in deliveries
        ]
        for future in sent:
            future.get(timeout=60)


def _queued(latest: dict[bytes, bytes]) -> Iterator[Waiting]:
    for key, value in latest.items():
        if is_owner_key(key):
            yield from _queued_of(decode_owner(value))


def _queued_of(kept: Kept) -> Iterator[Waiting]:
    state = kept.state
    for delivery in kept.decided:
        yield Waiting(
            "sending", delivery.id, state.owner, delivery.channel, _title(delivery), delivery.at, None, 0, "", ""
        )
    for entry in state.entries.values():
        if entry.waiting_since is not None:
            notice = entry.notice
            what = f"{notice.severity}: {notice.name or notice.opportunity}"
            reason = "digest" if entry.passed or notice.severity == "info" else "round"
            yield Waiting(
                "queued", notice.id, state.owner, "", what, entry.waiting_since, state.due, 0, reason, notice.title
            )


def _on_its_way(name: str, each: Handled) -> Waiting:
    status = "sending" if each.status == "waiting" else each.status
    owner = "" if each.delivery is None else each.delivery.owner
    what = "" if each.delivery is None else _title(each.delivery)
    next_at = each.next_at or None if status == "sending" else None
    return Waiting(
        status, name, owner, each.channel, what, each.since, next_at, each.attempts, each.reason, each.detail
    )


def _title(delivery: Delivery) -> str:
    notice = delivery.notice
    if notice is None:
        return f"digest of {delivery.day}"
    return f"{notice.severity}: {notice.name or notice.opportunity}"
