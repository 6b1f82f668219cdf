"""What was erased is written down, whoever erases and wherever."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from streams.cli.erase import see_that_it_is_recorded
from streams.cli.person import who
from streams.errors import SettingsWrong


def test_where_nothing_can_be_written_down_nothing_is_erased(tmp_path: Path) -> None:
    """Known beforehand: a root that is read-only, or a file where the folder should be."""
    (tmp_path / "file").touch()
    (tmp_path / "taken" / "erasures.jsonl").mkdir(parents=True)
    for path in (tmp_path / "file" / "erasures.jsonl", tmp_path / "taken" / "erasures.jsonl"):
        with pytest.raises(SettingsWrong, match="Nothing was changed"):
            see_that_it_is_recorded(path)


def test_looking_whether_it_can_be_written_down_adds_nothing(tmp_path: Path) -> None:
    """What was there stays."""
    path = tmp_path / "new" / "erasures.jsonl"
    see_that_it_is_recorded(path)
    path.write_text("{}\n")
    see_that_it_is_recorded(path)
    assert path.read_text() == "{}\n"


def test_a_user_without_a_name_is_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers have such users; what they have erased must be written down all the same."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 1000720000")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert who() == "somebody"
