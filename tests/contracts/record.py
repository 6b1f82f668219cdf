"""Record samples: `make samples` plays an organisation on a real Kafka and keeps what no sample says yet.

What is there is never changed: a sample is what somebody may have on disk. A field or kind that the organisation does
not happen to say is taken from the contract's own examples.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec.structs import replace

from models.schema import fingerprint
from models.snapshot import ModelSet, encode_models
from streams.admin.reading import Record
from streams.broker.fetch import fetch
from streams.broker.jars import jar_directory, shipped_lock, verified_class_path
from streams.broker.start import start
from streams.contracts.contract import Contract, Message
from streams.contracts.registry import ModelRecord
from streams.revenue.answers import TOPICS, Answer, encode_answer, topic_of
from tests.answered import answered
from tests.brokers import PROJECT, stopped_in_any_case
from tests.contracts.full import full
from tests.contracts.played import play
from tests.contracts.samples import EXPECTED, READERS, SAMPLED, folder_of, name_of, read, said, samples_in
from tests.integration.product.conftest import Product, environment


def kinds_of(contract: Contract) -> dict[str, type]:
    """The kinds of values on a topic, by the name that their samples have."""
    return {file_of(each): each.value for each in contract.messages if each.value is not None}


def file_of(message: Message) -> str:
    """The name of the samples of a message."""
    return message.name.removeprefix("deal.").removesuffix(".v1")


def kind_in(contract: Contract, value: bytes) -> str:
    """Which kind of value this is."""
    kinds = kinds_of(contract)
    fields = msgspec.json.decode(value)
    tag = fields.get("type", fields.get("kind"))
    for message in contract.messages:
        if tag is not None and message.name == tag:
            return file_of(message)
    if contract.role == "state":
        return "partition" if b'"partition":' in value[:40] else "deal"
    [only] = kinds
    return only


def made(kind: type) -> bytes:
    """A value of a kind with every field said, as our own writer writes it."""
    value: Any = full(kind)
    if kind is ModelRecord:
        models: ModelSet = replace(value.models, features=fingerprint())
        return encode_models(models)
    if kind in get_args(Answer):
        return encode_answer(value)
    return msgspec.json.encode(value)


def wanted(contract: Contract, value: bytes) -> set[str]:
    """What a sample of this value would say: the fields, and of an alert or a run of a play what happened to it."""
    if "refused" in (told := read(contract, value)):
        return set()
    words = {kind_in(contract, value), *said(READERS[contract.role](value))}
    return words | {f"{each} {told[each]}" for each in ("transition", "happened") if each in told}


def known(contract: Contract) -> set[str]:
    """What the samples of the current version say already."""
    return {word for each in samples_in(folder_of(contract)) for word in wanted(contract, each.value)}


def record(contract: Contract, values: list[bytes]) -> Iterator[Path]:
    """Keep those values that say most of what is not said yet, until nothing is left; yield the new files."""
    folder = folder_of(contract)
    folder.mkdir(parents=True, exist_ok=True)
    missing_in = known(contract)
    for origin in (values, [made(each) for each in kinds_of(contract).values()]):
        pool = {value: wanted(contract, value) for value in dict.fromkeys(origin)}
        while pool:
            best = max(pool, key=lambda value: (len(pool[value] - missing_in), -len(value)))
            if not pool[best] - missing_in:
                break
            missing_in |= pool.pop(best)
            yield _kept(contract, folder, best)


def _kept(contract: Contract, folder: Path, value: bytes) -> Path:
    kind = kind_in(contract, value)
    number = 1 + sum(not each.name.endswith(EXPECTED) for each in folder.glob(f"{kind}-[0-9]*.json"))
    path = folder / f"{kind}-{number}.json"
    path.write_bytes(value)
    told = json.dumps(read(contract, value), indent=1, ensure_ascii=False)
    path.with_name(path.stem + EXPECTED).write_text(told + "\n", encoding="utf-8")
    return path


def _values(records: list[Record]) -> list[bytes]:
    return [each.value for each in records if each.value is not None]


def main() -> None:
    """Play, record, and say what is new."""
    prefix = f"s{uuid.uuid4().hex[:12]}."
    with tempfile.TemporaryDirectory() as folder, stopped_in_any_case(Path(folder) / "kafka") as directory:
        jars = jar_directory(PROJECT)
        verified_class_path(shipped_lock(), jars, fetch)
        bootstrap = os.environ.get("BROKER") or start(directory, jars=jars).bootstrap
        with environment(bootstrap, prefix, Path(folder)) as product:
            print("playing an organisation; a minute or two ...", file=sys.stderr)
            play(product)
            new = [path for each in SAMPLED for path in record(each, _said(product, each))]
    for path in new:
        print(path.relative_to(PROJECT))
    print(f"{len(new)} new samples; look at them, and commit them", file=sys.stderr)


def _said(product: Product, contract: Contract) -> list[bytes]:
    """What the organisation said on a topic; of revenue a whole year's answers, since a month has few."""
    if contract.role in TOPICS:
        return answers_on(contract.role)
    return _values(product.records(name_of(contract)))


def answers_on(topic: str) -> list[bytes]:
    """The answers to a year that are of a topic, as they are written."""
    return [encode_answer(each) for each in answered() if topic_of(each) == topic]


if __name__ == "__main__":
    main()
