"""The reliability diagram as a file."""

from __future__ import annotations

from xml.etree import ElementTree

from streams.backtest.judge import TargetReport, judge
from streams.backtest.plot import draw
from tests.unit.backtest.test_judge import rows

_SVG = "{http://www.w3.org/2000/svg}"


def _picture(kind: str) -> bytes:
    given = rows()
    targets = {"inactivity": judge(given, resamples=20), "win": TargetReport(cases=0, positives=0, base_rate=None)}
    said = {"inactivity": [(row.probability, row.label) for row in given]}
    return draw(targets, said, "a log: 30 deals", kind)


def test_a_picture_is_what_its_name_says() -> None:
    """PNG of a legible size, SVG that is XML."""
    png = _picture("png")
    assert png.startswith(b"\x89PNG\r\n")
    assert int.from_bytes(png[16:20]) >= 700
    assert ElementTree.fromstring(_picture("svg")).tag == f"{_SVG}svg"


def test_the_same_figures_give_the_same_picture() -> None:
    """No date and no chance is in it."""
    assert _picture("svg") == _picture("svg")


def test_what_was_judged_is_in_the_picture_and_nothing_else() -> None:
    """Title, base rate and calibration error are said in words; the target that could not be judged is left out."""
    # matplotlib draws text as outlines and names each in a comment
    shown = _picture("svg").decode()
    for words in ("a log: 30 deals", "no contact within the horizon", "base rate", "model, ECE", "came true"):
        assert words in shown
    assert "ends won" not in shown


def test_nothing_to_judge_is_said() -> None:
    """An empty log has a picture, too."""
    assert "nothing to judge" in draw({}, {}, "an empty log", "svg").decode()
