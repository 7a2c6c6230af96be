"""Metric math, as far as the rehearsal knows it: arithmetic, comparisons, FILL, IF and a few functions of one series.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

__all__ = ["ExpressionError", "Series", "evaluate", "ids"]

Series = dict[float, float]
"""Values by the moment at which their periods begin, in seconds since the epoch."""

_Value = float | Series

_TOKEN: Final = re.compile(
    r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z][A-Za-z0-9_]*)|(<=|>=|==|!=|&&|\|\||[-+*/^()<>,]))"
)
_COMPARED: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_OF_ONE: Final[Mapping[str, Callable[[float], float]]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
_DEEPEST: Final = 50


class ExpressionError(ValueError):
    """When an expression is none, or needs something that the rehearsal does not know."""


def ids(expression: str) -> set[str]:
    """Return the ids that an expression names.

    Args:
        expression: Metric math.

    Raises:
        ExpressionError: When it has characters that stand for nothing.
    """
    return {word for _, word, _ in _tokens(expression) if word and word[0].islower()}


def evaluate(expression: str, series: Mapping[str, Series], moments: Sequence[float]) -> Series:
    """Work out an expression, where all of its series have a value; what is no number comes out as it is.

    Args:
        expression: Metric math.
        series: By id.
        moments: When the periods of the asked time begin, which FILL fills.

    Raises:
        ExpressionError: When it makes no sense, or gives no series.
    """
    value = _Parser(expression, series, moments).whole()
    if isinstance(value, float):
        raise ExpressionError("The expression gives a number where a time series is wanted")
    return value


def _tokens(expression: str) -> list[tuple[str, str, str]]:
    found, place = [], 0
    text = expression.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ExpressionError(f"Error in expression: unexpected {text[place:].strip()[:10]!r}")
        found.append((match[1] or "", match[2] or "", match[3] or ""))
        place = match.end()
    return found


class _Parser:
    """Reads an expression and works it out at the same time."""

    def __init__(self, expression: str, series: Mapping[str, Series], moments: Sequence[float]) -> None:
        self._tokens, self._next, self._depth = _tokens(expression), 0, 0
        self._series, self._moments = series, moments

    def whole(self) -> _Value:
        value = self._either()
        if self._next < len(self._tokens):
            raise ExpressionError(f"Error in expression: unexpected {''.join(self._tokens[self._next])!r}")
        return value

    def _either(self) -> _Value:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError("Error in expression: it nests too deep")
        value = self._both()
        while self._take("||"):
            value = _pair(value, self._both(), lambda left, right: float(bool(left) or bool(right)))
        self._depth -= 1
        return value

    def _both(self) -> _Value:
        value = self._compared()
        while self._take("&&"):
            value = _pair(value, self._compared(), lambda left, right: float(bool(left) and bool(right)))
        return value

    def _compared(self) -> _Value:
        value = self._sum()
        while sign := self._take(*_COMPARED):
            value = _pair(value, self._sum(), _as_number(_COMPARED[sign]))
        return value

    def _sum(self) -> _Value:
        value = self._product()
        while sign := self._take("+", "-"):
            value = _pair(value, self._product(), operator.add if sign == "+" else operator.sub)
        return value

    def _product(self) -> _Value:
        value = self._signed()
        while sign := self._take("*", "/"):
            value = _pair(value, self._signed(), operator.mul if sign == "*" else _divided)
        return value

    def _signed(self) -> _Value:
        negative = False
        while sign := self._take("-", "+"):
            negative ^= sign == "-"
        value = self._power()
        return _pair(0.0, value, operator.sub) if negative else value

    def _power(self) -> _Value:
        value = self._atom()
        return _pair(value, self._signed(), _raised) if self._take("^") else value

    def _atom(self) -> _Value:
        number, word, _ = self._tokens[self._next] if self._next < len(self._tokens) else ("", "", "")
        if number:
            self._next += 1
            return float(number)
        if word:
            self._next += 1
            return self._call(word) if self._take("(") else self._named(word)
        if self._take("("):
            value = self._either()
            self._expect(")")
            return value
        raise ExpressionError("Error in expression: it breaks off, or a sign stands where a value should")

    def _named(self, word: str) -> _Value:
        if word not in self._series:
            raise ExpressionError(f"The expression names {word}, which is no id of this request")
        return dict(self._series[word])

    def _call(self, name: str) -> _Value:
        if name == "FILL":
            return self._filled()
        given = [self._either()]
        while self._take(","):
            given.append(self._either())
        self._expect(")")
        if name in _OF_ONE and len(given) == 1:
            return _each(given[0], _OF_ONE[name])
        if name == "IF" and len(given) == 3:  # noqa: PLR2004 - condition, then, else
            return _chosen(*given)
        raise ExpressionError(f"The rehearsal does not know the function {name} with {len(given)} values")

    def _filled(self) -> _Value:
        value = self._either()
        self._expect(",")
        repeats = self._tokens[self._next : self._next + 1] == [("", "REPEAT", "")]
        if repeats:
            self._next += 1
        filler = 0.0 if repeats else self._either()
        self._expect(")")
        if isinstance(value, float) or not isinstance(filler, float):
            raise ExpressionError("FILL takes a time series, and a number or REPEAT")
        return _repeated(value, self._moments) if repeats else {at: value.get(at, filler) for at in self._moments}

    def _take(self, *signs: str) -> str:
        if self._next < len(self._tokens) and self._tokens[self._next][2] in signs:
            self._next += 1
            return self._tokens[self._next - 1][2]
        return ""

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise ExpressionError(f"Error in expression: {sign!r} is missing")


def _pair(left: _Value, right: _Value, work: Callable[[float, float], float]) -> _Value:
    if isinstance(left, float) and isinstance(right, float):
        return float(work(left, right))
    if isinstance(left, float):
        return _each(right, lambda value: work(left, value))
    if isinstance(right, float):
        return _each(left, lambda value: work(value, right))
    return {at: float(work(value, right[at])) for at, value in left.items() if at in right}


def _as_number(compare: Callable[[float, float], bool]) -> Callable[[float, float], float]:
    return lambda left, right: float(compare(left, right))


def _each(value: _Value, work: Callable[[float], float]) -> _Value:
    if isinstance(value, float):
        return float(work(value))
    return {at: float(work(one)) if math.isfinite(one) else one for at, one in value.items()}


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left)


def _raised(left: float, right: float) -> float:
    try:
        return math.pow(left, right)
    except (OverflowError, ValueError):
        return math.nan


def _chosen(condition: _Value, then: _Value, otherwise: _Value) -> _Value:
    if isinstance(condition, float):
        return then if condition else otherwise
    chosen = {at: then if met else otherwise for at, met in condition.items()}
    return {
        at: value if isinstance(value, float) else value[at]
        for at, value in chosen.items()
        if isinstance(value, float) or at in value
    }


def _repeated(value: Series, moments: Sequence[float]) -> Series:
    filled, last = {}, None
    for at in moments:
        last = value.get(at, last)
        if last is not None:
            filled[at] = last
    return filled
