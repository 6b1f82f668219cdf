"""Parameters of rules: frozen structs whose fields carry unit, bounds, meaning and origin, so that a file is checked.

Numbers come from outside: msgspec checks them against the bounds, and says which one is wrong.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct


def parameter(unit: str, meaning: str, origin: str, **bounds: float) -> Meta:
    """Describe a number: its unit, meaning, the origin of its default, and bounds (`gt` or `ge`, `lt` or `le`)."""
    return Meta(description=meaning, extra={"unit": unit, "origin": origin}, **bounds)  # type: ignore[call-overload, no-any-return]


class Parameters(Struct, frozen=True, kw_only=True, gc=False):
    """What every rule has."""

    on: Annotated[bool, Meta(description="whether the rule speaks", extra={"unit": "", "origin": ""})] = True


class ModelParameters(Parameters, frozen=True, kw_only=True, gc=False):
    """What every rule has that goes by a model."""

    lift: Annotated[
        float, parameter("log-odds", "how far above the usual rate a risk must be to be said", "judged", ge=0, le=10)
    ] = 1.0
    min_cases: Annotated[
        int, parameter("cases", "cases from which on the model is believed", "judged", ge=1, le=1_000_000)
    ] = 300
    clear_log_odds: Annotated[
        float, parameter("log-odds", "how far below the bar a risk falls before the alert ends", "judged", ge=0, le=10)
    ] = 0.7
    critical_log_odds: Annotated[
        float, parameter("log-odds", "how far above the bar a risk is critical", "judged", ge=0, le=20)
    ] = 2.0


P = TypeVar("P", bound=Struct)

#: An alert about a number ends when that has fallen to this share of its threshold, so that it does not flicker.
CLEARS_AT = 0.8


@cache
def default_of(kind: type[P]) -> P:
    """The parameters of a rule as they are declared."""
    return kind()


class Described(NamedTuple):
    """One parameter as its declaration describes it; `bounds` in words, as `> 1, <= 10`."""

    name: str
    default: Any
    unit: str
    meaning: str
    origin: str
    bounds: str


_SIGNS = (("gt", ">"), ("ge", ">="), ("lt", "<"), ("le", "<="))


@cache
def described(kind: type[Struct]) -> tuple[Described, ...]:
    """Return the parameters of a struct in the order of their declaration, `on` first."""
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for field in msgspec.structs.fields(kind):
        hint = hints[field.name]
        meta = get_args(hint)[1] if get_origin(hint) is Annotated else Meta()
        extra = meta.extra or {}
        bounds = ", ".join(
            f"{sign} {value:g}" for name, sign in _SIGNS if (value := getattr(meta, name, None)) is not None
        )
        found.append(
            Described(
                field.name,
                field.default,
                str(extra.get("unit", "")),
                meta.description or "",
                str(extra.get("origin", "")),
                bounds,
            )
        )
    return tuple(found)
