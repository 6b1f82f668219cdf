"""One check of the doctor, and how it is made: whatever goes wrong while it looks becomes its finding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from streams.admin.errors import AccessDenied, sentence
from streams.errors import DealwatchError

Verdict = Literal["ok", "warn", "fail"]

#: What may be missing to look at something, and where it stands.
RIGHTS = "`dealwatch topics acls look` lists what a doctor needs"


class Check(NamedTuple):
    """One finding; `todo` is empty where nothing is to be done."""

    name: str
    verdict: Verdict
    found: str
    todo: str = ""


#: A check's name, and what makes it.
Look = tuple[str, Callable[[], Check]]


def examined(name: str, look: Callable[[], Check], unseen: Verdict = "warn") -> Check:
    """Look, and return the finding; raises nothing.

    A right that is missing says nothing of what was to be seen, so it is a warning, if `unseen` does not say that
    nothing is known without it. An error that nobody foresaw is ours, and fails: nobody knows what is behind it, and
    the other checks are worth having all the same.
    """
    try:
        return look()
    except AccessDenied as error:
        return Check(name, unseen, f"not measured: {sentence(error).partition('; ')[0]}", RIGHTS)
    except DealwatchError as error:
        return Check(name, "fail", sentence(error), "solve the problems above first, then run this again")
    except Exception as error:  # noqa: BLE001  # one check must not take the others with it
        found = f"not measured: {type(error).__name__}: {(str(error).splitlines() or [''])[0][:200]}"
        return Check(
            name, "fail", found, "this is a fault of the doctor's own; report it with the version of your Kafka"
        )
