"""The file of figures: read whole or refused, and the one that comes with the product is a measurement."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from streams.capacity.catalogue import NAMES
from streams.capacity.figures import Figure, FiguresWrong, decode_figures, encode_figures
from streams.capacity.shipped import shipped


def test_figures_are_read_as_they_were_written() -> None:
    """To the last digit."""
    assert decode_figures(encode_figures(shipped())) == shipped()


@pytest.mark.parametrize(
    ("data", "complaint"), [(b"{}", "no figures"), (b"not json", "no figures"), (b'{"schema": 2}', "no figures")]
)
def test_what_is_no_file_of_figures_is_refused(data: bytes, complaint: str) -> None:
    """With where figures come from."""
    with pytest.raises(FiguresWrong, match=complaint):
        decode_figures(data)


def test_a_figure_that_is_missing_is_named_and_one_below_zero_too() -> None:
    """A plan would be wrong without a word."""
    found = json.loads(encode_figures(shipped()))
    del found["figures"]["track_day_us"]
    with pytest.raises(FiguresWrong, match="lack track_day_us"):
        decode_figures(json.dumps(found).encode())
    below = replace(shipped(), figures={**shipped().figures, "restore_us": Figure(-1.0)})
    with pytest.raises(FiguresWrong, match="below zero: restore_us"):
        decode_figures(encode_figures(below))


def test_the_figures_of_the_product_were_measured() -> None:
    """By the bench, on a machine that is named, from a commit; each with its rounds, and no other."""
    measured = shipped().measured
    assert "bench" in measured.command and "capacity" in measured.command
    assert measured.commit and measured.processor and measured.date
    assert shipped().figures.keys() == NAMES
    assert all(len(each.runs) == measured.rounds for each in shipped().figures.values())
