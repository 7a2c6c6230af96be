"""Strict reading of what people write: YAML without surprises, and all mistakes at once with place and cure."""

from greenlight.documents.mistakes import DocumentError, Mistake, shown
from greenlight.documents.model import Strict, validate
from greenlight.documents.source import MAX_BYTES, Document, parse, parse_bytes, too_large
from greenlight.documents.types import Duration, Percentage, duration_text

__all__ = [
    "MAX_BYTES",
    "Document",
    "DocumentError",
    "Duration",
    "Mistake",
    "Percentage",
    "Strict",
    "duration_text",
    "parse",
    "parse_bytes",
    "shown",
    "too_large",
    "validate",
]
