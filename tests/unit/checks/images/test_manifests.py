"""Manifests come from whoever pushes images; nothing in them breaks the check."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.checks.images.manifests import Manifest, Platform, read_manifest

ID = ("sha256:1", "v1")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_the_images_of_an_index_are_told_from_the_rest():
    """Attestations and signatures stand in indexes too."""
    manifests = [
        {"digest": "sha256:a", "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
        {"digest": "sha256:b", "platform": {"os": "unknown", "architecture": "unknown"}},
        {"digest": "sha256:c", "artifactType": "application/spdx+json"},
        {"digest": "sha256:d"},
    ]
    found = read_manifest(*ID, json.dumps({"manifests": manifests}))
    assert [("sha256:a", Platform("linux", "arm64")), ("sha256:d", None)] == [
        (entry.digest, entry.platform) for entry in found.images
    ]
    assert ["sha256:b", "sha256:c"] == [entry.digest for entry in found.others]
    assert ("sha256:1", "v1") == (found.digest, found.tag)


@pytest.mark.parametrize("platform", [{}, {"os": "linux"}, {"architecture": "arm64"}, {"os": "", "architecture": ""}])
def test_an_empty_platform_is_none(platform):
    """Some tools write it so, and it is no platform that a task could ask for in vain."""
    (entry,) = read_manifest(*ID, json.dumps({"manifests": [{"digest": "sha256:a", "platform": platform}]})).images
    assert entry.platform is None


@pytest.mark.parametrize("text", ["", "[]", "5", "{", "[" * 100_000])
def test_what_is_no_manifest_is_refused(text):
    """As one kind of error, which the call to ECR turns into words."""
    with pytest.raises(ValueError, match=r"manifest|Expecting"):
        read_manifest(*ID, text)


@given(JSON)
def test_any_json_is_read_or_refused(value):
    """Nothing else escapes."""
    try:
        found = read_manifest(*ID, json.dumps(value))
    except ValueError:
        assert not isinstance(value, dict)
    else:
        assert isinstance(found, Manifest)


@given(st.dictionaries(st.sampled_from(["manifests", "layers"]), st.lists(JSON) | JSON))
def test_any_list_of_anything_is_read(value):
    """What is no entry is left out."""
    found = read_manifest(*ID, json.dumps(value))
    assert all(isinstance(entry.digest, str) for entry in (*found.images, *found.others))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "digest": JSON,
            "artifactType": JSON,
            "mediaType": JSON,
            "platform": JSON | st.fixed_dictionaries({"os": JSON}),
        },
    )
)
def test_any_entry_is_read(entry):
    """Whatever its values are."""
    found = read_manifest(*ID, json.dumps({"manifests": [entry]}))
    assert 1 == len(found.images) + len(found.others)
