"""What scans found: how many findings are let through, which do not count, and when there is nothing to go by yet."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.checks import Outcome
from greenlight.checks.images.scanning import judge_scan, read_scan, scan_details
from greenlight.checks.images.settings import SEVERITIES, ScanSettings
from greenlight.documents import Document, validate
from tests.unit.checks.images.conftest import APP, DAY, short

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def basic(name, severity, package="openssl"):
    """A finding of a basic scan."""
    return {"name": name, "severity": severity, "attributes": [{"key": "package_name", "value": package}]}


def enhanced(name, severity, *, fix="YES", status="ACTIVE"):
    """A finding of Amazon Inspector."""
    details = {"vulnerabilityId": name, "vulnerablePackages": [{"name": "libxml2", "version": "2.9"}]}
    return {
        "severity": severity,
        "status": status,
        "fixAvailable": fix,
        "title": f"{name} - libxml2",
        "packageVulnerabilityDetails": details,
    }


@pytest.fixture
def scanned(world):
    """A world in which app runs orders/app:v1, and a way to say what its scan found and to ask."""
    digest = world.image("v1")
    world.runs(f"{APP}:v1", digest)

    def ask(*findings, kind="findings", counts=None, status="COMPLETE", scan=None, **settings):
        found = {"imageScanCompletedAt": NOW, kind: list(findings)}
        if counts is not None:
            found["findingSeverityCounts"] = counts
        world.scan(digest, status, **found)
        return world.ask(scan=scan or {"max": "medium"}, **settings)

    ask.world, ask.digest = world, digest
    return ask


def test_findings_up_to_a_severity_are_let_through(scanned):
    """The details have the numbers, and what they are made of."""
    result = scanned(basic("CVE-2026-1", "LOW"), basic("CVE-2026-2", "MEDIUM"), counts={"LOW": 1, "MEDIUM": 1})
    assert (Outcome.PASSED, "1 image may be shipped: app orders/app:v1") == (result.outcome, result.summary)
    image = result.details["images"][0]
    assert "orders/app:v1 has 1 medium and 1 low findings" in image["said"]
    assert [
        {
            "digest": scanned.digest,
            "status": "COMPLETE",
            "completed_at": "2026-11-01T00:00:00+00:00",
            "counted": {"medium": 1, "low": 1},
            "not_counted": 0,
            "worst": [
                {"id": "CVE-2026-2", "severity": "medium", "package": "openssl", "fix": ""},
                {"id": "CVE-2026-1", "severity": "low", "package": "openssl", "fix": ""},
            ],
        }
    ] == image["scans"]


def test_a_worse_finding_fails(scanned):
    """The message names the worst ones, what is let through, and what to do."""
    findings = [basic(f"CVE-2026-{number}", "HIGH") for number in range(1, 6)] + [basic("CVE-2026-0", "CRITICAL")]
    result = scanned(*findings, basic("CVE-2026-9", "LOW"), counts={"HIGH": 5, "CRITICAL": 1, "LOW": 1})
    assert Outcome.FAILED is result.outcome
    assert (
        "app: orders/app:v1 has 1 critical and 5 high findings (CVE-2026-0, CVE-2026-1, CVE-2026-2 and 3 more), "
        "expected no critical and no high; mend them, or ignore what does not apply"
    ) == result.summary


def test_an_image_without_findings_passes(scanned):
    """Even where none is let through."""
    result = scanned(counts={}, scan={"max": "none"})
    assert Outcome.PASSED is result.outcome
    assert "orders/app:v1 has no findings" in result.details["images"][0]["said"]


def test_enhanced_scans_are_read_too(scanned):
    """They list their findings elsewhere, and go on."""
    finding = enhanced("CVE-2026-1", "HIGH")
    result = scanned(finding, kind="enhancedFindings", counts={"HIGH": 1}, status="ACTIVE")
    assert Outcome.FAILED is result.outcome
    assert (
        "app: orders/app:v1 has 1 high finding (CVE-2026-1), expected no high; mend them, or ignore what does not apply"
    ) == result.summary
    assert {"id": "CVE-2026-1", "severity": "high", "package": "libxml2", "fix": "YES"} in (
        result.details["images"][0]["scans"][0]["worst"]
    )


@pytest.mark.parametrize(("high", "outcome"), [(3, Outcome.PASSED), (4, Outcome.FAILED)])
def test_a_number_can_be_let_through(scanned, high, outcome):
    """For each severity; the others have no limit."""
    findings = [basic(f"CVE-2026-{number}", "HIGH") for number in range(high)] + [basic("CVE-1", "MEDIUM")] * 9
    result = scanned(*findings, scan={"critical": 0, "high": 3})
    assert outcome is result.outcome
    if outcome is Outcome.FAILED:
        assert (
            "has 4 high findings (CVE-2026-0, CVE-2026-1, CVE-2026-2 and 1 more), expected at most 3 high"
            in result.summary
        )


def test_a_number_wins_over_max(scanned):
    """As an exception for one severity."""
    assert Outcome.PASSED is scanned(basic("CVE-1", "HIGH"), scan={"max": "medium", "high": 1}).outcome
    assert Outcome.FAILED is scanned(basic("CVE-1", "CRITICAL"), scan={"max": "medium", "high": 1}).outcome
    assert Outcome.FAILED is scanned(basic("CVE-1", "LOW"), scan={"max": "medium", "low": 0}).outcome


def test_max_critical_wants_a_scan_and_nothing_more(scanned):
    """For teams that want to see findings in the report."""
    assert Outcome.PASSED is scanned(basic("CVE-1", "CRITICAL"), scan={"max": "critical"}).outcome


def test_what_ecr_counts_and_does_not_list_counts(scanned):
    """Fail closed: a list that is cut short hides nothing."""
    result = scanned(
        basic("CVE-2026-1", "HIGH"), counts={"HIGH": 3}, scan={"max": "medium", "ignore": [ignored("CVE-2026-1")]}
    )
    assert Outcome.FAILED is result.outcome
    assert "orders/app:v1 has 2 high findings, expected no high" in result.summary


def ignored(name, **values):
    """An entry of `ignore`."""
    return {"id": name, "reason": "not reachable"} | values


def test_ignored_findings_do_not_count(scanned):
    """Whatever the case of their letters."""
    result = scanned(basic("CVE-2026-1", "HIGH"), scan={"max": "medium", "ignore": [ignored("cve-2026-1")]})
    assert Outcome.PASSED is result.outcome
    assert 1 == result.details["images"][0]["scans"][0]["not_counted"]


def test_an_ignored_finding_counts_again_after_its_last_day(scanned, later):
    """Until the end of that day in UTC; and the message says that it was ignored."""
    today = datetime.now(UTC).date().isoformat()
    scan = {"max": "medium", "ignore": [ignored("CVE-2026-1", until=today)]}
    assert Outcome.PASSED is scanned(basic("CVE-2026-1", "HIGH"), scan=scan).outcome
    later(DAY)
    result = scanned(basic("CVE-2026-1", "HIGH"), scan=scan)
    assert Outcome.FAILED is result.outcome
    assert (
        "app: orders/app:v1 has 1 high finding (CVE-2026-1), expected no high; "
        f"CVE-2026-1 was ignored until {today}; mend them, or ignore what does not apply"
    ) == result.summary


def test_findings_without_a_fix_can_be_passed_over(scanned):
    """Only enhanced scans tell; a finding of which nothing is known counts."""
    scan = {"max": "medium", "unfixed": "ignore"}
    unfixed = enhanced("CVE-2026-1", "HIGH", fix="NO")
    assert Outcome.PASSED is scanned(unfixed, kind="enhancedFindings", scan=scan).outcome
    assert Outcome.FAILED is scanned(unfixed, kind="enhancedFindings").outcome
    assert (
        Outcome.FAILED is scanned(enhanced("CVE-1", "HIGH", fix="PARTIAL"), kind="enhancedFindings", scan=scan).outcome
    )
    assert Outcome.FAILED is scanned(basic("CVE-2026-1", "HIGH"), scan=scan).outcome


@pytest.mark.parametrize("status", ["SUPPRESSED", "CLOSED"])
def test_what_inspector_put_aside_does_not_count(scanned, status):
    """Its suppression rules are the account's."""
    assert Outcome.PASSED is scanned(enhanced("CVE-1", "HIGH", status=status), kind="enhancedFindings").outcome


@pytest.mark.parametrize("severity", ["UNDEFINED", "UNTRIAGED", "BRAND_NEW"])
def test_what_nobody_has_rated_is_told(scanned, severity):
    """It is above no severity, and it is not nothing."""
    result = scanned(enhanced("CVE-1", severity), enhanced("CVE-2", "LOW"), kind="enhancedFindings")
    assert Outcome.PASSED is result.outcome
    assert (
        "1 image may be shipped: app orders/app:v1; app: orders/app:v1 has 1 low and 1 undefined findings; nobody has "
        "rated 1 of them yet"
    ) == result.summary
    finding = enhanced("CVE-1", severity)
    assert Outcome.FAILED is scanned(finding, kind="enhancedFindings", scan={"max": "medium", "undefined": 0}).outcome
    assert Outcome.FAILED is scanned(finding, kind="enhancedFindings", scan={"max": "none"}).outcome


def test_all_pages_are_read(scanned):
    """The worst may be on the last one."""
    findings = [basic(f"CVE-{number}", "LOW") for number in range(1100)] + [basic("CVE-BAD", "CRITICAL")]
    before = scanned.world.faults.calls("ecr", "DescribeImageScanFindings")
    result = scanned(*findings)
    assert Outcome.FAILED is result.outcome
    assert "has 1 critical finding (CVE-BAD)" in result.summary
    assert 3 == scanned.world.faults.calls("ecr", "DescribeImageScanFindings") - before
    assert 20 == len(result.details["images"][0]["scans"][0]["worst"])


def test_a_scan_without_end_fails(scanned, monkeypatch):
    """Nobody waits for the ten thousandth finding."""
    from greenlight.checks.images import ecr

    monkeypatch.setattr(ecr, "_MOST_PAGES", 1)
    result = scanned(*[basic(f"CVE-{number}", "LOW") for number in range(501)])
    assert Outcome.FAILED is result.outcome
    assert "app: ecr:DescribeImageScanFindings has more than 1 pages to tell of orders/app" == result.summary


def test_a_missing_scan_is_waited_for(scanned):
    """Scan on push begins a while after the push; where it is off, the gate's on_timeout decides."""
    result = scanned.world.ask(scan={"max": "medium"})
    assert Outcome.INCONCLUSIVE is result.outcome
    assert (
        f"app: there is no scan of orders/app:v1 ({short(scanned.digest)}) yet; turn on scan on push in ECR"
    ) == result.summary


@pytest.mark.parametrize("status", ["IN_PROGRESS", "PENDING", "ACTIVE", "COMPLETE"])
def test_a_scan_without_a_result_is_waited_for(scanned, status):
    """Enhanced scans call themselves COMPLETE or ACTIVE before they have one: no findings yet is not no findings."""
    scanned.world.scan(scanned.digest, status, "Please wait.", findings=[])
    result = scanned.world.ask(scan={"max": "medium"})
    assert Outcome.INCONCLUSIVE is result.outcome
    assert f"app: the scan of orders/app:v1 has no result yet: {status} (Please wait.)" == result.summary


@pytest.mark.parametrize("status", ["UNSUPPORTED_IMAGE", "IMAGE_SIZE_EXCEEDED"])
def test_an_image_that_cannot_be_scanned_fails(scanned, status):
    """Unless that is allowed, and then it is told."""
    scanned.world.scan(scanned.digest, status, "The operating system is not supported.")
    result = scanned.world.ask(scan={"max": "medium"})
    assert Outcome.FAILED is result.outcome
    said = f"ECR cannot scan orders/app:v1: {status} (The operating system is not supported.)"
    assert f"app: {said}; set scan.unsupported: pass to admit it" == result.summary
    result = scanned.world.ask(scan={"max": "medium", "unsupported": "pass"})
    assert (Outcome.PASSED, f"1 image may be shipped: app orders/app:v1; app: {said}") == (
        result.outcome,
        result.summary,
    )


@pytest.mark.parametrize(
    ("status", "cure"),
    [
        ("FAILED", "scan it again (aws ecr start-image-scan), or push it again"),
        (
            "SCAN_ELIGIBILITY_EXPIRED",
            "Inspector scans images of that age no longer; push it again, or lengthen the re-scan duration",
        ),
        ("FINDINGS_UNAVAILABLE", "look whether Inspector is turned on for ECR in that account and region"),
        ("LIMIT_EXCEEDED", "a limit of ECR or Inspector is used up in that account"),
        ("IMAGE_ARCHIVED", "it is archived, so that ECS cannot pull it; restore it"),
    ],
)
def test_what_waiting_does_not_mend_fails(scanned, status, cure):
    """Each with its cure."""
    scanned.world.scan(scanned.digest, status)
    result = scanned.world.ask(scan={"max": "medium"})
    assert Outcome.FAILED is result.outcome
    assert f"app: there are no findings of orders/app:v1 to go by: {status}; {cure}" == result.summary


def test_a_status_that_is_not_known_is_waited_for(scanned):
    """A newer ECR may have more of them; none of them passes."""
    scanned.world.scan(scanned.digest, "REFINING")
    result = scanned.world.ask(scan={"max": "medium"})
    assert Outcome.INCONCLUSIVE is result.outcome
    assert "app: the scan of orders/app:v1 has the status REFINING, which this version does not know" == result.summary


def test_of_an_index_the_image_that_will_run_is_looked_at(world):
    """ECR scans images and no indexes; what another processor would run is nobody's concern."""
    amd, arm = world.image(content="amd"), world.image(content="arm")
    world.index("v1", {"linux/amd64": amd, "linux/arm64": arm})
    world.scan(amd, imageScanCompletedAt=NOW, findings=[])
    world.scan(arm, imageScanCompletedAt=NOW, findings=[basic("CVE-1", "CRITICAL")])
    world.runs(f"{APP}:v1")
    result = world.ask(scan={"max": "low"})
    assert Outcome.PASSED is result.outcome
    assert [amd] == [each["digest"] for each in result.details["images"][0]["scans"]]


def test_where_the_platform_is_not_known_every_image_of_an_index_is_looked_at(world):
    """Any of them may run."""
    world.task(requiresCompatibilities=["EC2"])
    amd, arm = world.image(content="amd"), world.image(content="arm")
    world.index("v1", {"linux/amd64": amd, "linux/arm64": arm})
    world.scan(amd, imageScanCompletedAt=NOW, findings=[])
    world.scan(arm, imageScanCompletedAt=NOW, findings=[basic("CVE-1", "CRITICAL")])
    world.runs(f"{APP}:v1")
    assert Outcome.FAILED is world.ask(scan={"max": "low"}, architecture=False).outcome


def test_an_index_without_a_fitting_image_has_nothing_to_scan(world):
    """With `architecture: false` too: no findings of nothing is not no findings."""
    world.index("v1", {"linux/arm64": world.image()})
    world.runs(f"{APP}:v1")
    result = world.ask(scan={"max": "low"}, architecture=False)
    assert Outcome.FAILED is result.outcome
    assert (
        "app: the index of orders/app:v1 has no image that fits the task, so there is none to scan"
    ) == result.summary


severities = st.sampled_from([severity.upper() for severity in SEVERITIES])
names = st.sampled_from([f"CVE-{number}" for number in range(6)])


@given(
    found=st.lists(st.tuples(names, severities), max_size=12),
    passed_over=st.sets(names),
    limits=st.dictionaries(st.sampled_from(SEVERITIES), st.integers(0, 3), min_size=1),
    pages=st.integers(1, 3),
)
def test_an_image_fails_exactly_when_more_counts_than_is_let_through(found, passed_over, limits, pages):
    """Whatever is found, ignored and allowed, and however it comes in pages."""
    ignore = [ignored(name) for name in sorted(passed_over)]
    settings = validate(ScanSettings, Document("gates.yaml", limits | {"ignore": ignore}))
    status = {"imageScanStatus": {"status": "COMPLETE"}}
    records = [basic(name, severity) for name, severity in found]
    parts = [{"findings": records[page::pages], "imageScanCompletedAt": NOW} for page in range(pages)]
    scan = read_scan([status | {"imageScanFindings": part} for part in parts])
    counting = [severity.lower() for name, severity in found if name not in passed_over]
    expected = any(counting.count(severity) > most for severity, most in limits.items())
    remark = judge_scan(scan, settings, NOW.date(), "app")
    assert (Outcome.FAILED if expected else Outcome.PASSED) is remark.outcome
    assert len(found) - len(counting) == scan_details(scan, settings, NOW.date())["not_counted"]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
keys = ["status", "findings", "enhancedFindings", "findingSeverityCounts", "imageScanCompletedAt", "description"]


@given(status=anything, found=st.dictionaries(st.sampled_from(keys), anything) | anything)
def test_rubbish_in_place_of_a_scan_never_passes_for_one(status, found):
    """It is no reply of ECR's, which the call turns into words; or it is waited for."""
    settings = ScanSettings(max="critical")
    try:
        scan = read_scan([{"imageScanStatus": {"status": status}, "imageScanFindings": found}])
    except (AttributeError, KeyError, TypeError, ValueError):
        return
    assert Outcome.PASSED is not judge_scan(scan, settings, NOW.date(), "app").outcome
