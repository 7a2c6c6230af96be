"""Limits of a model, in the words of the person who overstepped them."""

from typing import Annotated

import pytest
from pydantic import Field

from greenlight.documents import Document, DocumentError, Strict, validate


class Limits(Strict):
    """A model with a limit of each kind."""

    most: Annotated[int, Field(le=1000)] = 0
    least: Annotated[int, Field(ge=1)] = 1
    above: Annotated[float, Field(gt=0)] = 1.0
    below: Annotated[float, Field(lt=0.5)] = 0.0
    names: list[str] = Field(default_factory=list, min_length=1, max_length=2)
    text: Annotated[str, Field(min_length=1, max_length=3)] = "a"
    word: Annotated[str, Field(pattern="^[a-z]+$")] = "a"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"most": 1001}, "most: has to be at most 1000, found 1001"),
        ({"least": 0}, "least: has to be at least 1, found 0"),
        ({"above": 0.0}, "above: has to be more than 0, found 0.0"),
        ({"below": 0.5}, "below: has to be less than 0.5, found 0.5"),
        ({"names": []}, "names: has too few items, found []; it needs 1 or more"),
        ({"names": ["a", "b", "c"]}, "names: has too many items, found 3; at most 2 are allowed"),
        ({"names": None}, "names: has to be a list, found nothing"),
        ({"text": ""}, 'text: is too short, found ""; it needs 1 or more characters'),
        ({"text": "abcd"}, 'text: is too long, found "abcd"; at most 3 characters are allowed'),
        ({"word": "A b"}, 'word: has to match ^[a-z]+$, found "A b"'),
        ({"": 1}, '"": unknown key ""; allowed here: most, least, above, below, names, text, word'),
    ],
)
def test_a_limit_is_told_with_what_was_found(data, told):
    """No word of the library that looks at it."""
    with pytest.raises(DocumentError) as caught:
        validate(Limits, Document("l", data))

    assert f"l {told}" == str(caught.value)
