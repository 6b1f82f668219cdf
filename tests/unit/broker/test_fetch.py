"""Filling the jar cache, from a Maven repository of our own on loopback."""

import functools
import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.broker.errors import JarMismatch, JarsUnavailable
from streams.broker.fetch import fetch
from streams.broker.jars import Jar

CONTENT = b"a jar" * 1000
JAR = Jar("org.example", "thing", "1", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing about it."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is given
        """Keep quiet."""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the directory of a repository that jgo takes for the only one."""
    directory = tmp_path / "repository"
    directory.mkdir()
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(directory))
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setattr("jgo.constants.MAVEN_CENTRAL_URL", address)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield directory
    server.shutdown()
    thread.join()
    server.server_close()


def publish(repository: Path, content: bytes) -> None:
    """Offer `content` as the jar."""
    path = repository / "org" / "example" / "thing" / "1"
    path.mkdir(parents=True)
    (path / "thing-1.jar").write_bytes(content)


def test_a_missing_jar_arrives_whole_and_alone(repository: Path, tmp_path: Path) -> None:
    """The jar is in the cache, drafts of dead attempts are gone, and nothing is written to the home directory."""
    publish(repository, CONTENT)
    cache = tmp_path / "cache"
    (cache / ".fetching-dead").mkdir(parents=True)

    fetch((JAR,), cache)

    assert (cache / "thing-1.jar").read_bytes() == CONTENT
    assert {path.name for path in cache.iterdir()} == {"thing-1.jar", ".fetch.lock"}
    assert not (tmp_path / "home").exists()


def test_other_bytes_are_not_kept(repository: Path, tmp_path: Path) -> None:
    """A mirror or a log-in page that answers with something else is told apart at once."""
    publish(repository, b"<html>please log in</html>")

    with pytest.raises(JarMismatch, match=r"org\.example:thing:1 is something else"):
        fetch((JAR,), tmp_path / "cache")

    assert not (tmp_path / "cache" / "thing-1.jar").exists()


def test_an_unobtainable_jar_says_how_to_go_on(repository: Path, tmp_path: Path) -> None:
    """Without the network the message names the jar and the directory to bring from elsewhere."""
    with pytest.raises(JarsUnavailable, match=r"org\.example:thing:1.*copy the directory .*cache"):
        fetch((JAR,), tmp_path / "cache")


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file where the cache should be gives a message, not a traceback of the file system."""
    (tmp_path / "cache").write_text("in the way")

    with pytest.raises(JarsUnavailable, match="cannot write"):
        fetch((JAR,), tmp_path / "cache")
