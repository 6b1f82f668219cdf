"""HTML from Python: whatever is not markup already is escaped, so a deal's name is a name and never a tag."""

from __future__ import annotations

from html import escape

from streams.printable import printable

_VOID = frozenset(("br", "hr", "img", "input", "link", "meta"))


class Html(str):
    """Text that is markup already and stays as it is. Only this module and literals make it."""

    __slots__ = ()


Child = str | int | None


def el(name: str, /, *children: Child, **attributes: str | int | bool | None) -> Html:
    """An element. Attributes: `class_` for `class`, `_` for `-`; True stands alone, None and False are left out."""
    opening = f"<{name}{_attributes(attributes)}>"
    return Html(opening) if name in _VOID else Html(f"{opening}{join(*children)}</{name}>")


def join(*children: Child) -> Html:
    """Children one after the other; None is nothing."""
    return Html("".join(_text(each) for each in children if each is not None))


def document(*children: Child) -> str:
    """A whole document."""
    return f"<!doctype html>\n{join(*children)}\n"


def _text(child: str | int) -> str:
    return child if isinstance(child, Html) else escape(printable(str(child)))


def _attributes(attributes: dict[str, str | int | bool | None]) -> str:
    parts = []
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        spelled = name.rstrip("_").replace("_", "-")
        parts.append(f" {spelled}" if value is True else f' {spelled}="{escape(str(value))}"')
    return "".join(parts)
