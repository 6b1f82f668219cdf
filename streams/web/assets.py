"""The files a browser needs besides pages: few and small, so they are read once and served from memory."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


class Asset(NamedTuple):
    """One file, its media type, and a short hash of its content."""

    content: bytes
    media_type: str
    version: str


class Assets:
    """All files of one directory. Their addresses carry the hash, so browsers may keep them for ever."""

    def __init__(self, directory: Path | None = None) -> None:
        """Read the files; raises `OSError` where the directory is not there."""
        found = (directory or Path(__file__).with_name("static")).iterdir()
        self._files = {each.name: _read(each) for each in found if each.suffix in _TYPES}

    def get(self, name: str) -> Asset | None:
        """A file by its name."""
        return self._files.get(name)

    def url(self, name: str) -> str:
        """The address of a file; raises `KeyError` for one that is not there."""
        return f"/static/{name}?v={self._files[name].version}"


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(content, _TYPES[path.suffix], blake2b(content, digest_size=6).hexdigest())
