"""Formulas as text: `ceil(events_per_s * track_event_us / 1e6)`. They are evaluated here and shown as they are.

A language of its own, smaller than Python's: numbers, names, `+ - * /`, and calls of `ceil`, `min` and `max`.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from functools import cache

from streams.errors import DealwatchError


class FormulaWrong(DealwatchError):
    """A formula says something that its language does not have, or names a number that is not there."""

    id = "err-formula-wrong"


_CALLS: Mapping[str, Callable[..., float]] = {"ceil": lambda x: float(math.ceil(x - 1e-9)), "min": min, "max": max}
_OPERATIONS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}


Values = Mapping[str, float]
_Made = Callable[[Values], float]


def evaluate(formula: str, values: Values) -> float:
    """Return what a formula makes of named values. `ceil` lets a billionth pass, so that 3.0000000001 is three.

    Raises `FormulaWrong`.

    >>> evaluate("ceil(a / 2) + max(1, b)", {"a": 5, "b": 0.5})
    4.0
    """
    try:
        return _made(formula)(values)
    except KeyError as error:
        raise FormulaWrong(f"{formula}: there is no number {error}") from error


def names_in(formula: str) -> tuple[str, ...]:
    """The names that a formula goes by, each once, in order.

    >>> names_in("ceil(b / a) + b")
    ('b', 'a')
    """
    found = [node for node in ast.walk(_parsed(formula)) if isinstance(node, ast.Name) and node.id not in _CALLS]
    return tuple(dict.fromkeys(node.id for node in sorted(found, key=lambda node: node.col_offset)))


def _parsed(formula: str) -> ast.expr:
    try:
        return ast.parse(formula, mode="eval").body
    except SyntaxError as error:
        raise FormulaWrong(f"{formula}: no formula") from error


@cache
def _made(formula: str) -> _Made:
    """A formula as a function: limits evaluate the sheet some hundred times."""
    return _function(_parsed(formula))


def _function(node: ast.expr) -> _Made:
    match node:
        case ast.Constant(value=int() | float() as number):
            constant = float(number)
            return lambda _: constant
        case ast.Name(id=name):
            return lambda values: float(values[name])
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            operation, one, other = _OPERATIONS[type(op)], _function(left), _function(right)
            return lambda values: operation(one(values), other(values))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _CALLS:
            call, given = _CALLS[name], [_function(each) for each in arguments]
            return lambda values: float(call(*(each(values) for each in given)))
    raise FormulaWrong(f"{ast.unparse(node)}: the language of formulas has no such thing")
