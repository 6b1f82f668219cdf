"""The last words of a broker that failed."""

from pathlib import Path

from streams.broker.complaints import complaints

LOG = """\
2026-11-23T19:23:05.541Z ERROR from an earlier life (Old)
2026-11-23T19:23:06.541Z INFO starting (KafkaRaftServer)
2026-11-23T19:23:07.541Z ERROR Exiting Kafka due to fatal exception (Kafka$)
java.net.BindException: Address already in use
\tat java.base/sun.nio.ch.Net.bind0(Native Method)
2026-11-23T19:23:08.541Z ERROR alone (Kafka$)
2026-11-23T19:23:09.541Z INFO bye (Kafka$)
"""


def test_errors_are_quoted_with_their_causes(tmp_path: Path) -> None:
    """Only errors of this start, each with the exception that stands on the next line, without the stack."""
    log = tmp_path / "server.log"
    log.write_text(LOG)

    said = complaints(log, tmp_path / "console.log", since_byte=LOG.index("\n") + 1)

    assert said.splitlines() == [
        "  2026-11-23T19:23:07.541Z ERROR Exiting Kafka due to fatal exception (Kafka$): "
        "java.net.BindException: Address already in use",
        "  2026-11-23T19:23:08.541Z ERROR alone (Kafka$)",
    ]


def test_without_a_logged_error_java_s_own_words_are_quoted(tmp_path: Path) -> None:
    """When Java cannot even start, the reason is on the console."""
    (tmp_path / "console.log").write_text("Error: Could not create the Java Virtual Machine.\n")

    assert complaints(tmp_path / "server.log", tmp_path / "console.log", since_byte=0) == (
        "  Error: Could not create the Java Virtual Machine."
    )


def test_a_log_that_was_rotated_is_read_from_its_beginning(tmp_path: Path) -> None:
    """A log shorter than it was at the start is a new one."""
    log = tmp_path / "server.log"
    log.write_text("2026-11-23T19:23:05.541Z ERROR new (Kafka$)\n")

    assert "ERROR new" in complaints(log, tmp_path / "console.log", since_byte=10_000_000)


def test_silence_is_said_to_be_silence(tmp_path: Path) -> None:
    """Without any file there is still something to read."""
    assert complaints(tmp_path / "none", tmp_path / "none", since_byte=0) == "  (it said nothing)"
