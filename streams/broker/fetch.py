"""Bring missing jars into the cache, once, with jgo (a Maven client in pure Python).

jgo is asked for exactly the locked coordinates, one by one: nothing is resolved, so nothing can drift. It gets a
repository directory of its own inside the cache, so neither `~/.m2` nor a home directory matters, and it is never asked
to run anything, so it never looks for a Java of its own. Repositories named in the user's jgo settings are honoured
(companies have mirrors); whatever they answer still has to match the lock.
"""

import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

from streams.broker.errors import JarMismatch, JarsUnavailable, NotIncluded
from streams.broker.exclusive import exclusive
from streams.broker.jars import Jar, sha256_of

_CONNECTIONS = 8
_REPLY_TIMEOUT_S = 30
_OTHER_FETCH_TIMEOUT_S = 600.0
_STAGING_PREFIX = ".fetching-"


def fetch(jars: tuple[Jar, ...], directory: Path) -> None:
    """Put `jars` into `directory`; each appears there whole and verified, or not at all."""
    if find_spec("jgo") is None:
        raise NotIncluded
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with exclusive(directory / ".fetch.lock", wait_s=_OTHER_FETCH_TIMEOUT_S):
            # Another process may have fetched them while this one waited; a third may have died over it.
            wanted = [jar for jar in jars if not (directory / jar.filename).is_file()]
            for leftover in directory.glob(f"{_STAGING_PREFIX}*"):
                shutil.rmtree(leftover, ignore_errors=True)
            _fetch_alone(wanted, directory)
    except OSError as error:
        raise JarsUnavailable(f"cannot write Kafka's jars to {directory}: {error}") from error


def _fetch_alone(jars: list[Jar], directory: Path) -> None:
    with (
        # Below the cache, so that the last step is a rename within one file system.
        tempfile.TemporaryDirectory(dir=directory, prefix=_STAGING_PREFIX) as staging,
        ThreadPoolExecutor(_CONNECTIONS) as pool,
    ):
        for jar, path in zip(jars, pool.map(lambda jar: _download(jar, Path(staging)), jars), strict=True):
            found = sha256_of(path)
            if found != jar.sha256:
                raise JarMismatch(
                    f"what was fetched as {jar} is something else (SHA-256 is {found}, expected {jar.sha256}). "
                    "A proxy or a mirror may have answered with a page of its own; nothing was kept."
                )
            path.replace(directory / jar.filename)


def _download(jar: Jar, staging: Path) -> Path:
    # Imported here because it costs 0.2 s, which no start but the very first has to pay.
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    try:
        repositories = {"central": MAVEN_CENTRAL_URL} | GlobalSettings.load().repositories
        maven = MavenContext(repo_cache=staging, remote_repos=repositories, timeout=_REPLY_TIMEOUT_S)
        return Path(maven.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve())
    except Exception as error:  # jgo lets through whatever happens to it: requests', configparser's, its own
        raise JarsUnavailable(
            f"could not fetch {jar}: {error}. The first start needs the network once; without it, copy the directory "
            f"{staging.parent} from a machine where Kafka has run, and try again."
        ) from error
