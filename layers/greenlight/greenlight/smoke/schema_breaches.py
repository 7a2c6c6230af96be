"""Applying a JSON Schema to a document: at most so many breaches, in the order of the document."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from referencing import Registry

from greenlight.smoke import schema_words
from greenlight.smoke.json_schemas import MAX_BREACHES, Breach, JsonSchema
from greenlight.smoke.places import path_text
from greenlight.smoke.schema_keywords import MAX_STEPS, Run, TooManyStepsError, running

_MAX_ERRORS: Final = 1000
"""How many errors are put into order, so that a document which is wrong throughout does not fill the memory."""


def find(schema: JsonSchema, document: Any) -> list[Breach]:
    """Tell where a document is not as a schema wants it; never raise."""
    token = running.set(Run(schema.targets, schema.patterns))
    try:
        # An empty registry fetches nothing, should anything ever look beyond our own references.
        validator = schema.validator(schema.root, registry=Registry())
        errors = list(islice(validator.iter_errors(document), _MAX_ERRORS))
        return list(islice(_breaches(errors, document), MAX_BREACHES))
    except RecursionError:
        return [_undecided("the schema refers to itself for ever, or the document nests too deeply for it")]
    except TooManyStepsError:
        return [
            _undecided(f"{MAX_STEPS} steps were not enough; look for schemas that apply each other again and again")
        ]
    except Exception as error:  # noqa: BLE001 - one expectation that cannot be decided must not keep the others from being told
        return [_undecided(f"looking at it broke with {type(error).__name__}: {error}")]
    finally:
        running.reset(token)


def _undecided(why: str) -> Breach:
    return Breach("@", "to fit the schema", f"no answer: {why}")


def _breaches(errors: Sequence[Any], document: Any) -> Iterator[Breach]:
    seen: set[Breach] = set()
    order = _Order(document)
    for error in sorted(errors, key=lambda error: order.of(error.path)):
        breach = Breach(path_text(error.path), schema_words.expected(error), schema_words.actual(error))
        if breach not in seen:  # several parts of a schema may want the same
            seen.add(breach)
            yield breach


class _Order:
    """The order in which the places of a document stand in it."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._keys: dict[int, dict[str, int]] = {}

    def of(self, path: Sequence[str | int]) -> list[int]:
        """Return what sorts places; a missing key comes after those that are there."""
        numbers = []
        value = self._document
        for part in path:
            if isinstance(part, int):
                numbers.append(part)
                value = value[part]
            else:
                keys = self._numbered(value)
                numbers.append(keys.get(part, len(keys)))
                value = value.get(part)
        return numbers

    def _numbered(self, value: dict[str, Any]) -> dict[str, int]:
        if id(value) not in self._keys:
            self._keys[id(value)] = {key: number for number, key in enumerate(value)}
        return self._keys[id(value)]
