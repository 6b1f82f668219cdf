"""What a broker that failed said last, so that the error message carries the reason and not just a path."""

import re
from pathlib import Path

_TAIL_BYTES = 64 * 1024
_ERRORS_SHOWN = 4
_CONSOLE_LINES_SHOWN = 8
_LEVEL = re.compile(r"^\S+ (ERROR|FATAL) ")


def complaints(server_log: Path, console: Path, *, since_byte: int) -> str:
    """Return the last errors logged after `since_byte`, or else the last lines Java printed."""
    lines = _tail(server_log, since_byte)
    errors = [_with_cause(lines, i) for i, line in enumerate(lines) if _LEVEL.match(line)]
    shown = errors[-_ERRORS_SHOWN:] or _tail(console, 0)[-_CONSOLE_LINES_SHOWN:]
    return "\n".join(f"  {line}" for line in shown) or "  (it said nothing)"


def _with_cause(lines: list[str], index: int) -> str:
    following = lines[index + 1] if index + 1 < len(lines) else ""
    # An exception is logged on the line after its message.
    is_cause = following and not following[0].isdigit() and not following[0].isspace()
    return f"{lines[index]}: {following}" if is_cause else lines[index]


def _tail(path: Path, since_byte: int) -> list[str]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            # A log that is now shorter was rotated meanwhile: all of it is new.
            start = since_byte if since_byte <= size else 0
            file.seek(max(start, size - _TAIL_BYTES))
            return file.read().decode("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
