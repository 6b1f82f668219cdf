"""Text from outside shows something and steers nothing: on terminals, in messages, on pages."""

from __future__ import annotations

import unicodedata

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from streams.cli.boundary import boundary
from streams.cli.screen import clean
from streams.connectors.errors import LogUnreadable
from streams.notify.delivery import for_alert
from streams.notify.render import Renderer
from streams.printable import printable
from streams.web.markup import el
from tests.strategies import law
from tests.unit.notify.said import MONDAY, a_notice
from tests.unit.notify.test_render import OWN

STEERING = [*"\x00\x07\x1b\x7f\x85\x9b", "\u061c", "\u200e", "\u200f", "\u2028", "\u202a", "\u202e", "\u2066", "\u2069"]


@pytest.mark.parametrize("mark", STEERING, ids=lambda mark: f"U+{ord(mark):04X}")
def test_what_steers_is_shown_as_replaced_wherever_people_read(mark: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A line on a terminal, an error that quotes a file, a message, a page."""
    text = f"Acme {mark}tlob"
    assert mark not in clean(text)
    assert mark not in el("p", text)
    message = Renderer(OWN, "").render(for_alert(a_notice(name=text), "x", MONDAY, None), "txt")
    assert mark not in message.title + message.body
    with pytest.raises(typer.Exit), boundary():
        raise LogUnreadable(f"the header has {text}")
    assert mark not in capsys.readouterr().err


@law(300)
@given(st.text())
def test_nothing_else_is_changed(text: str) -> None:
    """Letters of any script, spaces, tabs and line feeds stay where they are; nothing gets longer."""
    shown = printable(text)
    assert len(shown) == len(text)
    for before, after in zip(text, shown, strict=True):
        if before != after:
            assert after == "\N{REPLACEMENT CHARACTER}"
            assert unicodedata.category(before) in ("Cc", "Cf", "Zl", "Zp")
    assert printable(shown) == shown
    assert not {"\x1b", "\u202e"} & set(shown)
