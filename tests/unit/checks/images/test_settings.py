"""What a gates file may say of an images check, and how its mistakes are told."""

import re
from pathlib import Path

import pytest

from greenlight.checks.images import ImagesSettings
from greenlight.checks.images.settings import SEVERITIES, ScanSettings
from greenlight.documents import Document, DocumentError, parse, validate
from tests.unit.checks.images.conftest import settings


def test_without_a_word_the_defaults_are_rules():
    """No latest, the image is there, and it is built for the machine."""
    found = settings()
    assert (False, True, True) == (found.allow_latest, found.exists, found.architecture)
    assert (None, None, None, None, None) == (
        found.registries,
        found.pinned,
        found.max_age,
        found.scan,
        found.signature,
    )


EVERYTHING = """
name: admission
severity: warning
containers: [app]
ignore_containers: ["aws-guardduty-agent-*"]
registries:
  - 123456789012.dkr.ecr.*.amazonaws.com/orders/*
  - public.ecr.aws/docker/library/*
allow_latest: false
pinned: digest
exists: true
architecture: true
max_age: 30d
scan:
  max: medium
  high: 3
  ignore:
    - {id: CVE-2026-1234, reason: the parser is never called, until: 2026-12-31}
  unfixed: ignore
  unsupported: pass
signature: present
"""


def test_everything_that_can_be_said():
    """As it stands in the documentation."""
    found = validate(ImagesSettings, parse(EVERYTHING, "gates.yaml"))
    assert 30 * 86400 == found.max_age
    assert {"critical": 0, "high": 3} == found.scan.limits
    assert "2026-12-31" == found.scan.ignore[0].until.isoformat()


def test_the_example_of_the_documentation_is_read():
    """People copy it."""
    text = (Path(__file__).parents[4] / "docs" / "checks" / "images.md").read_text(encoding="utf-8")
    example = parse(re.search(r"(?ms)^```yaml\n(.*?)^```", text)[1], "images.md")
    found = validate(ImagesSettings, example.at(("pre_scale_up", "images")))
    assert "digest" == found.pinned


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        ({"max": "none"}, dict.fromkeys(SEVERITIES, 0)),
        ({"max": "informational"}, {"critical": 0, "high": 0, "medium": 0, "low": 0}),
        ({"max": "low"}, {"critical": 0, "high": 0, "medium": 0}),
        ({"max": "high"}, {"critical": 0}),
        ({"max": "critical"}, {}),
        ({"critical": 0, "high": 3}, {"critical": 0, "high": 3}),
        ({"max": "medium", "high": 2, "low": 9}, {"critical": 0, "high": 2, "low": 9}),
        ({"undefined": 0}, {"undefined": 0}),
    ],
)
def test_limits_of_a_scan(values, limits):
    """A number wins over max, and what has no limit is not in it."""
    assert limits == validate(ScanSettings, Document("gates.yaml", values)).limits


LATEST_TOO = {"allow_latest": True, "exists": False, "architecture": False}


@pytest.mark.parametrize(
    ("values", "mistake"),
    [
        (
            LATEST_TOO,
            (
                "gates.yaml: has no rule left, so it would admit anything; give it one, as in "
                "`registries: [123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders/*]`"
            ),
        ),
        (
            {"allow_latest": True, "pinned": "tag"},
            "gates.yaml: pins images with `pinned: tag` and allows `latest`, which moves; leave one of them out",
        ),
        (
            {"registries": []},
            "gates.yaml registries: lets nothing through; name a registry, or leave `registries` out",
        ),
        (
            {"registries": ["nginx"]},
            (
                'gates.yaml registries[0]: "nginx" names no repository; write registry/repository, '
                "as in 123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders/*"
            ),
        ),
        ({"pinned": "yes"}, "gates.yaml pinned: has to be 'digest' or 'tag', found \"yes\""),
        (
            {"max_age": 30},
            "gates.yaml max_age: is no duration: 30; write a number with a unit, as 300ms, 5s, 2m or 1h",
        ),
        ({"max_age": "0d"}, 'gates.yaml max_age: has to be more than 0, found "0d"'),
        (
            {"signature": True},
            "gates.yaml signature: has to be `present`, found true: that one is there can be told, whether it is valid cannot",
        ),
        (
            {"signature": {"required": True}},
            (
                'gates.yaml signature: has to be `present`, found {"required": true}: '
                "that one is there can be told, whether it is valid cannot"
            ),
        ),
        (
            {"scan": {}},
            "gates.yaml scan: sets no limit; write `scan: {max: medium}`, or a number for each severity as in `critical: 0`",
        ),
        (
            {"scan": {"max": "severe"}},
            (
                "gates.yaml scan.max: has to be 'none', 'informational', 'low', 'medium', 'high' or 'critical', "
                'found "severe"'
            ),
        ),
        ({"scan": {"high": -1}}, "gates.yaml scan.high: has to be at least 0, found -1"),
        (
            {"scan": {"max_severity": "high"}},
            (
                'gates.yaml scan.max_severity: unknown key "max_severity"; '
                "write `max: medium`, the worst severity that is let through"
            ),
        ),
        (
            {"scan": {"max": "low", "ignore": ["CVE-2026-1"]}},
            (
                'gates.yaml scan.ignore[0]: "CVE-2026-1" is ignored without a reason; '
                "write {id: CVE-2026-1234, reason: why it does not apply, until: 2026-12-31}"
            ),
        ),
        (
            {"scan": {"max": "low", "ignore": [{"id": "CVE-2026-1"}]}},
            'gates.yaml scan.ignore[0].reason: is missing; "reason" has to be given',
        ),
        (
            {"scan": {"max": "low", "ignore": [{"id": "CVE-1", "reason": "r"}, {"id": "cve-1", "reason": "r"}]}},
            "gates.yaml scan: ignores CVE-1 twice; leave one out",
        ),
        (
            {"scan": {"max": "low", "ignore": [{"id": "CVE-1", "reason": "r", "until": "2026-06-31"}]}},
            'gates.yaml scan.ignore[0].until: is no date: "2026-06-31"; write year-month-day, as in 2026-12-31',
        ),
        (
            {"scan": {"max": "low", "ignore": [{"id": "CVE-1", "reason": "r", "until": 20261231}]}},
            "gates.yaml scan.ignore[0].until: is no date: 20261231; write year-month-day, as in 2026-12-31",
        ),
        (
            {"vulnerabilities": {}},
            'gates.yaml vulnerabilities: unknown key "vulnerabilities"; write `scan: {max: medium}`',
        ),
        ({"registry": []}, 'gates.yaml registry: unknown key "registry"; did you mean "registries"?'),
    ],
)
def test_mistakes_are_told_with_their_cure(values, mistake):
    """When the file is loaded, not in the middle of a deployment."""
    with pytest.raises(DocumentError) as caught:
        settings(**values)
    assert mistake == str(caught.value)
