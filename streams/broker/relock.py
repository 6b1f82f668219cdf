"""Write `kafka.lock.toml` anew, for the day Kafka is upgraded: `python -m streams.broker.relock`.

The lock holds coordinates and SHA-256 only: no host name, so a mirror serves as well as the original. What this writes
is trusted from then on, so review the difference, and run the integration tests, before committing it.
"""

import hashlib
import tempfile
from pathlib import Path

from jgo.maven import Artifact, MavenContext

from streams.broker.jars import LOCK_FILE

KAFKA_VERSION = "4.4.0"
# Kafka depends on log4j itself but on no binding from SLF4J to it, and without one every broker message is dropped, the
# fatal ones too. Kafka 4.4 uses SLF4J 1.7, hence `log4j-slf4j-impl`; the one for SLF4J 2 is `log4j-slf4j2-impl`.
LOGGING_BINDING = ("org.apache.logging.log4j", "log4j-slf4j-impl")
LOGGING = ("org.apache.logging.log4j", "log4j-core")

HEADER = """\
# What the embedded broker is made of. Written by `python -m streams.broker.relock`; every jar is compared with its
# SHA-256 before each start.
"""


def resolve(maven: MavenContext) -> list[Artifact]:
    """Return Kafka, all it needs at run time, and the logging binding of the log4j version it comes with."""
    kafka = maven.create_dependency(f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}")
    inputs, transitive = maven.resolver.resolve([kafka])
    needed = [d.artifact for d in [*inputs, *transitive] if d.scope in (None, "compile", "runtime")]
    [log4j] = [a.version for a in needed if (a.groupId, a.artifactId) == LOGGING]
    return [*needed, maven.project(*LOGGING_BINDING).at_version(log4j).artifact()]


def render(artifacts: list[Artifact]) -> str:
    """Return the text of the lock file, downloading every jar to learn its digest."""
    return "\n".join([f'{HEADER}kafka = "{KAFKA_VERSION}"\n', *map(_entry, artifacts)])


def _entry(artifact: Artifact) -> str:
    content = artifact.resolve().read_bytes()
    return (
        f'[[jar]]\ncoordinate = "{artifact.groupId}:{artifact.artifactId}:{artifact.version}"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\nsize_bytes = {len(content)}\n'
    )


def main() -> None:
    """Resolve in a fresh directory, so that nothing but the repositories decides, and write the lock."""
    with tempfile.TemporaryDirectory() as directory:
        LOCK_FILE.write_text(render(resolve(MavenContext(repo_cache=Path(directory)))), encoding="utf-8")


if __name__ == "__main__":
    main()
