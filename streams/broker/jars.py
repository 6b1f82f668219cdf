"""The jars Kafka is made of: which ones, where they lie, and whether their bytes are the right ones.

The lock file is part of the package. Only what it names reaches the class path, and only after its SHA-256 was
compared: at every start, not only after a download, because a cache is a place others can write to.
"""

import hashlib
import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from streams.broker.errors import JarMismatch

CACHE_VARIABLE = "DEALWATCH_CACHE"
LOCK_FILE = Path(__file__).with_name("kafka.lock.toml")


@dataclass(frozen=True, slots=True)
class Jar:
    """One jar by its Maven coordinate, and the only bytes it may have."""

    group: str
    artifact: str
    version: str
    sha256: str
    size_bytes: int

    @property
    def filename(self) -> str:
        """Its name in the cache; the lock reader refuses two jars of one name."""
        return f"{self.artifact}-{self.version}.jar"

    def __str__(self) -> str:
        """Return its Maven coordinate."""
        return f"{self.group}:{self.artifact}:{self.version}"


@dataclass(frozen=True, slots=True)
class JarLock:
    """The Kafka version and every jar it needs, in class path order."""

    kafka_version: str
    jars: tuple[Jar, ...]

    @property
    def size_bytes(self) -> int:
        """What a first start has to download."""
        return sum(jar.size_bytes for jar in self.jars)


def read_lock(text: str) -> JarLock:
    """Read the text of a lock file.

    >>> lock = read_lock('''
    ... kafka = "4.4.0"
    ... [[jar]]
    ... coordinate = "org.slf4j:slf4j-api:1.7.36"
    ... sha256 = "d3ef575e3e4979678dc01bf1dcce51021493b4d11fb7f1be8ad982877c16a1c0"
    ... size_bytes = 41125
    ... ''')
    >>> lock.jars[0].filename
    'slf4j-api-1.7.36.jar'
    """
    table = tomllib.loads(text)
    jars = tuple(_jar(entry) for entry in table["jar"])
    if len({jar.filename for jar in jars}) != len(jars):
        raise ValueError("two jars in the lock file would have the same file name in the cache")
    return JarLock(kafka_version=table["kafka"], jars=jars)


def _jar(entry: dict[str, str | int]) -> Jar:
    group, artifact, version = str(entry["coordinate"]).split(":")
    return Jar(group, artifact, version, sha256=str(entry["sha256"]), size_bytes=int(entry["size_bytes"]))


def shipped_lock() -> JarLock:
    """Return the lock this version of Dealwatch was tested with."""
    return read_lock(LOCK_FILE.read_text(encoding="utf-8"))


def jar_directory(working_directory: Path | None = None) -> Path:
    """Where jars are kept: `$DEALWATCH_CACHE/jars`, else `.dealwatch/jars` below the working directory."""
    cache = os.environ.get(CACHE_VARIABLE)
    root = Path(cache).expanduser() if cache else (working_directory or Path.cwd()) / ".dealwatch"
    return root.resolve() / "jars"


def verified_class_path(
    lock: JarLock, directory: Path, fetch: Callable[[tuple[Jar, ...], Path], None]
) -> tuple[Path, ...]:
    """Return the path of every locked jar, fetching what is missing; a wrong byte anywhere raises JarMismatch."""
    missing = tuple(jar for jar in lock.jars if not (directory / jar.filename).is_file())
    if missing:
        fetch(missing, directory)
    for jar in lock.jars:
        path = directory / jar.filename
        found = sha256_of(path)
        if found != jar.sha256:
            raise JarMismatch(
                f"refusing to run {path}: it is not the {jar} that was locked (SHA-256 is {found}, "
                f"expected {jar.sha256}). Find out who changed it; to fetch it again, delete that file."
            )
    return tuple(directory / jar.filename for jar in lock.jars)


def sha256_of(path: Path) -> str:
    """Return the digest of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
