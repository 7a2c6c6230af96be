"""What differs between blue's answer and green's."""

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from greenlight.smoke.differences import (
    MAX_TOLD,
    Difference,
    Ignored,
    IgnoredPathError,
    compile_ignored,
    differences,
    noise,
    told,
)
from greenlight.smoke.places import Beyond, Every, path_text
from greenlight.smoke.values import equal
from tests.unit.smoke.test_values import json_values

MODES = ("same", "same_types")

modes = st.sampled_from(MODES)
keys = st.sampled_from(["id", "at", "x-y", "", "*", "a.b"])
documents = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from([1.0, 2.5, "1", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=15,
)


def compared(blue, green, mode="same", ignored=(), samples=()):
    """Everything that differs, as (path, blue, green)."""
    found = differences(
        blue, green, mode=mode, ignored=[compile_ignored(path) for path in ignored], noise=noise(samples, mode)
    )
    return [(difference.path, difference.blue, difference.green) for difference in found]


def noisy(*samples, mode="same"):
    """The places that are noise, as text."""
    return {str(place) for place in noise(samples, mode)}


# Paths to ignore


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("meta.request_id", ("meta", "request_id")),
        ("items[*].updated_at", ("items", Every.ELEMENT, "updated_at")),
        ("items[0].id", ("items", 0, "id")),
        ('"key with dot".x', ("key with dot", "x")),
        ('"a.b"[2]."c\\"d"', ("a.b", 2, 'c"d')),
        ("*.etag", (Every.KEY, "etag")),
        ("a.*", ("a", Every.KEY)),
        ("$.meta.id", ("meta", "id")),
        ("$[*].id", (Every.ELEMENT, "id")),
        ("[3]", (3,)),
    ],
)
def test_a_path_names_a_place_or_several(text, parts):
    """Keys, elements, ``*`` for any key and ``[*]`` for any element, with or without $."""
    assert Ignored(text, parts) == compile_ignored(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "would leave nothing to compare"),
        ("$", "would leave nothing to compare"),
        ("*", "would leave nothing to compare"),
        ("[*]", "would leave nothing to compare"),
        ("$..id", 'there is no ".."; name the keys on the way'),
        ("items[?id==`1`].at", "there are no filters; write [*]"),
        ("$.items[?(@.id==1)]", "there are no filters; write [*]"),
        ("$['a']['b']", 'stands in double quotes, with a dot before it: a."b c"'),
        ("items[].at", "write [*] for every element"),
        ("items[-1]", "elements are counted from the first"),
        ("items[0:2]", "there are no slices"),
        ("length(items)", "works nothing out"),
        ("a | b", "works nothing out"),
        ("**.id", "write * once for each level"),
        ("request-id", '"request-id"'),
        ("a.{{ x }}", "templates are not filled in inside paths"),
        ("a.", "write it as meta.request_id"),
        (".a", "write it as meta.request_id"),
        ("a b", "write it as meta.request_id"),
        ('"a\\x"', "write it as meta.request_id"),
        ("a" * 1001, "at most 1000 characters, this one has 1001"),
    ],
)
def test_what_is_no_such_path_is_refused_with_the_cure(text, words):
    """Filters, slices and what people know from JSONPath are told what to write, and nothing may hide everything."""
    with pytest.raises(IgnoredPathError) as caught:
        compile_ignored(text)
    assert words in str(caught.value)


@given(st.text(alphabet="ab.[]0*\"'$@?(|- {}\\", max_size=12))
def test_any_text_is_a_path_or_refused(text):
    """Nothing but IgnoredPathError comes out of reading a path."""
    with suppress(IgnoredPathError):
        assert compile_ignored(text).parts


@given(st.lists(st.text(max_size=20) | st.integers(0, 10**9 - 1), min_size=1, max_size=6))
@example(['"', "\\", "\n", "*", "", "a.b", "ok"])
def test_a_place_that_is_told_can_be_ignored_as_it_is_written(parts):
    """Whatever stands in keys, what a difference says of its place is a path of that place and no other."""
    assert tuple(parts) == compile_ignored(path_text(parts)).parts


def test_an_ignored_path_is_written_as_it_was():
    """Reports name it as the suite does."""
    assert "$.a[*]" == str(compile_ignored("$.a[*]"))


# Equal values


@pytest.mark.parametrize(
    ("blue", "green", "expected"),
    [
        ({"a": 5, "b": [1, None]}, {"b": [1.0, None], "a": 5.0}, []),
        ({"a": True}, {"a": 1}, [("a", "true", "1")]),
        ({"a": None}, {}, [("a", "null", "nothing")]),
        ({}, {"a": {"b": 1}}, [("a", "nothing", '{"b": 1}')]),
        ({"a": [1]}, {"a": {"0": 1}}, [("a", "[1]", '{"0": 1}')]),
        ("x", "y", [("@", '"x"', '"y"')]),
        ({"a.b": [{"c-d": 1}]}, {"a.b": [{"c-d": 2}]}, [('"a.b"[0]."c-d"', "1", "2")]),
        ([1, 2, 3], [1, 9], [("@", "length 3: [1, 2, 3]", "length 2: [1, 9]"), ("[1]", "2", "9")]),
        ({"a": []}, {"a": [1]}, [("a", "length 0: []", "length 1: [1]")]),
    ],
)
def test_same_wants_equal_values(blue, green, expected):
    """Everything that is not equal as JSON is told side by side; a length once, and not for each element beyond it."""
    assert expected == compared(blue, green)


def test_differences_come_in_the_order_of_the_document():
    """First what blue has, as it stands in blue, and then what only green has."""
    blue = {"z": 1, "m": {"b": 1, "a": 1}, "c": [1, 2]}
    green = {"new": 1, "c": [2, 1], "m": {"a": 2, "b": 2, "aa": 0}, "z": 2}
    assert ["z", "m.b", "m.a", "m.aa", "c[0]", "c[1]", "new"] == [path for path, _, _ in compared(blue, green)]


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        ([], ["meta.id", "meta.at", "items", "items[0].id", "items[0].at", "items[1].at", '"x.y"']),
        (["meta"], ["items", "items[0].id", "items[0].at", "items[1].at", '"x.y"']),
        (["meta.id", "$.items[*].at"], ["meta.at", "items", "items[0].id", '"x.y"']),
        (["*.at"], ["meta.id", "items", "items[0].id", "items[0].at", "items[1].at", '"x.y"']),
        (["items[0]", '"x.y"'], ["meta.id", "meta.at", "items", "items[1].at"]),
        (["items[0].at", "items[*].id"], ["meta.id", "meta.at", "items", "items[1].at", '"x.y"']),
        (["items[*]"], ["meta.id", "meta.at", "items", '"x.y"']),
        (["items"], ["meta.id", "meta.at", '"x.y"']),
        (["id", "items.id", "[0]", "meta[*]"], None),
    ],
)
def test_what_is_ignored_does_not_count_nor_does_anything_below(ignored, left):
    """A path covers its place and all of it; the length of an array is a matter of the array, not of its elements."""
    blue = {"meta": {"id": 1, "at": 1}, "items": [{"id": 1, "at": 1}, {"id": 2, "at": 1}], "x.y": 1}
    green = {"meta": {"id": 2, "at": 2}, "items": [{"id": 9, "at": 2}, {"id": 2, "at": 2}, 7], "x.y": 2}
    everything = [path for path, _, _ in compared(blue, green)]
    assert (everything if left is None else left) == [path for path, _, _ in compared(blue, green, ignored=ignored)]


# Equal types


@pytest.mark.parametrize(
    ("blue", "green", "expected"),
    [
        ({"a": 1, "b": "x"}, {"a": 2.5, "b": "y"}, []),
        ({"a": 1}, {"a": "1"}, [("a", "number", 'string "1"')]),
        ({"a": 1}, {"a": True}, [("a", "number", "boolean true")]),
        ({"a": 1}, {"a": None}, [("a", "number", "null")]),
        ({"a": None}, {"a": 1}, [("a", "null", "number 1")]),
        ({"a": 1}, {}, [("a", "number", "nothing")]),
        ({}, {"a": []}, [("a", "nothing", "array []")]),
        ({}, {"a": None}, [("a", "nothing", "null")]),
        ([1], {"a": 1}, [("@", "array", 'object {"a": 1}')]),
        ([1, 2], [3], []),
        ([1, 2], [], []),
        ([], [1, "x", {}], []),
        ([1, "x"], ["y", None], [("[1]", "number or string", "null")]),
        ([1, None], [None, 2, 3], []),
        ([{"id": 1}], [{"id": 2}, {"id": "3"}], [("[1].id", "number", 'string "3"')]),
        ([{"id": 1, "note": "x"}, {"id": 2}], [{"id": 3}, {"id": 4, "note": "y"}], []),
        ([{"id": 1, "note": "x"}, {"id": 2}], [{"note": "y"}], [("[0].id", "number", "nothing")]),
        ([{"id": 1, "note": "x"}, {"id": 2}], [{"id": 4, "note": 5}], [("[0].note", "string", "number 5")]),
        ([{"id": 1}, {"id": 2}], [{"id": 1, "x": 1}], [("[0].x", "nothing", "number 1")]),
        ([{"t": []}, {"t": ["x"]}], [{"t": [1]}], [("[0].t[0]", "string", "number 1")]),
        ([{"a": 1}, 5], [7, {}], [("[1].a", "number", "nothing")]),
    ],
)
def test_same_types_wants_the_shape_and_lets_values_and_lengths_differ(blue, green, expected):
    """Elements of an array are examples of one shape: a union of types, with keys that not all have optional."""
    assert expected == compared(blue, green, "same_types")


def test_what_is_ignored_does_not_count_for_types_either():
    """Paths mean green's places."""
    blue, green = {"items": [{"a": 1, "b": 1}]}, {"items": [{"a": "x"}, {"a": "x", "b": 1}], "c": 1}
    assert [("items[1].a", "number", 'string "x"')] == compared(blue, green, "same_types", ["items[0]", "c"])
    assert [] == compared(blue, green, "same_types", ["items[*].a", "items[*].b", "c"])


# Noise


def test_what_differs_between_blues_own_answers_is_noise():
    """Nothing can be expected of green at such a place, and everything is expected everywhere else."""
    samples = [{"id": 1, "at": 1, "gone": 0}, {"id": 1, "at": 2}]
    assert {"at", "gone"} == noisy(*samples)
    assert [("id", "1", "2")] == compared(samples[0], {"id": 2, "at": 3}, samples=samples)


def test_noise_in_one_element_is_noise_in_all():
    """Which elements show it between two answers is chance."""
    one = {"items": [{"id": 1, "at": 1, "n": [1, 2]}, {"id": 2, "at": 1, "n": [1]}]}
    other = {"items": [{"id": 1, "at": 1, "n": [1, 3]}, {"id": 2, "at": 2, "n": [1]}]}
    green = {"items": [{"id": 1, "at": 5, "n": [7, 8]}, {"id": 3, "at": 6, "n": [9]}]}
    assert {"items[*].at", "items[*].n[*]"} == noisy(one, other)
    assert [("items[1].id", "2", "3")] == compared(one, green, samples=[one, other])


def test_where_lengths_differ_the_length_is_noise_and_what_is_beyond_the_shortest():
    """What all answers of blue have is still compared, as far as green has it."""
    samples = [{"items": ["a", "b", "c"]}, {"items": ["a", "b"]}, {"items": ["a", "b", "c", "d"]}]
    assert frozenset({Ignored("items[2:]", ("items", Beyond(2)))} | {Ignored("items[3:]", ("items", Beyond(3)))}) == (
        noise(samples, "same")
    )
    for blue in samples:
        assert [] == compared(blue, {"items": ["a"]}, samples=samples)
        assert [] == compared(blue, {"items": ["a", "b", "x", "y", "z"]}, samples=samples)
        assert [("items[1]", '"b"', '"x"')] == compared(blue, {"items": ["a", "x"]}, samples=samples)


def test_elements_that_are_noise_leave_the_length_to_be_compared():
    """Ten other recommendations are as good as ten, and none are not."""
    samples = [["a", "b"], ["a", "c"]]
    assert [] == compared(samples[0], ["x", "y"], samples=samples)
    assert ["@"] == [path for path, _, _ in compared(samples[0], [], samples=samples)]


def test_noise_of_types_is_what_does_not_keep_its_type():
    """Values may differ anyway; a null in one answer of blue lets green have what it likes."""
    samples = [{"a": 1, "b": None, "c": []}, {"a": 2, "b": "x", "c": [1], "d": 1}]
    assert {"b", "d"} == noisy(*samples, mode="same_types")
    assert [("a", "number", 'string "x"')] == compared(
        samples[0], {"a": "x", "b": 7, "c": []}, "same_types", (), samples
    )


def test_types_are_looked_at_both_ways():
    """The element that lacks a key fits the answer where it is optional, and not the other way round."""
    samples = [[{"a": 1}, {}], [{"a": 1}], [{}]]
    assert {"[*].a"} == noisy(*samples, mode="same_types")


@pytest.mark.parametrize("mode", MODES)
def test_answers_that_differ_as_a_whole_leave_nothing_to_compare(mode):
    """Such noise is the whole document, and says so."""
    assert {"@"} == noisy({"a": 1}, [1], mode=mode)
    assert [] == compared({"a": 1}, "x", mode, samples=[{"a": 1}, [1]])


@pytest.mark.parametrize("mode", MODES)
def test_one_answer_or_none_makes_no_noise(mode):
    """There is nothing to differ from."""
    assert frozenset() == noise([], mode) == noise([{"a": 1}], mode)


# What is told


def test_so_many_differences_are_told_and_the_others_counted():
    """A message stays readable however much differs."""
    found = differences(list(range(25)), ["x"] * 25, mode="same")
    shown, more = told(found)
    assert (found[:MAX_TOLD], 5) == (shown, more)
    assert Difference(path="[0]", blue="0", green='"x"') == shown[0]
    assert (found[:3], 0) == told(found[:3])


def test_large_documents_are_compared_element_by_element():
    """Tens of thousands of elements, with paths that are ignored in each of them."""
    blue = {"items": [{"id": number, "at": 1, "name": f"item {number}", "tags": ["a"]} for number in range(20_000)]}
    green = json.loads(json.dumps(blue).replace('"at": 1', '"at": 2'))
    green["items"][19_999]["name"] = None
    for mode in MODES:
        found = compared(blue, green, mode, ["items[*].at"], [blue, blue])
        assert ["items[19999].name"] == [path for path, _, _ in found]


@given(json_values, modes)
def test_a_document_never_differs_from_itself(document, mode):
    """Whatever it holds, and however its copy was written."""
    assert [] == compared(document, json.loads(json.dumps(document)), mode, samples=[document, document])


@given(documents, documents)
def test_documents_are_the_same_exactly_when_they_are_equal(blue, green):
    """No difference is missed and none is made up."""
    assert equal(blue, green) == (compared(blue, green) == [])


@given(documents, documents)
def test_same_is_symmetric(blue, green):
    """Swapping the two documents swaps the two sides of every difference."""
    there = {(path, one, other) for path, one, other in compared(blue, green)}
    assert there == {(path, other, one) for path, one, other in compared(green, blue)}


@given(documents, documents)
def test_equal_values_have_equal_types(blue, green):
    """``same_types`` finds nothing where ``same`` finds nothing."""
    if compared(blue, green) == []:
        assert [] == compared(blue, green, "same_types")


@given(st.dictionaries(keys, documents, max_size=3), documents, modes)
def test_an_added_key_is_found_at_its_place(document, value, mode):
    """One more key is one more difference, with nothing on the other side; a key that is gone likewise."""
    more = {**document, "added": value}
    assert [("added", "nothing")] == [(path, blue) for path, blue, _ in compared(document, more, mode)]
    assert [("added", "nothing")] == [(path, green) for path, _, green in compared(more, document, mode)]
    nested, nested_more = {"deep": [document]}, {"deep": [more]}
    assert ["deep[0].added"] == [path for path, _, _ in compared(nested, nested_more, mode)]


@given(documents, documents, modes)
def test_everything_below_an_ignored_path_disappears_and_nothing_else(blue, green, mode):
    """What is left are the other differences, unchanged and in order."""
    found = compared(blue, green, mode)
    places = {path: compile_ignored(path).parts for path, _, _ in found if path != "@"}
    for path, parts in places.items():
        left = [each for each in found if places.get(each[0], ())[: len(parts)] != parts]
        assert left == compared(blue, green, mode, [path])


@given(st.lists(documents, min_size=2, max_size=4), modes)
def test_no_answer_of_blue_differs_from_another_beyond_the_noise(samples, mode):
    """A green that answers as any blue did passes, whichever of blue's answers it is held against."""
    for blue in samples:
        for green in samples:
            assert [] == compared(blue, green, mode, samples=samples)


@given(documents, documents, documents, modes)
def test_noise_only_takes_differences_away(blue, other, green, mode):
    """Nothing is told because of noise that would not be told without it."""
    assert set(compared(blue, green, mode, samples=[blue, other])) <= set(compared(blue, green, mode))
