"""The SBOM lists what is locked, as CycloneDX has it; an audit that was not done is never taken for a clean one."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from deploy.supply.audit import CANARY, NOT_DONE, VULNERABLE, Audit, audit, report
from deploy.supply.bom import JAVA_PACKAGES, Bom, about, bill_of, licences_of
from deploy.supply.sbom import KAFKA_LOCK, bill, exported

PROJECT = Path(__file__).parents[3]


@cache
def made(image: bool = False) -> Bom:
    """The bill of this project."""
    return bill(image)


def needed() -> set[tuple[str, str]]:
    """Name and version of every package that the project's own dependencies lead to, by `uv.lock` itself."""
    packages = tomllib.loads((PROJECT / "uv.lock").read_text(encoding="utf-8"))["package"]
    by_name: dict[str, list[dict[str, Any]]] = {}
    for package in packages:
        by_name.setdefault(package["name"], []).append(package)
    found: set[tuple[str, str]] = set()
    waiting = [("dealwatch", frozenset[str]())]
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        for package in by_name[name]:
            if name != "dealwatch":
                found.add((name, package["version"]))
            wanted = list(package.get("dependencies", []))
            wanted += [each for extra in extras for each in package.get("optional-dependencies", {}).get(extra, [])]
            for each in wanted:
                step = (each["name"], frozenset(each.get("extra", ())))
                if step not in seen:
                    seen.add(step)
                    waiting.append(step)
    return found


def of_kind(kind: str, image: bool = False) -> set[tuple[str, str]]:
    """Name and version of the components with such a package URL."""
    components = made(image)["components"]
    return {(each["name"], each["version"]) for each in components if each["purl"].startswith(f"pkg:{kind}/")}


def test_every_package_that_the_lock_installs_to_run_is_listed_and_no_other() -> None:
    """The lock file is walked here without uv, so that both agree or one is wrong."""
    assert of_kind("pypi") == needed()
    assert len(needed()) > 60


def test_every_component_has_a_hash_and_every_jar_is_there() -> None:
    """Files of packages with theirs from the lock, jars of the embedded Kafka with the one that is compared."""
    jars = tomllib.loads(KAFKA_LOCK.read_text(encoding="utf-8"))["jar"]
    assert of_kind("maven") == {tuple(jar["coordinate"].split(":")[1:]) for jar in jars}
    told = {each["hashes"][0]["content"] for each in made()["components"] if each["purl"].startswith("pkg:maven/")}
    assert told == {jar["sha256"] for jar in jars}
    for each in made()["components"]:
        if each["purl"].startswith("pkg:pypi/"):
            assert all(file["hashes"][0]["alg"] == "SHA-256" for file in each["externalReferences"]), each["name"]


def test_the_image_has_no_java() -> None:
    """What the recipe prunes is not in its bill."""
    assert not of_kind("maven", image=True)
    assert of_kind("pypi", image=True) < of_kind("pypi")
    assert not {name for name, _ in of_kind("pypi", image=True)} & set(JAVA_PACKAGES)
    assert {"faust-streaming", "river", "aiokafka"} <= {name for name, _ in of_kind("pypi", image=True)}


def test_the_bill_is_cyclonedx_by_the_official_schema() -> None:
    """Valid as published, and the same check notices what is not."""
    folder = files("cyclonedx") / "schema" / "_res"
    schema, licences, signatures = (
        json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_text(encoding="utf-8"))
        for name in ("bom-1.5", "spdx", "jsf-0.82")
    )
    known = [
        (f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", each)
        for name, each in (("spdx", licences), ("jsf-0.82", signatures))
    ]
    validator = jsonschema_rs.validator_for(schema, registry=jsonschema_rs.Registry(known))
    assert [each.message for each in validator.iter_errors(made())] == []
    assert not validator.is_valid({**made(), "components": [{"type": "nonsense", "name": "x"}]})


def test_the_same_locks_give_the_same_bytes() -> None:
    """No time and no number by chance, though uv says both; no path of a machine."""
    first, second = (bill_of(exported(), KAFKA_LOCK.read_text(encoding="utf-8"), about) for _ in range(2))
    assert json.dumps(first) == json.dumps(second)
    assert "timestamp" not in first["metadata"]
    assert str(PROJECT) not in json.dumps(first)
    assert first["metadata"]["component"]["name"] == "dealwatch"


@pytest.mark.parametrize(
    ("said", "licences"),
    [
        (None, []),
        ({"expression": "MIT", "name": "x", "classifiers": []}, [{"expression": "MIT"}]),
        (
            {"expression": None, "name": "x", "classifiers": ["License :: OSI Approved :: BSD License"]},
            [{"license": {"name": "BSD License"}}],
        ),
        ({"expression": None, "name": "Apache 2.0", "classifiers": []}, [{"license": {"name": "Apache 2.0"}}]),
        ({"expression": None, "name": "Copyright (c)\nall of it", "classifiers": []}, []),
        ({"expression": None, "name": None, "classifiers": []}, []),
    ],
)
def test_a_licence_is_what_the_package_says(said: dict[str, Any] | None, licences: list[dict[str, Any]]) -> None:
    """An expression before classifiers before one line; never a whole text."""
    assert licences_of(said) == licences


class Service:
    """pip-audit as it answers: by file, what it prints."""

    def __init__(self, canary: str, locked: str = "", complaints: str = "") -> None:
        self.canary, self.locked, self.complaints = canary, locked, complaints
        self.asked: list[str] = []

    def __call__(self, path: Path, ignored: Sequence[str]) -> tuple[str, str]:
        self.asked.append(path.name)
        return (self.canary if path.name == "canary" else self.locked), self.complaints


def answer(*dependencies: dict[str, Any]) -> str:
    """What pip-audit prints."""
    return json.dumps({"dependencies": dependencies, "fixes": []})


FAULT = {"id": "PYSEC-2011-1", "fix_versions": ["1.2.5"]}
KNOWN = answer({"name": "django", "version": "1.2.1", "vulns": [FAULT]})
#: As pip-audit answers where the service is not there: it ends with 0 and says that nothing is known.
SKIPPED = answer({"name": "django", "skip_reason": "Dependency not found on PyPI and could not be audited"})
CLEAN = {"name": "river", "version": "0.26.1", "vulns": []}


def audited(service: Service) -> Audit:
    """An audit by a service."""
    return audit(Path("locked"), Path("canary"), (), service)


@pytest.mark.parametrize(
    ("service", "why"),
    [
        (Service(SKIPPED), f"does not know of {CANARY}"),
        (Service(answer()), "does not know of"),
        (Service("", complaints="Traceback\nConnectionError: no route"), "ConnectionError: no route"),
        (Service("", complaints=""), "pip-audit said nothing"),
        (Service(KNOWN, locked="", complaints="out of breath"), "out of breath"),
    ],
)
def test_an_audit_that_was_not_done_says_so_and_is_no_clean_one(service: Service, why: str) -> None:
    """Loud, but red only where that was asked for: a machine without the service would be red for ever."""
    found = audited(service)
    said, code = report(found, strict=False)
    assert said.startswith("audit not done: ") and why in said and code == 0
    assert "0 known vulnerabilities" not in said
    assert report(found, strict=True)[1] == NOT_DONE
    assert "locked" not in service.asked or service.locked == ""


def test_what_is_vulnerable_is_named_and_is_red() -> None:
    """With the version that mends it, where there is one."""
    faults = [{"id": "PYSEC-1", "fix_versions": ["1.1"]}, {"id": "PYSEC-2", "fix_versions": []}]
    found = audited(Service(KNOWN, answer({"name": "x", "version": "1.0", "vulns": faults}, CLEAN)))
    assert report(found, strict=False) == (
        "x 1.0: PYSEC-1, mended in 1.1\nx 1.0: PYSEC-2, mended in nothing yet\n"
        "audit: 2 packages, 2 known vulnerabilities",
        VULNERABLE,
    )


def test_a_package_that_was_passed_over_is_not_counted_as_clean() -> None:
    """The rest was audited."""
    found = audited(Service(KNOWN, answer(CLEAN, {"name": "odd", "skip_reason": "not found"})))
    said, code = report(found, strict=False)
    assert said == "audit not done for 1 packages: odd\naudit: 1 packages, 0 known vulnerabilities"
    assert (code, report(found, strict=True)[1]) == (0, NOT_DONE)
    assert report(audited(Service(KNOWN, answer(CLEAN))), strict=True) == (
        "audit: 1 packages, 0 known vulnerabilities",
        0,
    )
