"""Whether a signature is there: as a referrer, or under the tags that tools used before there were referrers."""

import pytest

from greenlight.checks import Outcome
from tests.unit.checks.images.conftest import APP, INDEX, MANIFEST, short

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
NOTATION = "application/vnd.cncf.notary.signature"
COSIGN_LAYER = {"mediaType": "application/vnd.dev.cosign.simplesigning.v1+json", "digest": "sha256:s"}


@pytest.fixture
def signed(world):
    """A world in which app runs orders/app:v1, and a way to ask for its signature, a while after the push."""
    digest = world.image("v1")
    world.runs(f"{APP}:v1", digest)
    world.digest = digest
    return world


def ask(world, later):
    """Ask ten minutes after the push."""
    later(600)
    return world.ask(signature="present")


@pytest.mark.parametrize(
    ("artifact", "annotations", "kind"),
    [
        (NOTATION, {}, "Notation"),
        ("application/vnd.dev.cosign.artifact.sig.v1+json", {}, "Cosign"),
        (BUNDLE, {"dev.sigstore.bundle.content": "message-signature"}, "Cosign"),
        (
            BUNDLE,
            {
                "dev.sigstore.bundle.content": "dsse-envelope",
                "dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1",
            },
            "Cosign",
        ),
    ],
)
def test_a_signature_among_the_referrers_is_found(signed, later, artifact, annotations, kind):
    """It is there, and no more is said of it."""
    signed.referrer(signed.digest, artifact, annotations)
    result = ask(signed, later)
    assert Outcome.PASSED is result.outcome
    image = result.details["images"][0]
    assert kind == image["signature"]
    assert f"a {kind} signature of orders/app:v1 is there; nobody verified it" in image["said"]


@pytest.mark.parametrize(
    ("artifact", "annotations"),
    [
        ("application/spdx+json", {}),
        (BUNDLE, {}),
        (BUNDLE, {"dev.sigstore.bundle.predicateType": "https://slsa.dev/provenance/v1"}),
    ],
)
def test_other_referrers_are_no_signatures(signed, later, artifact, annotations):
    """Bills of materials and attestations refer to images as well."""
    signed.referrer(signed.digest, artifact, annotations)
    result = ask(signed, later)
    assert Outcome.FAILED is result.outcome
    assert (
        f"app: orders/app:v1 ({short(signed.digest)}) has no signature in its repository; "
        "sign it with Notation, Cosign or ECR's managed signing"
    ) == result.summary


def test_a_signature_of_another_image_is_none_of_this_one(signed, later):
    """It refers to that one."""
    signed.referrer(signed.image(content="other"), NOTATION)
    assert Outcome.FAILED is ask(signed, later).outcome


def test_a_signature_among_many_referrers_is_found(signed, later):
    """On whatever page it is."""
    for number in range(60):
        signed.referrer(signed.digest, f"application/vnd.example.{number}")
    signed.referrer(signed.digest, NOTATION)
    before = signed.faults.calls("ecr", "ListImageReferrers")
    assert Outcome.PASSED is ask(signed, later).outcome
    assert 2 == signed.faults.calls("ecr", "ListImageReferrers") - before


def test_cosigns_own_tag_is_looked_at(signed, later):
    """Cosign before version 3 writes one; what is no signature under it does not count."""
    tag = f"{signed.digest.replace(':', '-')}.sig"
    signed.put({"schemaVersion": 2, "mediaType": MANIFEST, "layers": []}, tag)
    assert Outcome.FAILED is ask(signed, later).outcome
    signed.put({"schemaVersion": 2, "mediaType": MANIFEST, "layers": [COSIGN_LAYER]}, tag)
    assert Outcome.PASSED is ask(signed, later).outcome


def test_the_referrers_tag_is_looked_at(signed, later):
    """Of images that were copied from registries without referrers."""
    tag = signed.digest.replace(":", "-")
    entry = {"mediaType": MANIFEST, "digest": "sha256:x", "artifactType": "application/spdx+json"}
    signed.put({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}, tag)
    assert Outcome.FAILED is ask(signed, later).outcome
    entries = [entry, entry | {"artifactType": NOTATION}]
    signed.put({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}, tag)
    assert Outcome.PASSED is ask(signed, later).outcome


def test_the_index_may_be_what_is_signed(world, later):
    """Where ECS wrote down the digest of the platform's image."""
    image = world.image()
    index = world.index("v1", {"linux/amd64": image})
    world.referrer(index, NOTATION)
    world.runs(f"{APP}:v1", image)
    assert Outcome.PASSED is ask(world, later).outcome


def test_a_signature_may_come_a_while_after_the_push(signed):
    """ECR's managed signing does."""
    result = signed.ask(signature="present")
    assert Outcome.INCONCLUSIVE is result.outcome
    assert (
        f"app: orders/app:v1 ({short(signed.digest)}) has no signature in its repository yet; it was pushed only now"
    ) == result.summary
