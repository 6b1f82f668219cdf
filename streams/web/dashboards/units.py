"""Values as Grafana writes them, by its names of units. Plain text, not yet escaped."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

_SUFFIX = "suffix:"
_THOUSANDS = ("", " K", " Mil", " Bil", " Tri")
_OPS = (" ops/s", "K ops/s", "M ops/s", "G ops/s")
_BYTES = (" B", " KiB", " MiB", " GiB", " TiB", " PiB")
#: From how many seconds on a span is said in a unit.
_SPANS = ((31_536_000.0, "years"), (604_800.0, "weeks"), (86_400.0, "days"), (3_600.0, "hours"), (60.0, "min"))
_FRACTIONS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
_AGO = ((86_400.0, "days"), (3_600.0, "hours"), (60.0, "min"), (1.0, "s"))


def written(unit: str, value: float, now_s: float = 0.0) -> str:
    """A value with its unit, in about three digits; `now_s` (Unix seconds) is for what is said from now.

    >>> written("s", 0.25), written("bytes", 3 * 2**20), written("percentunit", 0.995), written("ops", 1500)
    ('250 ms', '3 MiB', '99.5%', '1.5K ops/s')
    >>> written("suffix: cores", 1.25), written("dateTimeFromNow", 40_000, 100), written("short", 12_345_678)
    ('1.25 cores', '1 min ago', '12.3 Mil')
    """
    if not isfinite(value):
        return "∞" if value > 0 else "-∞" if value < 0 else "no number"
    if unit == "dateTimeFromNow":
        return _from_now(value / 1000.0 - now_s)
    if unit.startswith(_SUFFIX):
        return f"{number(value)} {unit.removeprefix(_SUFFIX).strip()}"
    return _FORMS.get(unit, _short)(value)


def number(value: float) -> str:
    """A number in about three digits, without zeros at its end, and without an exponent where it can be read so.

    >>> number(1234.6), number(12.345), number(0.00123), number(-0.5), number(0.0)
    ('1235', '12.3', '0.00123', '-0.5', '0')
    """
    size = abs(value)
    if size >= 1e15:
        return f"{value:.3g}"
    decimals = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    if 0 < size < 0.1:
        text = f"{value:.3g}"
        text = f"{value:.9f}" if "e" in text else text
    else:
        text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def is_known(unit: str) -> bool:
    """Whether values of a unit are written as such."""
    return unit in _FORMS or unit == "dateTimeFromNow" or unit.startswith(_SUFFIX)


def _scaled(value: float, base: float, names: tuple[str, ...]) -> str:
    place = 0
    while abs(value) >= base and place < len(names) - 1:
        value, place = value / base, place + 1
    return f"{number(value)}{names[place]}"


def _short(value: float) -> str:
    return _scaled(value, 1_000.0, _THOUSANDS)


def _seconds(value: float) -> str:
    size = abs(value)
    for least, name in (*_SPANS, *_FRACTIONS):
        if size >= least:
            return f"{number(value / least)} {name}"
    return "0 s" if size < 1e-9 else f"{number(value / 1e-9)} ns"


def _from_now(seconds: float) -> str:
    size = abs(seconds)
    for least, name in _AGO:
        if size >= least:
            text = f"{size / least:.0f} {name}"
            return f"{text} ago" if seconds < 0 else f"in {text}"
    return "now"


_FORMS: dict[str, Callable[[float], str]] = {
    "short": _short,
    "none": number,
    "s": _seconds,
    "bytes": lambda value: _scaled(value, 1_024.0, _BYTES),
    "percentunit": lambda value: f"{number(value * 100.0)}%",
    "ops": lambda value: _scaled(value, 1_000.0, _OPS),
}
