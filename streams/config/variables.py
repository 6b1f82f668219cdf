"""Variables of the environment that begin as settings do and are none: a slip that would otherwise have no effect.

They are warned of and not refused, unlike what stands in the file: the file is ours alone, while others put variables
there, too. Kubernetes does for each service whose name begins with `dealwatch` (those are known by their form), people
do for secrets that they name as `env:NAME`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from streams.config.settings import CONFIG_VARIABLE, Settings, meant

PREFIX = "DEALWATCH_"
#: Those that are read elsewhere: where the settings are, where jars are kept, and what a child is told by its parent.
_OTHERS = {CONFIG_VARIABLE, "DEALWATCH_CACHE", "DEALWATCH_LIFELINE"}
#: What Kubernetes sets of a service: its address and ports, as Docker's links had them.
_SERVICE = re.compile(r"(.+_)?SERVICE_(HOST|PORT(_.+)?)|(.+_)?PORT(_[0-9]+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?")


def without_effect(environment: Mapping[str, str], settings: Settings) -> Iterator[str]:
    """Yield a sentence for each variable that looks like a setting and is none."""
    places = _named(settings) if any(map(_is_none, environment)) else ""
    for name in filter(_is_none, sorted(environment)):
        if re.search(rf"\benv:{name}\b", places) is None:
            setting = name.upper().removeprefix(PREFIX).lower()
            yield f"{name} has no effect, there is no such setting{_as_variable(meant(setting))}"


def _is_none(name: str) -> bool:
    known = name.upper()  # as pydantic reads them
    if not known.startswith(PREFIX) or known in _OTHERS or known.removeprefix(PREFIX).lower() in Settings.model_fields:
        return False
    return _SERVICE.fullmatch(known.removeprefix(PREFIX)) is None


def _named(settings: Settings) -> str:
    """Everything that may name a variable as the place of a secret: the settings, and the delivery file."""
    texts = [str(each) for each in settings.model_dump().values()]
    if settings.delivery:
        with suppress(OSError, UnicodeDecodeError):  # whoever needs the file says so
            texts.append(Path(settings.delivery).read_text(encoding="utf-8"))
    return "\n".join(texts)


def _as_variable(advice: str) -> str:
    return re.sub(r"mean (\w+)", lambda found: f"mean {PREFIX}{found[1].upper()}", advice)
