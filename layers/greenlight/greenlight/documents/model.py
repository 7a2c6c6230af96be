"""Strict pydantic models, and their errors in the words of the person who wrote the document."""

import difflib
import types
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from greenlight.documents.mistakes import DocumentError, Mistake, shown
from greenlight.documents.source import Document, Path

M = TypeVar("M", bound=BaseModel)

_MAPPING, _LIST = "a mapping of keys to values", "a list"
_SHAPES = {"model_type": _MAPPING, "dict_type": _MAPPING, "list_type": _LIST, "tuple_type": _LIST}
_WORDS = {
    "string_type": "has to be text, found {found}",
    "int_type": "has to be a whole number, found {found}",
    "int_from_float": "has to be a whole number, found {found}",
    "float_type": "has to be a number, found {found}",
    "bool_type": "has to be true or false, found {found}",
    "literal_error": "has to be {expected}, found {found}",
    "greater_than": "has to be more than {gt:g}, found {found}",
    "greater_than_equal": "has to be at least {ge:g}, found {found}",
    "less_than": "has to be less than {lt:g}, found {found}",
    "less_than_equal": "has to be at most {le:g}, found {found}",
    "too_short": "has too few items, found {found}; it needs {min_length} or more",
    "too_long": "has too many items, found {actual_length}; at most {max_length} are allowed",
    "string_too_short": "is too short, found {found}; it needs {min_length} or more characters",
    "string_too_long": "is too long, found {found}; at most {max_length} characters are allowed",
    "string_pattern_mismatch": "has to match {pattern}, found {found}",
}
_SELF_EXPLAINING = frozenset({"value_error", "duration", "percentage", "greenlight"})


class Strict(BaseModel):
    """A model that refuses unknown keys and silent conversions.

    Attributes:
        hints: Words of other tools that are no keys here, each with what to write instead.
        further_keys: Keys that a model like this may have, and this one was made without.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)
    hints: ClassVar[Mapping[str, str]] = {}
    further_keys: ClassVar[tuple[str, ...]] = ()


def validate(model: type[M], document: Document, *, context: Mapping[str, Any] | None = None) -> M:
    """Check a whole document against a model.

    Args:
        model: What the document has to be.
        document: What was read.
        context: Passed to the model's validators.

    Raises:
        DocumentError: With every mistake, each with line, path and cure.
    """
    if not isinstance(document.data, dict):
        found = shown(document.data)
        raise DocumentError([Mistake(document.place(()), f"has to be {_MAPPING}, found {found}")])
    try:
        return model.model_validate(document.data, context=dict(context or {}))
    except ValidationError as error:
        told = [(_path(document, details), details) for details in error.errors(include_url=False)]
        told.sort(key=lambda each: document.line(each[0]) or 0)  # as people read
        mistakes = [Mistake(document.place(path), _text(model, details)) for path, details in told]
        raise DocumentError(list(dict.fromkeys(mistakes))) from error


def _path(document: Document, details: Any) -> Path:
    path = document.real_path(details["loc"])
    return (*path, details["loc"][-1]) if details["type"] == "missing" else path


def _text(model: type[BaseModel], details: Any) -> str:
    kind, location, found = details["type"], details["loc"], details.get("input")
    if kind == "extra_forbidden":
        return _unknown_key(_model_at(model, location[:-1]), str(location[-1]))
    if kind == "missing":
        return f'is missing; "{location[-1]}" has to be given'
    if kind in _SHAPES:
        return f"has to be {_SHAPES[kind]}, found {'nothing' if found is None else shown(found)}"
    if kind in _WORDS:
        return _WORDS[kind].format(**details.get("ctx", {}), found=shown(found))
    message = details["msg"].removeprefix("Value error, ")
    if kind in _SELF_EXPLAINING:
        return str(message)
    return f"{message[0].lower()}{message[1:]}, found {shown(found)}"


def _unknown_key(model: type[BaseModel] | None, key: str) -> str:
    if model is None:
        return f'unknown key "{key}"'
    hints: Mapping[str, str] = getattr(model, "hints", {})
    if key in hints:
        return f'unknown key "{key}"; {hints[key]}'
    names = [field.alias or name for name, field in model.model_fields.items()]
    names += [name for name in getattr(model, "further_keys", ()) if name not in names]
    close = difflib.get_close_matches(key, names, n=1)
    cure = f'did you mean "{close[0]}"?' if close else f"allowed here: {', '.join(names)}"
    merge = "; nothing is merged here, so write the values out" if key == "<<" else ""
    return f'unknown key "{key}"; {cure}{merge}'


def _model_at(model: type[BaseModel], location: tuple[str | int, ...]) -> type[BaseModel] | None:
    """Walk from a model along a location to the model that refused a key."""
    annotation: Any = model
    for part in location:
        here = _as_model(annotation)
        if here is not None:
            fields = {field.alias or name: field for name, field in here.model_fields.items()}
            if part in fields:
                annotation = fields[str(part)].annotation
        elif (inner := _items(annotation)) is not None:
            annotation = inner
    return _as_model(annotation) or _as_model(_items(annotation))


def _as_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, types.UnionType, Annotated):
        return next((model for part in get_args(annotation) if (model := _as_model(part))), None)
    return None


def _items(annotation: Any) -> Any:
    """Return what a list or mapping annotation holds; None for anything else."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType, Annotated):
        return next((inner for part in arguments if (inner := _items(part)) is not None), None)
    if origin in (list, tuple):
        return arguments[0]
    return arguments[-1] if origin is dict else None
