"""The house style of commands: help as plain text, which is as fast as it is readable, and no dressed-up tracebacks."""

from __future__ import annotations

import re
from typing import Any

import typer

#: What every command of the tree is made with: `-h` as well as `--help`, on up to 100 columns.
PLAIN: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def plain_app(**attributes: Any) -> typer.Typer:
    """A Typer app in the house style; a group of commands where it has more than one, or a callback."""
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=PLAIN,
        **attributes,
    )


#: A paragraph with a line of its own and indented lines below it: examples, which must not be wrapped.
_BLOCK = re.compile(r"^(?=\S[^\n]*\n[ ]+\S)", re.MULTILINE)


def with_blocks(help_text: str) -> str:
    r"""Mark the indented blocks of a help text, so that they keep their lines.

    >>> with_blocks("Does it.\n\nExamples:\n  dealwatch do").replace(chr(8), "<block>")
    'Does it.\n\n<block>\nExamples:\n  dealwatch do'
    """
    paragraphs = help_text.split("\n\n")
    return "\n\n".join(f"\b\n{each}" if _BLOCK.match(each) else each for each in paragraphs)
