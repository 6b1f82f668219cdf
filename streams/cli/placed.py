"""Tables that a command writes into a page, between two marks."""

from __future__ import annotations

from pathlib import Path

from streams.errors import FileUnusable

_END = "<!-- end -->"


def place(page: Path, mark: str, text: str | None) -> None:
    """Put `text` between a page's lines `<!-- mark -->` and `<!-- end -->`; with none only look whether they are there.

    Raises `FileUnusable` where they are not.
    """
    begin = f"<!-- {mark} -->\n"
    try:
        whole = page.read_text(encoding="utf-8")
    except OSError as error:
        raise FileUnusable(f"{page}: {error.strerror}; name a page that is there") from error
    before, found, rest = whole.partition(begin)
    _, ending, after = rest.partition(_END)
    if not found or not ending:
        subject = mark.partition(" ")[2]
        raise FileUnusable(f"{page}: it has no place for {subject}; write the lines {begin.strip()} and {_END} into it")
    if text is not None:
        draft = page.with_name(f".{page.name}.part")
        draft.write_text(f"{before}{begin}\n{text}\n{_END}{after}", encoding="utf-8")
        draft.replace(page)
