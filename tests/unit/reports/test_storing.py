"""Reports in a bucket."""

import json

import boto3
import pytest

from greenlight import aws
from greenlight.reports import Facts, Key, Stored, of_suite, store, to_html
from greenlight.smoke.results import TestResult
from tests.unit.reports.samples import flaky, passed, suite

KEY = Key(service="orders", deployment="d1", stage="POST_TEST_TRAFFIC_SHIFT", attempt=1)
FACTS = Facts(deployment="d1", stage="POST_TEST_TRAFFIC_SHIFT")
REGION = "eu-west-1"


@pytest.fixture(scope="module")
def s3(module_aws_api):
    """S3 with a bucket."""
    client = boto3.client("s3")
    client.create_bucket(Bucket="reports", CreateBucketConfiguration={"LocationConstraint": REGION})
    return client


def body(s3, key):
    """What is stored under a key."""
    return s3.get_object(Bucket="reports", Key=key)["Body"].read().decode("utf-8")


def attempt_number(number):
    """The key of an attempt."""
    return Key(service="orders", deployment="d1", stage="POST_TEST_TRAFFIC_SHIFT", attempt=number)


def of_tests(*tests):
    """The report of some tests."""
    return of_suite(suite(*tests), FACTS)


def remembered():
    """A test of which nothing but the outcome is known."""
    return TestResult(name="search answers", outcome="passed", earlier=True)


def test_a_report_is_stored_as_a_page_and_as_a_document(s3):
    """Side by side, with types that a browser shows in the right characters."""
    document = of_tests(passed("grün"))
    stored = store("s3://reports/greenlight/", KEY, document, region=REGION)
    name = "greenlight/orders/d1/POST_TEST_TRAFFIC_SHIFT/1"
    assert (
        Stored(
            html_uri=f"s3://reports/{name}.html",
            json_uri=f"s3://reports/{name}.json",
            console_url="https://eu-west-1.console.aws.amazon.com/s3/object/reports?region=eu-west-1"
            "&prefix=greenlight%2Forders%2Fd1%2FPOST_TEST_TRAFFIC_SHIFT%2F1.html",
        )
        == stored
    )
    assert (document, to_html(document)) == (json.loads(body(s3, f"{name}.json")), body(s3, f"{name}.html"))
    assert document == json.loads(body(s3, "greenlight/orders/d1/POST_TEST_TRAFFIC_SHIFT/latest.json"))
    types = [s3.head_object(Bucket="reports", Key=f"{name}.{form}")["ContentType"] for form in ("html", "json")]
    assert ["text/html; charset=utf-8", "application/json; charset=utf-8"] == types


@pytest.mark.parametrize(
    ("location", "key", "name"),
    [
        ("s3://reports", KEY, "orders/d1/POST_TEST_TRAFFIC_SHIFT/1"),
        ("s3://reports/", KEY, "orders/d1/POST_TEST_TRAFFIC_SHIFT/1"),
        (
            "s3://reports/a/b",
            Key(service="../ö ?#%/x", deployment="", stage="..", attempt=12),
            "a/b/-x/unknown/unknown/12",
        ),
        (
            "s3://reports/a",
            Key(service="s" * 300, deployment="d", stage="S", attempt=1),
            f"a/{'s' * 150}/d/S/1",
        ),
    ],
)
def test_a_key_has_safe_characters_only(s3, location, key, name):
    """Whatever the names are made of, it stays below the prefix and needs no quoting."""
    assert f"s3://reports/{name}.html" == store(location, key, of_tests(passed()), region=REGION).html_uri


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "eu-west-1.console.aws.amazon.com"),
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_the_link_leads_to_the_console_of_the_partition(s3, region, host):
    """China and GovCloud have consoles of their own."""
    stored = store("s3://reports/a b", KEY, of_tests(passed()), region=region)
    place = "prefix=a%20b%2Forders%2Fd1%2FPOST_TEST_TRAFFIC_SHIFT%2F1.html"
    assert f"https://{host}/s3/object/reports?region={region}&{place}" == stored.console_url


def test_a_later_attempt_takes_over_what_earlier_ones_found(s3):
    """From report to report, so that the last one has everything; attempts that brought nothing new have none."""
    store("s3://reports/later", attempt_number(1), of_tests(flaky()), region=REGION)
    for number in (2, 7):
        stored = store("s3://reports/later", attempt_number(number), of_tests(remembered()), region=REGION)
    (test,) = json.loads(body(s3, stored.json_uri.removeprefix("s3://reports/")))["checks"][0]["suite"]["tests"]
    assert 3 == len(test["steps"][0]["attempts"])
    assert "Passed</b> on attempt 3 of 3" in body(s3, stored.html_uri.removeprefix("s3://reports/"))


@pytest.mark.parametrize(
    "before", [None, b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"format": "greenlight-report/1"}', b"1" * 5000]
)
def test_a_previous_report_that_cannot_be_read_hinders_nothing(s3, caplog, before):
    """It may be missing, denied or mangled; this report goes without, and the log says so."""
    prefix = f"mangled-{len(before or b'')}"
    if before is not None:
        s3.put_object(Bucket="reports", Key=f"{prefix}/orders/d1/POST_TEST_TRAFFIC_SHIFT/latest.json", Body=before)
    stored = store(f"s3://reports/{prefix}", attempt_number(2), of_tests(remembered()), region=REGION)
    assert (
        of_tests(remembered())["checks"]
        == json.loads(body(s3, stored.json_uri.removeprefix("s3://reports/")))["checks"]
    )
    if before is None:
        assert "the previous report cannot be read" in caplog.text
        assert "NoSuchKey" in caplog.records[0].problem


def test_nothing_is_read_that_is_not_needed(s3, caplog):
    """A report that knows everything itself does not ask for another one."""
    store("s3://reports/alone", attempt_number(7), of_tests(passed()), region=REGION)
    assert [] == caplog.records


@pytest.mark.parametrize("location", ["", "reports/x", "https://reports/x", "s3://", "s3:///x"])
def test_a_location_that_is_none_is_refused(s3, location):
    """With what was expected, as an error of AWS: there is one kind to handle."""
    with pytest.raises(
        aws.AwsRefusedError, match=r"s3:PutObject has no place for the report: expected s3://bucket/prefix"
    ):
        store(location, KEY, of_tests(passed()), region=REGION)


def test_a_bucket_that_is_not_there_is_an_error_of_aws(s3):
    """Which the caller tells, and lives without the report."""
    with pytest.raises(aws.AwsRefusedError, match="NoSuchBucket"):
        store("s3://nowhere/x", KEY, of_tests(passed()), region=REGION)
