"""What the source says of the fields of a type: the comments `#: ...` above them, and the strings below them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache

_MARK = "#:"


@cache
def comments_of(kind: type) -> dict[str, str]:
    """Return what is written about each field of a class or of the classes it is made of, in its source."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        if each.__module__.startswith(("streams.", "models.")):
            found.update(_own(each))
    return found


def _own(kind: type) -> dict[str, str]:
    source = textwrap.dedent(inspect.getsource(kind))
    lines = source.splitlines()
    [body] = [each.body for each in ast.parse(source).body if isinstance(each, ast.ClassDef)]
    found: dict[str, str] = {}
    for place, node in enumerate(body):
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        above = _above(lines, node.lineno - 1)
        below = body[place + 1] if place + 1 < len(body) else None
        string = below.value if isinstance(below, ast.Expr) else None
        if above:
            found[node.target.id] = above
        elif isinstance(string, ast.Constant) and isinstance(string.value, str):
            found[node.target.id] = inspect.cleandoc(string.value)
    return found


def _above(lines: list[str], index: int) -> str:
    """The comment that ends in the line before `index`."""
    words: list[str] = []
    while index and lines[index - 1].strip().startswith(_MARK):
        index -= 1
        words.insert(0, lines[index].strip().removeprefix(_MARK).strip())
    return " ".join(words)
