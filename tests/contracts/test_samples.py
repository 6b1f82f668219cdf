"""What was ever written is read today, and everything that is written today has a sample for tomorrow."""

from __future__ import annotations

import json
from typing import Any, get_args

import msgspec
import pytest
from jsonschema import Draft202012Validator
from msgspec import Struct

from streams.alerts.alert import Transition
from streams.contracts.contract import Contract
from streams.contracts.schema import classes_of, fields_of
from streams.events.envelope import Event
from tests.contracts.documented import DOCS, by_tag
from tests.contracts.full import full
from tests.contracts.record import kinds_of, known, made
from tests.contracts.samples import SAMPLED, SAMPLES, Sample, folder_of, lost, name_of, plain, read, samples_in

OLD_AND_NEW = [
    (contract, sample)
    for contract in SAMPLED
    for folder in sorted((SAMPLES / name_of(contract)).glob("v*"))
    for sample in samples_in(folder)
]
NAMES = [str(sample.path.relative_to(SAMPLES)) for _, sample in OLD_AND_NEW]


def role(each: Contract) -> str:
    """A contract as people name it."""
    return each.role


@pytest.mark.parametrize(("contract", "sample"), OLD_AND_NEW, ids=NAMES)
def test_a_sample_is_read_as_it_was_when_it_was_recorded(contract: Contract, sample: Sample) -> None:
    """Nothing that was read from it is lost or another; what is new has its default."""
    assert list(lost(sample.expected, read(contract, sample.value))) == []


@pytest.mark.parametrize("contract", SAMPLED, ids=role)
def test_the_documents_describe_old_samples_too(contract: Contract) -> None:
    """Old records lie on the topics for long: who reads by the schema of today must be able to."""
    schema = json.loads((DOCS / "schemas" / f"{name_of(contract)}.schema.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(by_tag(schema))
    for each, sample in OLD_AND_NEW:
        if each is contract and "refused" not in sample.expected:
            assert list(validator.iter_errors(json.loads(sample.value))) == [], sample.path


@pytest.mark.parametrize("contract", SAMPLED, ids=role)
def test_every_kind_and_every_field_of_today_has_a_sample(contract: Contract) -> None:
    """Who adds a kind or a field records it: `make samples`. A sample that is there stays as it is."""
    assert folder_of(contract).is_dir(), "a version without samples: run `make samples` and commit what it writes"
    words = known(contract)
    fields = {
        f"{each.__name__}.{name}"
        for each in classes_of(contract)
        for name in fields_of(each)
        if _is_written(each, name)
    }
    missing = {each for each in fields - words if not _is_around(each)}
    missing |= kinds_of(contract).keys() - words
    if contract.role in ("alerts", "open_alerts"):
        missing |= {f"transition {each}" for each in get_args(Transition) if each != "resolved"} - words
    assert sorted(missing) == [], "run `make samples` and commit what it writes"


def _is_written(kind: type, name: str) -> bool:
    """Whether a field has another value than its default, which is left out: not so the version of CloudEvents."""
    default = getattr(full(kind), name) if isinstance(kind, type) and issubclass(kind, Event) else None
    nothing_in_it = isinstance(default, Struct) and not fields_of(type(default))
    return name != "specversion" and not nothing_in_it


def _is_around(field: str) -> bool:
    """Whether it is a field around a value (schema, checksum), which every sample has."""
    return field.partition(".")[0] in ("DealRecord", "PartitionRecord", "ModelRecord", "Mark")


@pytest.mark.parametrize("contract", SAMPLED, ids=role)
def test_what_is_made_of_examples_is_a_value_of_its_topic(contract: Contract) -> None:
    """What `make samples` fills gaps with is what our own reader takes."""
    for name, kind in kinds_of(contract).items():
        assert "refused" not in read(contract, made(kind)), name


class Old(Struct, omit_defaults=True):
    """A type as it was."""

    amount: str
    stage: str = ""
    count: int = 0


class Renamed(Struct, omit_defaults=True):
    """The same with a field renamed."""

    amount: str
    phase: str = ""
    count: int = 0


class Retyped(Struct, omit_defaults=True):
    """The same with a field of another type."""

    amount: float
    stage: str = ""
    count: int = 0


class OtherDefault(Struct, omit_defaults=True):
    """The same with another default."""

    amount: str
    stage: str = ""
    count: int = 1


class Grown(Struct, omit_defaults=True):
    """The same with a field more."""

    amount: str
    stage: str = ""
    count: int = 0
    colour: str = "red"


@pytest.mark.parametrize(("kind", "notices"), [(Old, 0), (Grown, 0), (Renamed, 1), (OtherDefault, 1)])
def test_what_is_lost_is_noticed_and_what_is_added_is_not(kind: type[Any], notices: int) -> None:
    """A field may be added; one that was renamed, or given another default, is not what it was."""
    value = msgspec.json.encode(Old("12.00", "Proposal"))
    assert len(list(lost(plain(Old("12.00", "Proposal")), plain(msgspec.json.decode(value, type=kind))))) == notices


def test_a_field_of_another_type_is_noticed() -> None:
    """Where it cannot be read, and where it is read as something else."""
    value = msgspec.json.encode(Old("12.00"))
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(value, type=Retyped)
    assert list(lost({"amount": "12"}, {"amount": 12})) != []
    assert list(lost({"sure": True}, {"sure": 1})) != []
    assert list(lost({"refused": "no"}, {"amount": 1})) != []
