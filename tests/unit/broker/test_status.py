"""What can be said of a directory."""

from pathlib import Path

from streams.broker.status import status


def test_holes_in_files_are_not_counted(tmp_path: Path) -> None:
    """Kafka reserves its index files as holes; the size is what the disk really gives."""
    data = tmp_path / "data" / "topic-0"
    data.mkdir(parents=True)
    with (data / "index").open("wb") as file:
        file.truncate(10_000_000)
    (data / "log").write_bytes(b"x" * 100_000)

    assert 100_000 <= status(tmp_path).data_bytes < 300_000


def test_a_missing_directory_is_no_error_and_stays_missing(tmp_path: Path) -> None:
    """Asking changes nothing."""
    found = status(tmp_path / "none")

    assert (found.running, found.ready, found.data_bytes) == (False, False, 0)
    assert not (tmp_path / "none").exists()
