"""What the images check answers when AWS does not: never a pass, and a failure only where AWS would say the same again."""

import time

import pytest

from greenlight.checks import Outcome
from tests.unit.checks.images.conftest import APP, REGISTRY
from tests.unit.fakes import GREEN_ARN

EVERYTHING = {"scan": {"max": "low"}, "signature": "present"}
ECR = ["DescribeImages", "BatchGetImage", "DescribeImageScanFindings", "ListImageReferrers"]


@pytest.fixture
def running(world):
    """A world in which app runs an index, so that every operation is needed."""
    image = world.image()
    index = world.index("v1", {"linux/amd64": image})
    world.scan(image, imageScanCompletedAt=0, findings=[])
    world.referrer(index, "application/vnd.cncf.notary.signature")
    world.runs(f"{APP}:v1")
    assert Outcome.PASSED is world.ask(**EVERYTHING).outcome
    return world


@pytest.mark.parametrize("operation", ECR)
def test_throttling_is_an_error(running, operation):
    """Worth another try."""
    running.faults.fail("ecr", operation)
    result = running.ask(**EVERYTHING)
    assert Outcome.ERROR is result.outcome
    assert f"app: ecr:{operation} was throttled 3 times (ThrottlingException)" == result.summary


@pytest.mark.parametrize("operation", ECR)
def test_a_denial_is_an_error_that_names_the_permission(running, operation):
    """IAM needs a while to spread."""
    running.faults.deny("ecr", operation)
    result = running.ask(**EVERYTHING)
    assert Outcome.ERROR is result.outcome
    assert result.summary.startswith(f"app: ecr:{operation} was denied")
    assert f"; add ecr:{operation} to the function's role" in result.summary


@pytest.mark.parametrize(
    ("operation", "others"),
    [
        ("DescribeImageScanFindings", "inspector2:ListFindings and inspector2:ListCoverage"),
        ("ListImageReferrers", "ecr:BatchGetImage"),
    ],
)
def test_a_denial_names_the_permissions_behind_it(running, operation, others):
    """ECR passes questions on to Inspector with the function's rights, and takes the right to one call for another's."""
    running.faults.deny("ecr", operation)
    assert running.ask(**EVERYTHING).summary.endswith(f"; it needs {others} too")


def test_a_denied_task_definition_is_an_error(running):
    """It names the platform, which decides what is looked at."""
    running.faults.deny("ecs", "DescribeTaskDefinition")
    result = running.ask(**EVERYTHING)
    assert Outcome.ERROR is result.outcome
    assert result.summary.startswith("app: ecs:DescribeTaskDefinition was denied")
    assert 1 == result.summary.count("was denied")


@pytest.mark.parametrize(
    "body",
    [
        b"\x00 not an answer",
        b"[]",
        b"{}",
        b'{"imageDetails": 5, "images": 5, "imageScanStatus": 5, "referrers": 5}',
        b'{"imageDetails": [{}], "images": [{}], "imageScanStatus": {}, "referrers": [7]}',
        b'{"imageDetails": [{"imageDigest": "a"}], "images": [{"imageId": {}, "imageManifest": "{"}], "imageScanStatus": null}',
        b'{"imageDetails": [{"imageDigest": {}, "imagePushedAt": 1}], "imageScanStatus": {"status": []}}',
        b'{"images": [{"imageId": {"imageDigest": []}, "imageManifest": "{}"}], "referrers": [{"artifactType": []}]}',
        b'{"failures": [{}], "images": [{"imageId": {"imageDigest": "a"}, "imageManifest": "[]"}], "referrers": [{}, null]}',
    ],
)
@pytest.mark.parametrize("operation", ECR)
def test_rubbish_never_passes(running, operation, body):
    """Whatever it is made of."""
    running.faults.garble("ecr", operation, body)
    result = running.ask(**EVERYTHING)
    assert result.outcome in {Outcome.ERROR, Outcome.FAILED, Outcome.INCONCLUSIVE}
    if result.outcome is Outcome.ERROR:
        assert "got a reply that is not AWS's" in result.summary


def test_a_manifest_that_nests_without_end_is_rubbish(running):
    """Python's own reader gives up on it in a way of its own."""
    manifest = "[" * 100_000
    body = b'{"images": [{"imageId": {"imageDigest": "a"}, "imageManifest": "%s"}]}' % manifest.encode()
    running.faults.garble("ecr", "BatchGetImage", body)
    result = running.ask()
    assert Outcome.ERROR is result.outcome
    assert "app: ecr:BatchGetImage got a reply that is not AWS's: a manifest nests too deeply" == result.summary


def test_a_region_that_keeps_silent_is_asked_once(running):
    """Each attempt takes seconds, and the next invocation asks anyway."""
    running.repository("orders/web")
    running.runs(f"{REGISTRY}/orders/web:v1", container="web")
    running.faults.fail("ecr", "*", "ServerException", message="oops", status=500)
    before = running.faults.calls("ecr")
    result = running.ask(**EVERYTHING)
    assert Outcome.ERROR is result.outcome
    assert "app, web: ecr:DescribeImages failed on AWS's side (ServerException 500): oops" == result.summary
    assert 1 == running.faults.calls("ecr") - before


def test_when_the_time_is_over_nothing_more_is_asked(running):
    """The next invocation begins again."""
    result = running.ask(seconds=-1, **EVERYTHING)
    assert Outcome.ERROR is result.outcome
    assert "app: ecr:DescribeImages was not asked: the time of this invocation is over" == result.summary


def test_what_ecr_refuses_fails(running):
    """It would say so again."""
    running.faults.fail("ecr", "DescribeImages", "InvalidParameterException", message="no such thing")
    result = running.ask()
    assert Outcome.FAILED is result.outcome
    assert "app: ecr:DescribeImages was refused (InvalidParameterException): no such thing" == result.summary


def test_a_registry_behind_a_cache_that_does_not_answer_is_an_error(running):
    """It may the next time."""
    code = "UnableToListUpstreamImageReferrersException"
    running.faults.fail("ecr", "ListImageReferrers", code, message="upstream")
    result = running.ask(**EVERYTHING)
    assert (Outcome.ERROR, f"app: ecr:ListImageReferrers was refused ({code}): upstream") == (
        result.outcome,
        result.summary,
    )


@pytest.mark.parametrize(("code", "outcome"), [("UpstreamUnavailable", Outcome.ERROR), ("KmsError", Outcome.FAILED)])
def test_a_manifest_that_ecr_does_not_hand_out(running, code, outcome):
    """Trouble upstream may pass; a key that is gone stays gone."""
    body = b'{"images": [], "failures": [{"failureCode": "%s", "failureReason": "why"}]}' % code.encode()
    running.faults.garble("ecr", "BatchGetImage", body)
    result = running.ask()
    assert (outcome, f"app: ecr:BatchGetImage was refused ({code}): why") == (result.outcome, result.summary)


def test_an_index_without_its_manifest_tells_nothing(running):
    """It is not taken for the image of one platform."""
    body = b'{"images": [], "failures": [{"failureCode": "ImageNotFound"}]}'
    running.faults.garble("ecr", "BatchGetImage", body)
    result = running.ask()
    assert Outcome.ERROR is result.outcome
    assert "app: ecr:BatchGetImage handed out no manifest of sha256:" in result.summary


def test_a_failure_weighs_more_than_an_error(running):
    """What is wrong with a name is wrong, whatever ECR would say."""
    running.faults.fail("ecr", "*")
    result = running.ask(registries=["quay.io/*"])
    assert Outcome.FAILED is result.outcome
    assert "throttled" not in result.summary
    assert 2 == len(result.details["images"][0]["said"])


@pytest.mark.parametrize(
    ("switch_on", "outcome"),
    [
        (lambda faults: faults.fail("ecs", "DescribeServiceRevisions"), Outcome.ERROR),
        (lambda faults: faults.deny("ecs", "DescribeServiceRevisions"), Outcome.ERROR),
        (lambda faults: faults.garble("ecs", "DescribeServiceRevisions"), Outcome.ERROR),
        (
            lambda faults: faults.fail("ecs", "DescribeServiceRevisions", "InvalidParameterException", message="no"),
            Outcome.FAILED,
        ),
    ],
)
def test_when_ecs_does_not_tell_what_green_is(running, switch_on, outcome):
    """Nothing was looked at, so nothing passes."""
    switch_on(running.faults)
    result = running.ask()
    assert outcome is result.outcome
    assert GREEN_ARN in result.summary


def test_a_slow_ecr_is_left(running, monkeypatch):
    """The time-outs are those of every call to AWS."""
    from botocore.config import Config

    from greenlight import aws

    monkeypatch.setattr(aws, "_CONFIG", aws._CONFIG.merge(Config(read_timeout=0.2)))
    aws.forget_clients()
    running.faults.delay("ecr", "DescribeImages", 30)
    started = time.monotonic()
    result = running.ask()
    running.faults.clear()
    aws.forget_clients()
    assert time.monotonic() - started < 10
    assert Outcome.ERROR is result.outcome
    assert "app: ecr:DescribeImages got no answer (ReadTimeoutError" in result.summary
