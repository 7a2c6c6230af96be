"""What a scan found in an image, and whether that is let through.

Basic scans list ``findings``, enhanced ones (Amazon Inspector) ``enhancedFindings``; both are read.
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanFindings.html
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from greenlight.checks.images.remarks import Remark, failed, told, waiting
from greenlight.checks.images.settings import SEVERITIES, ScanSettings

DONE: Final = frozenset({"COMPLETE", "ACTIVE"})
"""COMPLETE of a scan that is over, ACTIVE of one that Inspector goes on with."""

UNDER_WAY: Final = frozenset({"IN_PROGRESS", "PENDING"})
UNSUPPORTED: Final = frozenset({"UNSUPPORTED_IMAGE", "IMAGE_SIZE_EXCEEDED"})

# What waiting does not mend: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanStatus.html
_CURES: Final = {
    "FAILED": "scan it again (aws ecr start-image-scan), or push it again",
    "SCAN_ELIGIBILITY_EXPIRED": "Inspector scans images of that age no longer; push it again, or lengthen the re-scan duration",
    "FINDINGS_UNAVAILABLE": "look whether Inspector is turned on for ECR in that account and region",
    "LIMIT_EXCEEDED": "a limit of ECR or Inspector is used up in that account",
    "IMAGE_ARCHIVED": "it is archived, so that ECS cannot pull it; restore it",
}
_NAMED: Final = 3
_MOST_DETAILS: Final = 20
_OF: Final = {"UNTRIAGED": "undefined"}


@dataclass(frozen=True)
class Finding:
    """A vulnerability in an image.

    Attributes:
        id: The vulnerability, as in ``CVE-2026-1234``.
        severity: One of SEVERITIES.
        package: The package that has it; empty where the scan does not say.
        fix: YES, NO or PARTIAL; empty where the scan does not say.
        closed: Whether Inspector suppressed it or closed it.
    """

    id: str
    severity: str
    package: str
    fix: str
    closed: bool


@dataclass(frozen=True)
class Scan:
    """What ECR says of the scan of an image.

    Attributes:
        status: ECR's status of it.
        description: What ECR says of the status.
        completed_at: When the last scan ended; None while there is no result.
        counts: Findings of each severity, as ECR counts them.
        findings: All of them.
    """

    status: str
    description: str
    completed_at: datetime | None
    counts: Mapping[str, int]
    findings: tuple[Finding, ...]

    @property
    def has_result(self) -> bool:
        """Tell whether there is a result: an enhanced scan is ACTIVE or COMPLETE for seconds before it has one.

        https://github.com/aws/aws-sdk/issues/289
        """
        return self.status in DONE and (self.completed_at is not None or bool(self.findings) or bool(self.counts))


def read_scan(pages: Sequence[Mapping[str, Any]]) -> Scan:
    """Read the pages of DescribeImageScanFindings.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: When that is no reply of ECR's.
    """
    status = pages[0]["imageScanStatus"]
    parts = [page.get("imageScanFindings") or {} for page in pages]
    counts: Counter[str] = Counter()
    for part in parts:
        # Each page counts all findings, so that the largest number is the right one.
        counts |= _by_severity(part.get("findingSeverityCounts") or {})
    return Scan(
        status=str(status["status"]),
        description=" ".join((status.get("description") or "").split()),
        completed_at=next((part["imageScanCompletedAt"] for part in parts if part.get("imageScanCompletedAt")), None),
        counts=counts,
        findings=tuple(finding for part in parts for finding in _findings(part)),
    )


def _by_severity(counts: Mapping[str, int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for severity, count in counts.items():
        found[_severity(severity)] += int(count)
    return found


def _findings(part: Mapping[str, Any]) -> Iterable[Finding]:
    for record in part.get("findings") or ():
        attributes = {each.get("key"): each.get("value") for each in record.get("attributes") or ()}
        package = str(attributes.get("package_name") or "")
        yield Finding(str(record.get("name") or "?"), _severity(record.get("severity")), package, fix="", closed=False)
    for record in part.get("enhancedFindings") or ():
        details = record.get("packageVulnerabilityDetails") or {}
        packages = [str(each.get("name")) for each in details.get("vulnerablePackages") or () if each.get("name")]
        yield Finding(
            id=str(details.get("vulnerabilityId") or record.get("title") or "?"),
            severity=_severity(record.get("severity")),
            package=", ".join(packages),
            fix=str(record.get("fixAvailable") or ""),
            closed=record.get("status") in ("SUPPRESSED", "CLOSED"),
        )


def _severity(text: Any) -> str:
    severity = str(_OF.get(str(text), text)).lower()
    return severity if severity in SEVERITIES else "undefined"


def judge_scan(scan: Scan, settings: ScanSettings, today: date, image: str) -> Remark:
    """Say what a scan means.

    Args:
        scan: What ECR says.
        settings: What is let through.
        today: The day in UTC, on which some findings may not be ignored any more.
        image: How people call the image.
    """
    described = f" ({scan.description})" if scan.description else ""
    if scan.has_result:
        return _judge_findings(scan, settings, today, image)
    if scan.status in DONE | UNDER_WAY:
        return waiting(f"the scan of {image} has no result yet: {scan.status}{described}")
    if scan.status in UNSUPPORTED:
        text = f"ECR cannot scan {image}: {scan.status}{described}"
        return (
            told(text) if settings.unsupported == "pass" else failed(f"{text}; set scan.unsupported: pass to admit it")
        )
    if scan.status in _CURES:
        return failed(f"there are no findings of {image} to go by: {scan.status}{described}; {_CURES[scan.status]}")
    return waiting(f"the scan of {image} has the status {scan.status}{described}, which this version does not know")


@dataclass(frozen=True)
class Tally:
    """What is left of a scan's findings after those that are not counted.

    Attributes:
        counts: Findings of each severity that count.
        counted: The findings that count, the worst first.
        ended: Ignored findings whose last day is over, with that day.
    """

    counts: Mapping[str, int]
    counted: tuple[Finding, ...]
    ended: Mapping[str, date]


def tally(scan: Scan, settings: ScanSettings, today: date) -> Tally:
    """Count what counts."""
    ignored = {each.id.upper(): each for each in settings.ignore}
    ended = {key: each.until for key, each in ignored.items() if each.until is not None and each.until < today}
    counted, passed_over = [], Counter[str]()
    for finding in scan.findings:
        skipped = finding.closed or (settings.unfixed == "ignore" and finding.fix == "NO")
        if skipped or (finding.id.upper() in ignored and finding.id.upper() not in ended):
            passed_over[finding.severity] += 1
        else:
            counted.append(finding)
    listed = Counter(finding.severity for finding in scan.findings)
    # What ECR counts and does not list counts as well.
    counts = {each: max(scan.counts.get(each, 0), listed[each]) - passed_over[each] for each in SEVERITIES}
    counted.sort(key=lambda finding: (SEVERITIES.index(finding.severity), finding.id))
    found = {finding.id.upper() for finding in counted}
    return Tally(counts, tuple(counted), {key: day for key, day in ended.items() if key in found})


def _judge_findings(scan: Scan, settings: ScanSettings, today: date, image: str) -> Remark:
    left = tally(scan, settings, today)
    over = {each: most for each, most in settings.limits.items() if left.counts[each] > most}
    if not over:
        undefined = left.counts["undefined"]
        text = f"{image} has {_numbers(left.counts, SEVERITIES)}"
        rated = f"; nobody has rated {undefined} of them yet" if undefined else ""
        return told(f"{text}{rated}", quiet=not rated)
    worst = [each for each in SEVERITIES if each in over]
    found = _numbers(left.counts, worst)
    named = list(dict.fromkeys(finding.id for finding in left.counted if finding.severity in over))
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    names = f" ({', '.join(named[:_NAMED])}{more})" if named else ""
    ended = "".join(f"; {each} was ignored until {day}" for each, day in left.ended.items())
    expected = " and ".join(f"at most {over[each]} {each}" if over[each] else f"no {each}" for each in worst)
    return failed(f"{image} has {found}{names}, expected {expected}{ended}; mend them, or ignore what does not apply")


def _numbers(counts: Mapping[str, int], severities: Iterable[str]) -> str:
    found = [f"{counts[each]} {each}" for each in severities if counts[each] > 0]
    if not found:
        return "no findings"
    *first, last = found
    return f"{', '.join(first)} and {last} findings" if first else f"{last} finding{'s' if last[:2] != '1 ' else ''}"


def scan_details(scan: Scan, settings: ScanSettings, today: date) -> dict[str, Any]:
    """Return what log and report shall hold of a scan."""
    left = tally(scan, settings, today)
    return {
        "status": scan.status,
        "completed_at": scan.completed_at.isoformat() if scan.completed_at else None,
        "counted": {each: count for each, count in left.counts.items() if count},
        "not_counted": len(scan.findings) - len(left.counted),
        "worst": [
            {"id": each.id, "severity": each.severity, "package": each.package, "fix": each.fix}
            for each in left.counted[:_MOST_DETAILS]
        ],
    }
