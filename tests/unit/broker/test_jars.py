"""The lock and the bytes it allows."""

import hashlib
import re
from pathlib import Path

import pytest

from streams.broker.errors import JarMismatch
from streams.broker.jars import (
    CACHE_VARIABLE,
    Jar,
    JarLock,
    jar_directory,
    read_lock,
    shipped_lock,
    verified_class_path,
)

ENTRY = """
[[jar]]
coordinate = "{coordinate}"
sha256 = "ab"
size_bytes = 7
"""


def lock_of(**contents: bytes) -> JarLock:
    """Return a lock of jars with these contents."""
    jars = [
        Jar("org.example", name, "1", hashlib.sha256(content).hexdigest(), len(content))
        for name, content in contents.items()
    ]
    return JarLock("4.4.0", tuple(jars))


def write(jars: tuple[Jar, ...], directory: Path, content: bytes) -> None:
    """Put `content` under the name of each jar."""
    for jar in jars:
        (directory / jar.filename).write_bytes(content)


def refuse_to_fetch(_jars: tuple[Jar, ...], _directory: Path) -> None:
    """Fail if anything is fetched."""
    raise AssertionError("nothing should be fetched")


def test_reads_coordinates_and_digests() -> None:
    """A lock says which version, which jars, and what they weigh together."""
    lock = read_lock('kafka = "4.4.0"' + ENTRY.format(coordinate="a.b:c:1") + ENTRY.format(coordinate="a.b:d_2.13:2.0"))

    assert lock.jars[1] == Jar("a.b", "d_2.13", "2.0", "ab", 7)
    assert [str(jar) for jar in lock.jars] == ["a.b:c:1", "a.b:d_2.13:2.0"]
    assert (lock.kafka_version, lock.size_bytes) == ("4.4.0", 14)


def test_refuses_two_jars_with_one_file_name() -> None:
    """Jars of different groups may share a name; in a flat cache one would stand for both."""
    with pytest.raises(ValueError, match="same file name"):
        read_lock('kafka = "4.4.0"' + ENTRY.format(coordinate="a:c:1") + ENTRY.format(coordinate="b:c:1"))


def test_the_shipped_lock_is_whole() -> None:
    """It names the broker, a digest for every jar, and the logging binding in the version of the log4j beside it."""
    lock = shipped_lock()
    versions = {jar.artifact: jar.version for jar in lock.jars}

    assert versions["kafka_2.13"] == lock.kafka_version
    assert versions["log4j-slf4j-impl"] == versions["log4j-core"]
    assert all(re.fullmatch(r"[0-9a-f]{64}", jar.sha256) for jar in lock.jars)


def test_a_filled_cache_needs_no_network(tmp_path: Path) -> None:
    """If every jar is there, nothing is fetched, and the class path keeps the order of the lock."""
    lock = lock_of(b=b"same", a=b"same")
    write(lock.jars, tmp_path, b"same")

    assert verified_class_path(lock, tmp_path, refuse_to_fetch) == (tmp_path / "b-1.jar", tmp_path / "a-1.jar")


def test_only_missing_jars_are_fetched(tmp_path: Path) -> None:
    """An interrupted first start goes on where it was."""
    lock = lock_of(a=b"same", b=b"same")
    write(lock.jars[:1], tmp_path, b"same")
    fetched: list[str] = []

    def fetch(jars: tuple[Jar, ...], directory: Path) -> None:
        fetched.extend(jar.artifact for jar in jars)
        write(jars, directory, b"same")

    verified_class_path(lock, tmp_path, fetch)

    assert fetched == ["b"]


def test_other_jars_in_the_cache_stay_off_the_class_path(tmp_path: Path) -> None:
    """What somebody drops into the cache is not run."""
    lock = lock_of(a=b"same")
    write(lock.jars, tmp_path, b"same")
    (tmp_path / "evil-1.jar").write_bytes(b"evil")

    assert verified_class_path(lock, tmp_path, refuse_to_fetch) == (tmp_path / "a-1.jar",)


def test_one_wrong_byte_is_refused(tmp_path: Path) -> None:
    """A jar that differs raises, and the message says which one, why, and what to do."""
    lock = lock_of(a=b"same", b=b"same")
    write(lock.jars, tmp_path, b"same")
    (tmp_path / "b-1.jar").write_bytes(b"sane")

    with pytest.raises(JarMismatch, match=r"b-1\.jar.*org\.example:b:1.*delete that file"):
        verified_class_path(lock, tmp_path, refuse_to_fetch)


def test_the_cache_can_be_put_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default it is below the working directory; the environment may name another place."""
    monkeypatch.delenv(CACHE_VARIABLE, raising=False)
    assert jar_directory(tmp_path) == tmp_path / ".dealwatch" / "jars"

    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "elsewhere"))
    assert jar_directory(tmp_path) == tmp_path / "elsewhere" / "jars"
