"""JSON values in the words of DynamoDB, and back."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from greenlight import aws

# Well within what a number of DynamoDB may be:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
_SMALLEST, _LARGEST = 1e-100, 1e37


def encode(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write JSON values in the words of DynamoDB."""
    from boto3.dynamodb.types import TypeSerializer  # noqa: PLC0415 - a function without a record need not pay for it

    serializer = TypeSerializer()
    return {key: serializer.serialize(_exact(value)) for key, value in values.items()}


def decode(item: Mapping[str, Any]) -> dict[str, Any]:
    """Read JSON values out of the words of DynamoDB."""
    from boto3.dynamodb.types import TypeDeserializer  # noqa: PLC0415 - see above

    deserializer = TypeDeserializer()
    return {key: _plain(deserializer.deserialize(value)) for key, value in item.items()}


def _exact(value: Any) -> Any:
    """Return a value that DynamoDB takes: it knows no binary fractions, no NaN, and no numbers beyond 38 digits."""
    if isinstance(value, Mapping):
        return {str(key): _exact(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(each) for each in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float) and (not value or _SMALLEST <= abs(value) <= _LARGEST):
        return Decimal(repr(value)) if isinstance(value, float) else value
    return legible(str(value))


@contextmanager
def readable(operation: str) -> Iterator[None]:
    """Take an entry that cannot be read for no answer: AWS's reply was cut or garbled, or somebody wrote into the table by hand.

    Args:
        operation: What it was asked with, as in ``GetItem``.

    Raises:
        AwsUnreachableError: When it cannot be read.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        problem = f"gave an entry that cannot be read ({type(error).__name__}: {' '.join(str(error).split())})"
        raise aws.AwsUnreachableError(f"dynamodb:{operation}", problem) from error


def legible(text: str) -> str:
    """Return a text that is UTF-8: half a surrogate pair, which an application may answer, DynamoDB would refuse."""
    return text.encode("utf-8", "replace").decode()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
