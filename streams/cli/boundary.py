"""Where errors become one line and an exit code: 0 done, 1 failed, 2 wrong use, 130 stopped by Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from streams.errors import SettingsWrong
from streams.printable import printable

FAILED = 1
WRONG_USE = 2
STOPPED = 130


@contextmanager
def boundary() -> Iterator[None]:
    """Let nothing but a bug through: a person gets a sentence, never a traceback, for what is not our mistake.

    A reader that closes the pipe (`| head`) has what it wanted, so that is success and silent.
    """
    try:
        yield
        sys.stdout.flush()
    except SettingsWrong as error:
        complain(str(error))
        raise typer.Exit(WRONG_USE) from error
    except typer.BadParameter as error:
        error.message = error.message.removeprefix("Value error, ")  # pydantic's, by which typer checks choices
        raise
    except BrokenPipeError:
        _forget_output()
        raise typer.Exit(0) from None
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        raise typer.Exit(STOPPED) from None
    except Exception as error:
        sentence = _for_people(error)
        if sentence is None:
            raise
        complain(sentence)
        raise typer.Exit(FAILED) from error


def complain(sentence: str) -> None:
    """Say what went wrong: on standard error, or where `complain_through` says.

    What it quotes of a file or a topic must not steer the terminal.
    """
    _complaining[-1](printable(sentence))


def complain_through(say: Callable[[str], None]) -> None:
    """Let complaints take another way from now on: into the log of a program whose lines are read by programs."""
    _complaining.append(say)


def _on_stderr(sentence: str) -> None:
    sys.stderr.write(f"error: {sentence}\n")


_complaining: list[Callable[[str], None]] = [_on_stderr]


def _for_people(error: Exception) -> str | None:
    """The sentence of an error that a person can do something about; none for a bug."""
    name = getattr(error, "id", "")
    if isinstance(name, str) and name.startswith("err-"):
        text = str(error)
        return text if name in text else f"{text} [{name}]"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror} [err-file-unusable]"
    return None


def _forget_output() -> None:
    """Keep Python from complaining, while it exits, about output that nobody reads."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
