"""``greenlight push``: what was checked arrives, and services are told how to name it."""

import json

import pytest

from greenlight.gates import Configured, load_gate
from tests.unit.cli.commands import greenlight_says

SUITE = "version: 1\nname: orders\ntests: [{name: health, path: /health}]\n"
GATES = "version: 1\npost_test_traffic_shift:\n  smoke: [{name: web, file: smoke.yaml}, {name: api, file: suites/api.yaml}]\n"
BUCKET, PLACE = "my-bucket", "s3://my-bucket/orders/gates.yaml"


@pytest.fixture
def file(tmp_path):
    """A gates file with two suites beside it."""
    (tmp_path / "gates.yaml").write_text(GATES)
    (tmp_path / "smoke.yaml").write_text(SUITE)
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "api.yaml").write_text(SUITE)
    return tmp_path / "gates.yaml"


@pytest.fixture
def bucket(aws_api):
    """A bucket that keeps versions."""
    return make_bucket(aws_api)


def make_bucket(aws_api, status="Enabled"):
    """Make the bucket, with a state of versioning."""
    s3 = aws_api.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": aws_api.region})
    if status:
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": status})
    return s3


def keys(s3):
    """What is in the bucket."""
    return sorted(each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()))


def stack(aws_api, **parameters):
    """Deploy something with the parameters of Greenlight's stack."""
    template = {
        "Parameters": {name: {"Type": "String"} for name in parameters},
        "Resources": {"Nothing": {"Type": "AWS::SNS::Topic"}},
    }
    aws_api.client("cloudformation").create_stack(
        StackName="greenlight",
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
    )


def push(file, place, *options):
    """Push, and expect that it arrives."""
    result = greenlight_says("push", str(file), place, *options)
    assert 0 == result.exit_code, result.output
    return result


def test_the_file_and_its_suites_arrive(bucket, file):
    """The suites stand beside the gates file as they do here, and a function finds them all."""
    result = push(file, PLACE)

    reference = result.stdout.splitlines()[-1]
    assert ["orders/gates.yaml", "orders/smoke.yaml", "orders/suites/api.yaml"] == keys(bucket)
    assert reference.startswith(f"{PLACE}?versionId=")
    assert f'hookDetails: {{"gates": "{reference}"}}' in result.stdout
    gate = load_gate(Configured(reference, "the test"), "POST_TEST_TRAFFIC_SHIFT")
    assert ["routing", "web", "api"] == [check.name for check in gate.checks]


def test_the_reference_is_that_of_this_version(bucket, file):
    """What is pushed later does not change it."""
    first = push(file, PLACE).stdout.splitlines()[-1]
    file.write_text(GATES.replace("web", "shop"))
    second = push(file, PLACE).stdout.splitlines()[-1]

    assert first != second
    names = [check.name for check in load_gate(Configured(first, "the test"), "POST_TEST_TRAFFIC_SHIFT").checks]
    assert "web" in names
    assert "shop" not in names


def test_the_suites_go_first(bucket, file, aws_api):
    """A gates file never names what is not there yet, and a push that breaks off changes nothing for those who read it."""
    aws_api.faults.deny("s3", "PutObject")
    result = greenlight_says("push", str(file), PLACE)

    assert 2 == result.exit_code
    assert "add s3:PutObject to your role or user" in result.stderr
    assert [] == keys(bucket)


@pytest.mark.parametrize("status", [None, "Suspended"])
def test_a_bucket_without_versions_is_told_with_the_cure(aws_api, file, status):
    """It works, but what was there before is lost."""
    make_bucket(aws_api, status)
    result = push(file, PLACE)

    assert PLACE == result.stdout.splitlines()[-1]
    assert "my-bucket is not versioned" in result.stderr
    assert (
        "aws s3api put-bucket-versioning --bucket my-bucket --versioning-configuration Status=Enabled" in result.stderr
    )


def test_whether_it_is_versioned_may_stay_unknown(bucket, file, aws_api):
    """A pipeline may have the right to put and no other."""
    aws_api.faults.deny("s3", "GetBucketVersioning")

    assert "it is not known whether my-bucket is versioned" in push(file, PLACE).stderr


def test_a_file_with_mistakes_goes_nowhere(bucket, file):
    """Every mistake is told as validate tells it; one in a suite counts, too."""
    (file.parent / "smoke.yaml").write_text(SUITE.replace("path: /health", "path: health"))
    result = greenlight_says("push", str(file), PLACE)

    assert (2, "") == (result.exit_code, result.stdout)
    assert 'has to start with "/", found "health"' in result.stderr
    assert "nothing was uploaded" in result.stderr
    assert [] == keys(bucket)


def test_a_dry_run_tells_and_uploads_nothing(bucket, file):
    """The plan can be read before."""
    result = push(file, PLACE, "--dry-run")

    assert [] == keys(bucket)
    assert f"would upload {file} to {PLACE}" == result.stdout.splitlines()[-1]
    assert 3 == len(result.stdout.splitlines())


def test_the_parameter_store_takes_small_ones(aws_api, file):
    """Its versions can be named as well, and suites stand beside it."""
    push(file, "ssm:/orders/gates")
    result = push(file, "ssm:/orders/gates")

    assert "ssm:/orders/gates:2" == result.stdout.splitlines()[-1]
    gate = load_gate(Configured("ssm:/orders/gates:2", "the test"), "POST_TEST_TRAFFIC_SHIFT")
    assert ["routing", "web", "api"] == [check.name for check in gate.checks]


def test_what_no_parameter_holds_is_refused_before_anything_arrives(aws_api, file):
    """Half of a gates file's suites would be worse than none."""
    (file.parent / "suites" / "api.yaml").write_text(SUITE + "#" * 8192)
    result = greenlight_says("push", str(file), "ssm:/orders/gates")

    assert (2, "") == (result.exit_code, result.stdout)
    assert "a parameter holds 8192; push it to s3://bucket/key" in result.stderr
    assert 0 == aws_api.faults.calls("ssm", "PutParameter")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        (
            {"Gates": "", "FurtherGatesArns": ""},
            "may not read this yet; deploy it with FurtherGatesArns=arn:aws:s3:::my-bucket/orders/smoke.yaml,",
        ),
        (
            {"Gates": "", "FurtherGatesArns": "arn:aws:s3:::my-bucket/orders/*"},
            "the functions of stack greenlight may read this",
        ),
        (
            {"Gates": f"{PLACE}?versionId=1", "FurtherGatesArns": "arn:aws:s3:::my-bucket/orders/s*"},
            "the functions of stack greenlight may read this",
        ),
        (
            {"Gates": "", "FurtherGatesArns": "arn:aws:s3:::other/[a-z]*"},
            "deploy it with FurtherGatesArns=arn:aws:s3:::other/[a-z]*,arn:aws:s3:::my-bucket/orders/smoke.yaml,",
        ),
    ],
)
def test_what_the_stack_lacks_is_told(bucket, file, aws_api, parameters, words):
    """What it allows already is kept, and a bracket is no wildcard of IAM's."""
    stack(aws_api, **parameters)

    assert words in push(file, PLACE).stderr


def test_a_parameter_s_arn_has_its_account(aws_api, file):
    """As FurtherGatesArns wants it."""
    stack(aws_api, Gates="", FurtherGatesArns="")
    result = push(file, "ssm:/orders/gates", "--region", aws_api.region)

    assert f"arn:aws:ssm:{aws_api.region}:{aws_api.account_id}:parameter/orders/gates" in result.stderr


def test_without_a_stack_it_says_what_one_needs(bucket, file):
    """Whoever pushes before Greenlight is deployed."""
    result = push(file, PLACE)

    assert (
        "there is no stack greenlight here; deploy Greenlight's with FurtherGatesArns=arn:aws:s3:::my-bucket/"
        in result.stderr
    )


def test_what_the_stack_says_may_stay_unknown(bucket, file, aws_api):
    """The file has arrived all the same."""
    aws_api.faults.deny("cloudformation", "DescribeStacks")

    assert "it is not known whether stack greenlight lets its functions read this" in push(file, PLACE).stderr


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("orders/gates.yaml", "is no location"),
        ("s3://my-bucket", "is no location"),
        ("file:gates.yaml", "is in the deployed function"),
        (f"{PLACE}?versionId=1", "names a version"),
        ("s3://my-bucket/smoke.yaml", "would be the gates file and a suite of it"),
    ],
)
def test_a_place_that_makes_no_sense_is_refused(bucket, file, place, words):
    """Nothing is uploaded."""
    result = greenlight_says("push", str(file), place)

    assert (2, "") == (result.exit_code, result.stdout)
    assert words in result.stderr
    assert [] == keys(bucket)


def test_a_suite_above_the_bucket_has_no_place(bucket, file):
    """One above the gates file's folder has, where there is a folder above."""
    folder = file.parent / "deploy"
    folder.mkdir()
    (folder / "gates.yaml").write_text("version: 1\npre_scale_up:\n  smoke: {file: ../smoke.yaml}\n")

    refused = greenlight_says("push", str(folder / "gates.yaml"), "s3://my-bucket/gates.yaml")
    assert 2 == refused.exit_code
    assert "names ../smoke.yaml, which has no place beside s3://my-bucket/gates.yaml" in refused.stderr

    push(folder / "gates.yaml", PLACE)
    assert ["orders/gates.yaml", "smoke.yaml"] == keys(bucket)


@pytest.mark.parametrize(
    ("name", "words"),
    [("smoke.yaml", "is a suite; push the gates file"), ("-", "standard input has no suites beside it")],
)
def test_what_is_no_gates_file_is_refused(bucket, file, name, words):
    """With what to push instead."""
    result = greenlight_says("push", name if name == "-" else str(file.parent / name), PLACE)

    assert 2 == result.exit_code
    assert words in result.stderr


def test_suites_elsewhere_are_left_alone(bucket, file):
    """They are told, because nobody looked at them."""
    file.write_text("version: 1\npre_scale_up:\n  smoke: {file: 's3://other-bucket/smoke.yaml'}\n")
    result = push(file, PLACE)

    assert ["orders/gates.yaml"] == keys(bucket)
    assert "s3://other-bucket/smoke.yaml is not on this machine, and was not looked at" in result.stderr


def test_a_missing_bucket_is_told(aws_api, file):
    """In AWS's words."""
    result = greenlight_says("push", str(file), PLACE)

    assert 2 == result.exit_code
    assert "NoSuchBucket" in result.stderr


def test_a_key_of_one_s_own_is_told(bucket, file, aws_api):
    """The functions need the right to decrypt with it."""
    key = aws_api.client("kms").create_key()["KeyMetadata"]["Arn"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    bucket.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})

    assert f"it is encrypted with {key}" in push(file, PLACE).stderr


def test_the_command_has_help_with_examples():
    """An example says more than the list of options."""
    text = greenlight_says("push", "--help").output
    assert "examples:\n    greenlight push " in text
    assert "Exit codes: 0 " in text
