"""What differs between blue's answer and green's, place by place."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, permutations
from typing import Any, Final, Literal, NamedTuple

from greenlight.smoke.places import (
    Beyond,
    Ignored,
    IgnoredPathError,
    Part,
    Patterns,
    compile_ignored,
    generalised,
    path_text,
)
from greenlight.smoke.values import MISSING, as_text, equal, type_name

__all__ = [
    "MAX_TOLD",
    "Difference",
    "Ignored",
    "IgnoredPathError",
    "Mode",
    "compile_ignored",
    "differences",
    "noise",
    "told",
]

MAX_TOLD: Final = 20

Mode = Literal["same", "same_types"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One place at which green answers something else than blue.

    Attributes:
        path: Where.
        blue: What blue has there.
        green: What green has there.
    """

    path: str
    blue: str
    green: str


def differences(
    blue: Any,
    green: Any,
    *,
    mode: Mode,
    ignored: Sequence[Ignored] = (),
    noise: frozenset[Ignored] = frozenset(),
) -> list[Difference]:
    """Tell every difference between two JSON documents, in the order of blue's; what only green has comes after.

    ``same`` wants equal values: 5 is 5.0, ``true`` is not 1. Arrays are compared index by index, and a length that
    differs is one difference, told at the array.

    ``same_types`` wants the same keys and the same JSON types and lets values and lengths differ; an integer is a
    number. All elements of one array of blue's are taken for examples of one shape: at each place the types that any of
    them has there, and keys that only some of them have may be there or not. Every element of green's has to be of that
    shape. So a null is right where blue has one in any element, and an empty array of blue's says nothing.

    Parameters:
        blue: Blue's answer.
        green: Green's answer.
        mode: What has to agree.
        ignored: Places that do not count.
        noise: More of them, from ``noise``.
    """
    patterns = Patterns(pattern.parts for pattern in (*ignored, *noise))
    return [
        Difference(
            path=path_text(part for part in found.parts if not isinstance(part, Beyond)),
            blue=found.text(found.blue),
            green=found.text(found.green),
        )
        for found in _compared(blue, green, mode, patterns)
    ]


def noise(samples: Sequence[Any], mode: Mode) -> frozenset[Ignored]:
    """Find the places at which answers of blue differ among themselves; nothing can be expected of green there.

    What differs in one element of an array is noise in all of them: which elements show it is chance (the two whose
    time stamps ticked between two requests, say), and green's chance is another one. Where lengths differ, the length is
    noise, and so is every element beyond the shortest; the elements that all answers have are still compared.
    """
    # What is the same in the first answer and in each other is the same in all, but shapes fit in one direction only.
    nothing = Patterns(())
    if mode == "same":
        walks = [_compared(samples[0], other, mode, nothing) for other in samples[1:]]
    else:
        shapes = [_shape(sample) for sample in samples]
        walks = [_unlike(shapes[one], samples[other], nothing) for one, other in permutations(range(len(samples)), 2)]
    places = {generalised(found.parts) for found in chain.from_iterable(walks)}
    return frozenset(Ignored(path_text(parts), parts) for parts in places)


def told(found: Sequence[Difference]) -> tuple[list[Difference], int]:
    """Return the differences that are told, and how many more there are."""
    return list(found[:MAX_TOLD]), max(0, len(found) - MAX_TOLD)


class _Found(NamedTuple):
    """One difference; the place of a length ends in Beyond. It is put into words only when it is told."""

    parts: tuple[Part, ...]
    blue: Any
    green: Any
    text: Callable[[Any], str]


def _compared(blue: Any, green: Any, mode: Mode, patterns: Patterns) -> list[_Found]:
    if patterns.covered:
        return []
    if mode == "same_types":
        return _unlike(_shape(blue), green, patterns)
    walk = _Walk()
    walk.values(blue, green, patterns)
    return walk.found


def _unlike(shape: "_Shape", green: Any, patterns: Patterns) -> list[_Found]:
    walk = _Walk()
    walk.types(shape, green, patterns)
    return walk.found


class _Shape:
    """What blue shows at one place, of a document or of all elements of an array.

    Attributes:
        times: How many values were seen there.
        types: Their JSON types, an integer being a number.
        objects: How many of them were objects.
        keys: What stands below their keys.
        elements: What stands in their arrays; None when all of them were empty.
    """

    __slots__ = ("elements", "keys", "objects", "times", "types")

    def __init__(self) -> None:
        self.times = 0
        self.types: set[str] = set()
        self.objects = 0
        self.keys: dict[str, _Shape] = {}
        self.elements: _Shape | None = None

    def learn(self, value: Any) -> None:
        """Take a value for one more example."""
        self.times += 1
        self.types.add(_type(value))
        if isinstance(value, dict):
            self.objects += 1
            for key, inner in value.items():
                if key not in self.keys:
                    self.keys[key] = _Shape()
                self.keys[key].learn(inner)
        elif isinstance(value, list) and value:
            self.elements = self.elements or _Shape()
            for inner in value:
                self.elements.learn(inner)

    def __str__(self) -> str:
        return " or ".join(sorted(self.types))


def _shape(document: Any) -> _Shape:
    shape = _Shape()
    shape.learn(document)
    return shape


class _Walk:
    """A walk through two documents side by side."""

    def __init__(self) -> None:
        self.found: list[_Found] = []
        self._path: list[str | int] = []

    def values(self, blue: Any, green: Any, patterns: Patterns) -> None:
        """Compare values."""
        if isinstance(blue, dict) and isinstance(green, dict):
            for key, below in self._into((*blue, *(key for key in green if key not in blue)), patterns):
                self.values(blue.get(key, MISSING), green.get(key, MISSING), below)
        elif isinstance(blue, list) and isinstance(green, list):
            shared = min(len(blue), len(green))
            if patterns.end is not None:
                shared = min(shared, patterns.end)
            elif len(blue) != len(green):
                self._note(blue, green, _array_text, Beyond(shared))
            for index, below in self._into(range(shared), patterns):
                self.values(blue[index], green[index], below)
        elif not equal(blue, green):
            self._note(blue, green, as_text)

    def types(self, shape: _Shape, green: Any, patterns: Patterns) -> None:
        """Compare a value of green's with a shape of blue's."""
        if _type(green) not in shape.types:
            self._note(shape, green, _typed_text)
        elif isinstance(green, dict):
            for key, below in self._into((*shape.keys, *(key for key in green if key not in shape.keys)), patterns):
                inner = shape.keys.get(key)
                if inner is None:
                    self._note(MISSING, green[key], _typed_text)
                elif key in green:
                    self.types(inner, green[key], below)
                elif inner.times == shape.objects:
                    self._note(inner, MISSING, _typed_text)
        elif isinstance(green, list) and shape.elements is not None:
            for index, below in self._into(range(len(green)), patterns):
                self.types(shape.elements, green[index], below)

    def _into(self, parts: Sequence[Any], patterns: Patterns) -> Iterator[tuple[Any, Patterns]]:
        """Go to each key or element that counts, one after the other."""
        for part in parts:
            below = patterns.below(part)
            if not below.covered:
                self._path.append(part)
                yield part, below
                self._path.pop()

    def _note(self, blue: Any, green: Any, text: Callable[[Any], str], *more: Part) -> None:
        self.found.append(_Found((*self._path, *more), blue, green, text))


def _type(value: Any) -> str:
    name = type_name(value)
    return "number" if name == "integer" else name


def _typed_text(value: Any) -> str:
    if isinstance(value, _Shape):
        return str(value)
    return as_text(value) if value is None or value is MISSING else f"{_type(value)} {as_text(value)}"


def _array_text(value: list[Any]) -> str:
    return f"length {len(value)}: {as_text(value)}"
