"""What moto lacks of ECR: registries of other accounts, what scans found, in pages, and what refers to an image.

The operations are set on moto's own response class, as `rehearsal.aws.alarms` does.
"""

import json
from collections.abc import Callable
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.ecr.exceptions import ScanNotFoundException
from moto.ecr.models import ECRBackend, Image, ecr_backends
from moto.ecr.responses import ECRResponse

__all__ = ["extend_moto", "put_scan"]

# botocore model 1.44, DescribeImageScanFindingsRequest$maxResults and ListImageReferrersRequest$maxResults.
_FINDINGS_A_PAGE = 100
_REFERRERS_A_PAGE = 20
_LISTS = ("findings", "enhancedFindings")


def extend_moto() -> None:
    """Let moto answer ECR calls with the operations of this module. Doing it again changes nothing."""
    for name, operation in _OPERATIONS.items():
        setattr(ECRResponse, name, operation)


def put_scan(
    repository: str,
    digest: str,
    scan: dict[str, Any],
    *,
    account_id: str = DEFAULT_ACCOUNT_ID,
    region: str = "eu-west-1",
) -> None:
    """Keep what the scan of an image found.

    Args:
        repository: The repository's name.
        digest: The image's digest.
        scan: `imageScanStatus` and `imageScanFindings`, as DescribeImageScanFindings shows them.
        account_id: The registry's account.
        region: The registry's region.
    """
    _image(ecr_backends[account_id][region], repository, digest)["greenlight_scan"] = scan


def _image(backend: ECRBackend, repository: str, digest: str, account_id: str | None = None) -> dict[str, Any]:
    image: Image = backend._get_repository(repository, account_id)._get_image(None, digest)  # noqa: SLF001 - moto has no other way
    return vars(image)


def _backend(response: ECRResponse) -> ECRBackend:
    return ecr_backends[_parameter(response, "registryId") or response.current_account][response.region]


def _describe_image_scan_findings(response: ECRResponse) -> ActionResult:
    registry, name = _parameter(response, "registryId"), _parameter(response, "repositoryName")
    image_id = _parameter(response, "imageId")
    scan = _image(response.ecr_backend, name, image_id["imageDigest"], registry).get("greenlight_scan")
    if scan is None:
        raise ScanNotFoundException(str(image_id), name, registry or response.current_account)
    everything = [(kind, each) for kind in _LISTS for each in scan.get("imageScanFindings", {}).get(kind, ())]
    page, token = _page(response, everything, _FINDINGS_A_PAGE)
    reply = {"registryId": registry, "repositoryName": name, "imageId": image_id, **scan, "nextToken": token}
    if "imageScanFindings" in scan:
        lists = {
            kind: [each for of, each in page if of == kind] for kind in _LISTS if kind in scan["imageScanFindings"]
        }
        reply["imageScanFindings"] = {**scan["imageScanFindings"], **lists}
    return ActionResult(reply)


def _list_image_referrers(response: ECRResponse) -> ActionResult:
    name, subject = _parameter(response, "repositoryName"), _parameter(response, "subjectId")["imageDigest"]
    images = response.ecr_backend.list_images(name, _parameter(response, "registryId"))
    found = []
    for image in images:
        manifest = json.loads(image.image_manifest)
        if (manifest.get("subject") or {}).get("digest") == subject:
            found.append(
                {
                    "digest": image.image_digest,
                    "mediaType": image.image_manifest_media_type,
                    "artifactType": manifest.get("artifactType"),
                    "size": len(image.image_manifest),
                    "annotations": manifest.get("annotations"),
                }
            )
    page, token = _page(response, found, _REFERRERS_A_PAGE)
    return ActionResult({"referrers": page, "nextToken": token})


def _page(response: ECRResponse, everything: list[Any], size: int) -> tuple[list[Any], str | None]:
    start = int(_parameter(response, "nextToken") or 0)
    end = start + int(_parameter(response, "maxResults") or size)
    return everything[start:end], str(end) if end < len(everything) else None


def _parameter(response: ECRResponse, name: str) -> Any:
    return response._get_param(name)  # noqa: SLF001 - as its subclasses do


_OPERATIONS: dict[str, property | Callable[[ECRResponse], ActionResult]] = {
    "ecr_backend": property(_backend),
    "describe_image_scan_findings": _describe_image_scan_findings,
    "list_image_referrers": _list_image_referrers,
}
