"""Scenes of the images check: what ECR has, and what it says of it."""

import json
from hashlib import sha256

from moto.ecr.models import ecr_backends

from rehearsal.aws import ecr
from tests.unit.checks.scenes.making import NOON
from tests.unit.checks.scenes.place import GREEN, REGISTRY
from tests.unit.checks.scenes.scene import PRE, Blunder, Scene, Situation

_DAY = 86400
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"


def push(place, tag="2", content="two", *, days=1, **index):
    """Push an image some days before noon, or an index of images by platform; returns its digest."""
    entries = [
        {"mediaType": _MANIFEST, "digest": digest, "platform": {"os": "linux", "architecture": processor}}
        for processor, digest in index.items()
    ]
    kind = (
        {"mediaType": _INDEX, "manifests": entries} if index else {"mediaType": _MANIFEST, "layers": _layers(content)}
    )
    manifest = json.dumps({"schemaVersion": 2, **kind})
    digest = f"sha256:{sha256(manifest.encode()).hexdigest()}"
    place.client("ecr").put_image(
        repositoryName="orders",
        imageManifest=manifest,
        imageManifestMediaType=kind["mediaType"],
        imageDigest=digest,
        **({"imageTag": tag} if tag else {}),
    )
    backend = ecr_backends[place.server.account_id][place.server.region]
    for image in backend.repositories["orders"].images:
        if image.image_digest == digest:
            image.image_pushed_at = int(NOON.timestamp()) - days * _DAY
    return digest


def _layers(content):
    return [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": f"sha256:{content}"}]


def _runs(place, image=f"{REGISTRY}/orders:2", digest=None):
    """Let green run an image; without a digest, ECS has not pulled it yet."""
    named = {"containerName": "app", "image": image}
    place.revise(GREEN, containerImages=[named | ({"imageDigest": digest} if digest else {})])


def _repository(place):
    place.client("ecr").create_repository(repositoryName="orders")


def pushed(place, **keys):
    """Push the image that green runs, into a repository; returns its digest."""
    _repository(place)
    digest = push(place, **keys)
    _runs(place)
    return digest


def _archived(place):
    digest = pushed(place)
    record = {"imageDigest": digest, "imageTags": ["2"], "imagePushedAt": 1, "imageManifestMediaType": _MANIFEST}
    body = json.dumps({"imageDetails": [record | {"imageStatus": "ARCHIVED"}]})
    place.faults.garble("ecr", "DescribeImages", body.encode())


def _named(image):
    def arrange(place):
        _repository(place)
        _runs(place, image)

    return arrange


def _latest(place):
    pushed(place, tag="latest")
    _runs(place, f"{REGISTRY}/orders:latest")


def _moved(place):
    _repository(place)
    old = push(place, content="two")
    push(place, content="another")
    push(place, "keep", content="two")
    _runs(place, digest=old)


def _arm_only(place):
    _repository(place)
    push(place, arm64=push(place, None))
    _runs(place)


def _scanned(status="COMPLETE", **findings):
    def arrange(place):
        digest = pushed(place)
        scan = {"imageScanStatus": {"status": status}}
        ecr.put_scan("orders", digest, scan | ({"imageScanFindings": findings} if findings else {}))

    return arrange


def _troubled(trouble, operation="DescribeImages"):
    def arrange(place):
        pushed(place)
        getattr(place.faults, trouble)("ecr", operation)

    return arrange


def _unpulled(place):
    place.revise(GREEN, containerImages=[])


def _scene(situation, title, arrange, settings="", **keys):
    return Scene("images", situation, title, settings, arrange, stage=PRE, **keys)


_FOUND = {
    "imageScanCompletedAt": NOON,
    "findingSeverityCounts": {"CRITICAL": 1, "MEDIUM": 2},
    "findings": [
        {"name": "CVE-2026-1001", "severity": "CRITICAL"},
        {"name": "CVE-2026-1002", "severity": "MEDIUM"},
        {"name": "CVE-2026-1003", "severity": "MEDIUM"},
    ],
}

SCENES = (
    _scene(Situation.PASSED, "the image is there", pushed),
    _scene(Situation.PASSED, "the tag has moved", _moved),
    _scene(Situation.PASSED, "a scan that is let through", _scanned(**_FOUND), "scan: {max: critical}"),
    _scene(Situation.FAILED, "latest", _latest),
    _scene(
        Situation.FAILED,
        "a registry that is not allowed",
        _named("docker.io/library/nginx:1.29"),
        f"registries: ['{REGISTRY}/orders']\nexists: false\narchitecture: false",
    ),
    _scene(Situation.FAILED, "a tag where a digest is wanted", pushed, "pinned: digest"),
    _scene(Situation.FAILED, "a tag that has moved, and must not", _moved, "pinned: tag"),
    _scene(Situation.FAILED, "the image is not there", _named(f"{REGISTRY}/orders:3")),
    _scene(Situation.FAILED, "the repository is not there", _named(f"{REGISTRY}/order:2")),
    _scene(Situation.FAILED, "built for another processor", _arm_only),
    _scene(Situation.FAILED, "in ECR's archive", _archived),
    _scene(Situation.FAILED, "too old", lambda place: pushed(place, days=45), "max_age: 30d"),
    _scene(Situation.FAILED, "findings", _scanned(**_FOUND), "scan: {max: medium}"),
    _scene(Situation.FAILED, "a scan that failed", _scanned("FAILED"), "scan: {max: medium}"),
    _scene(Situation.FAILED, "no signature", pushed, "signature: present"),
    _scene(
        Situation.FAILED,
        "an image that nobody can look up",
        _named("public.ecr.aws/docker/library/nginx:1.29"),
        "max_age: 30d",
    ),
    _scene(Situation.FAILED, "a container that is not there", pushed, "containers: [web]"),
    _scene(Situation.INCONCLUSIVE, "no scan yet", pushed, "scan: {max: medium}"),
    _scene(
        Situation.INCONCLUSIVE,
        "a scan without a result",
        _scanned("IN_PROGRESS"),
        "scan: {max: medium}",
        todo="nothing: it is asked again until the gate's deadline",
    ),
    _scene(
        Situation.INCONCLUSIVE,
        "ECS names no image yet",
        _unpulled,
        todo="nothing: it is asked again until the gate's deadline",
    ),
    _scene(
        Situation.ERROR,
        "a reply that makes no sense",
        _troubled("garble"),
        todo="nothing yet: it is asked again",
    ),
    _scene(Situation.THROTTLED, "throttled", _troubled("fail"), todo="nothing yet: it is asked again"),
    _scene(Situation.DENIED, "denied", _troubled("deny")),
    _scene(
        Situation.DENIED,
        "the scan is denied",
        _troubled("deny", "DescribeImageScanFindings"),
        "scan: {max: medium}",
    ),
)

BLUNDERS = (
    Blunder("images", "a registry without a repository", "pre_scale_up:\n  images: {registries: [public.ecr.aws]}"),
    Blunder("images", "a word of another tool", "pre_scale_up:\n  images: {max_severity: high}"),
)
