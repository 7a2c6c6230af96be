"""Whether an image has a signature. Whether the signature is valid, and whose it is, nobody looks at here."""

from collections.abc import Iterable
from typing import Final

from greenlight.checks.images.ecr import Ecr, Referrer, Repository
from greenlight.checks.images.manifests import Manifest

_NOTATION: Final = "application/vnd.cncf.notary.signature"
_COSIGN: Final = "application/vnd.dev.cosign.artifact.sig.v1+json"
_KINDS: Final = {_NOTATION: "Notation", _COSIGN: "Cosign"}
_COSIGN_LAYER: Final = "application/vnd.dev.cosign.simplesigning.v1+json"

# A bundle holds a signature or an attestation, and its annotations say which.
# https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md
_BUNDLE: Final = "application/vnd.dev.sigstore.bundle"
_CONTENT: Final = "dev.sigstore.bundle.content"
_PREDICATE: Final = "dev.sigstore.bundle.predicateType"
_SIGN_PREDICATE: Final = "https://sigstore.dev/cosign/sign/v1"


def find_signature(ecr: Ecr, repository: Repository, digests: Iterable[str]) -> str | None:
    """Return who made the first signature that is found, as in ``Notation``; None when there is none.

    Args:
        ecr: Asked.
        repository: Where the image is.
        digests: The image's, and that of the index that it stands in.

    Raises:
        AwsError: When ECR does not tell.
    """
    for digest in digests:
        found = [_kind(each) for each in ecr.referrers(repository, digest)] + _by_tag(ecr, repository, digest)
        if kinds := [kind for kind in found if kind]:
            return kinds[0]
    return None


def _kind(referrer: Referrer) -> str | None:
    if referrer.artifact_type in _KINDS:
        return _KINDS[referrer.artifact_type]
    notes = referrer.annotations
    is_signature = notes.get(_CONTENT) == "message-signature" or notes.get(_PREDICATE) == _SIGN_PREDICATE
    return "Cosign" if referrer.artifact_type.startswith(_BUNDLE) and is_signature else None


def _by_tag(ecr: Ecr, repository: Repository, digest: str) -> list[str | None]:
    """Look where tools put signatures before there were referrers: under tags that are made of the image's digest."""
    tag = digest.replace(":", "-")
    # https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md and, without the ending, the referrers tag schema of
    # https://github.com/opencontainers/distribution-spec/blob/main/spec.md
    manifests = ecr.manifests(repository, [{"imageTag": f"{tag}.sig"}, {"imageTag": tag}])
    return [kind for manifest in manifests for kind in _kinds(manifest, tag)]


def _kinds(manifest: Manifest, tag: str) -> list[str | None]:
    if manifest.tag == tag:
        return [_KINDS.get(entry.artifact_type) for entry in manifest.others]
    return ["Cosign"] if _COSIGN_LAYER in manifest.layers else []
