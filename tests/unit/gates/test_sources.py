"""Where gates files and suites live."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.documents import MAX_BYTES, DocumentError
from greenlight.gates import SourceUnavailableError
from greenlight.gates.sources import Source, locate, read


@pytest.mark.parametrize(
    ("location", "source"),
    [
        ("s3://conf/gates.yaml", Source("s3", "gates.yaml", "conf")),
        ("s3://conf/teams/orders/gates.yaml", Source("s3", "teams/orders/gates.yaml", "conf")),
        ("s3://my.conf-1/a b/ü.yaml", Source("s3", "a b/ü.yaml", "my.conf-1")),
        (
            "s3://conf/gates.yaml?versionId=3HL4kqtJlcpXroDTDmJ",
            Source("s3", "gates.yaml", "conf", "3HL4kqtJlcpXroDTDmJ"),
        ),
        ("ssm:/orders/gates", Source("ssm", "/orders/gates")),
        ("file:gates.yaml", Source("file", "gates.yaml")),
        ("file:/opt/gates.yaml", Source("file", "/opt/gates.yaml")),
    ],
)
def test_a_location_has_one_of_three_forms(location, source):
    """And is written again as it was."""
    found = locate(location, None, place="GATES")
    assert (source, location) == (found, str(found))


@pytest.mark.parametrize("version", ["3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY", "a%2Bb", "null", "A.b_c-1"])
def test_a_version_is_taken_as_it_is_written(version):
    """S3's versions are opaque texts that are ready for a URL; the name that messages use leads to the same one."""
    found = locate(f"s3://conf/gates.yaml?versionId={version}", None, place="GATES")
    assert version.replace("%2B", "+") == found.version_id
    assert found == locate(str(found), None, place="GATES")


@pytest.mark.parametrize(
    "location",
    [
        "",
        "gates.yaml",
        "/gates.yaml",
        "s3://conf",
        "s3://conf/",
        "s3:/conf/gates.yaml",
        "s3://Conf/gates.yaml",
        "s3://c/gates.yaml",
        "S3://conf/gates.yaml",
        "s3://conf/gates.yaml?version=1",
        "s3://conf/gates.yaml?versionId=1&x=2",
        "s3://conf/gates.yaml?",
        "s3://conf/gates.yaml?versionId",
        "s3://conf/gates.yaml?versionId=",
        "s3://conf/gates.yaml?versionId=1&versionId=2",
        "ssm:orders",
        "ssm:",
        "file:",
        "https://example.com/gates.yaml",
        "arn:aws:s3:::conf/gates.yaml",
        ":",
    ],
)
def test_anything_else_is_no_location(location):
    """The message shows what was found, who named it, and what can be written.

    A version that is asked for and not given is not quietly the newest one.
    """
    with pytest.raises(DocumentError) as caught:
        locate(location, None, place="the function's GATES")
    assert str(caught.value).startswith(f'the function\'s GATES: "{location}" is no location; write s3://bucket/key, ')
    assert "ssm:/name" in str(caught.value)


def test_a_long_text_that_is_no_location_leaves_room_for_the_cure():
    """Whoever hands over the gates file itself as text still has to hear what is wanted."""
    with pytest.raises(DocumentError) as caught:
        locate('{"version": 1, ' + "x" * 5000, None, place="hookDetails.gates")
    assert len(str(caught.value)) < 400
    assert "ssm:/name" in str(caught.value)


@pytest.mark.parametrize(
    ("base", "relative", "source"),
    [
        (Source("s3", "gates.yaml", "conf"), "smoke.yaml", Source("s3", "smoke.yaml", "conf")),
        (Source("s3", "a/b/gates.yaml", "conf"), "smoke.yaml", Source("s3", "a/b/smoke.yaml", "conf")),
        (Source("s3", "a/b/gates.yaml", "conf"), "../c/smoke.yaml", Source("s3", "a/c/smoke.yaml", "conf")),
        (Source("s3", "a/gates.yaml", "conf", "v7"), "./smoke.yaml", Source("s3", "a/smoke.yaml", "conf")),
        (Source("ssm", "/orders/gates"), "smoke", Source("ssm", "/orders/smoke")),
        (Source("file", "/opt/gates.yaml"), "suites/smoke.yaml", Source("file", "/opt/suites/smoke.yaml")),
        (Source("file", "gates.yaml"), "smoke.yaml", Source("file", "smoke.yaml")),
        (Source("file", "gates.yaml"), "s3://conf/smoke.yaml", Source("s3", "smoke.yaml", "conf")),
        (Source("s3", "gates.yaml", "conf"), "ssm:/smoke", Source("ssm", "/smoke")),
    ],
)
def test_a_relative_location_counts_from_the_file_that_names_it(base, relative, source):
    """In every kind of place; a whole location leads where it says."""
    assert source == locate(relative, base, place="gates.yaml")


def test_an_inline_gates_file_has_no_place_to_be_relative_to():
    """And the message says so, because `file: smoke.yaml` is what everybody writes first."""
    with pytest.raises(DocumentError, match="an inline gates file has no place to be relative to"):
        locate("smoke.yaml", None, place="hookDetails.gates")


@given(st.text() | st.from_regex(r"(s3|ssm|file)://?[a-z0-9./?=&%]*", fullmatch=True), st.booleans())
def test_any_text_is_a_location_or_a_mistake(text, relative):
    """Nothing but DocumentError comes out, and what is found says where it is."""
    base = Source("file", "/opt/gates.yaml") if relative else None
    try:
        source = locate(text, base, place="GATES")
    except DocumentError:
        return
    assert source.scheme in ("s3", "ssm", "file")
    assert source.path
    assert str(source)


@pytest.fixture
def api(module_aws_api):
    """An AWS API without faults."""
    yield module_aws_api
    module_aws_api.faults.clear()


@pytest.fixture(scope="module")
def bucket(module_aws_api):
    """Puts objects into an S3 bucket that keeps versions, and returns their version."""
    s3 = module_aws_api.client("s3")
    s3.create_bucket(Bucket="conf", CreateBucketConfiguration={"LocationConstraint": module_aws_api.region})
    s3.put_bucket_versioning(Bucket="conf", VersioningConfiguration={"Status": "Enabled"})
    return lambda key, body: s3.put_object(Bucket="conf", Key=key, Body=body)["VersionId"]


def read_at(location):
    """The document at a location."""
    return read(locate(location, None, place="GATES"))


def refusal(location):
    """What is told about a file that cannot be used."""
    with pytest.raises(DocumentError) as caught:
        read_at(location)
    return str(caught.value)


def unavailability(location):
    """What is told about a file that AWS did not hand over."""
    with pytest.raises(SourceUnavailableError) as caught:
        read_at(location)
    return str(caught.value)


def test_a_file_is_read_from_s3(bucket):
    """The newest version, or the one that is named; its location is the name that messages use."""
    first = bucket("a/gates.yaml", b"version: 1")
    bucket("a/gates.yaml", b"version: 2")
    assert {"version": 2} == read_at("s3://conf/a/gates.yaml").data
    pinned = read_at(f"s3://conf/a/gates.yaml?versionId={first}")
    assert {"version": 1} == pinned.data
    assert f"s3://conf/a/gates.yaml?versionId={first}:1 version" == pinned.place(("version",))


def test_a_parameter_is_read_from_ssm(api):
    """A SecureString as well, because a suite may hold what is nobody's business."""
    ssm = api.client("ssm")
    ssm.put_parameter(Name="/orders/gates", Value="version: 1", Type="String")
    ssm.put_parameter(Name="/orders/secret", Value="version: 2", Type="SecureString")
    assert {"version": 1} == read_at("ssm:/orders/gates").data
    assert {"version": 2} == read_at("ssm:/orders/secret").data
    assert "ssm:/orders/gates:1 version" == read_at("ssm:/orders/gates").place(("version",))


def test_a_file_is_read_from_the_package(tmp_path, monkeypatch):
    """Absolute, or relative to where the function was unpacked."""
    (tmp_path / "gates.yaml").write_text("version: 1 # é", encoding="utf-8")
    assert {"version": 1} == read_at(f"file:{tmp_path}/gates.yaml").data
    monkeypatch.chdir(tmp_path)
    assert {"version": 1} == read_at("file:gates.yaml").data


def test_what_is_not_there_is_told(api, bucket, tmp_path):
    """With its location, for each kind of place; waiting would not help."""
    assert refusal("s3://conf/none.yaml").startswith(
        "s3://conf/none.yaml: cannot be read: s3:GetObject was refused (NoSuchKey): "
    )
    assert "(NoSuchBucket)" in refusal("s3://no-such-bucket/gates.yaml")
    assert "(NoSuchVersion)" in refusal(f"s3://conf/gates.yaml?versionId={bucket('gates.yaml', b'version: 1')}x")
    assert "ssm:/none: cannot be read: ssm:GetParameter was refused (ParameterNotFound): " in refusal("ssm:/none")
    assert f"file:{tmp_path}/no.yaml: cannot be read: No such file or directory" == refusal(f"file:{tmp_path}/no.yaml")
    assert f"file:{tmp_path}: cannot be read: Is a directory" == refusal(f"file:{tmp_path}")


def test_a_path_that_no_system_takes_is_told():
    """A text may hold what a file name may not."""
    assert refusal("file:a\x00b").startswith("file:a\x00b: cannot be read: ")


@pytest.mark.parametrize(
    ("location", "service", "operation"),
    [("s3://conf/gates.yaml", "s3", "GetObject"), ("ssm:/gates", "ssm", "GetParameter")],
)
def test_a_denial_names_the_permission(api, location, service, operation):
    """It is a mistake in the function's role, told at once."""
    api.faults.deny(service, operation)
    told = refusal(location)
    assert told.startswith(f"{location}: cannot be read: {service}:{operation} was denied; ")
    assert f"add {service}:{operation} to the function's role" in told


@pytest.mark.parametrize(
    ("location", "service", "code", "status"),
    [
        ("s3://conf/gates.yaml", "s3", "SlowDown", 503),
        ("s3://conf/gates.yaml", "s3", "InternalError", 500),
        ("ssm:/gates", "ssm", "ThrottlingException", 400),
        ("ssm:/gates", "ssm", "InternalServerError", 500),
    ],
)
def test_trouble_that_may_pass_is_no_mistake_of_the_file(api, location, service, code, status):
    """The file may well be there and right."""
    api.faults.fail(service, "*", code, status=status)
    assert unavailability(location).startswith(f"{location}: {service}:Get")


@pytest.mark.parametrize("body", [b"\x00 not an answer", b"{}", b"[1]", b'{"Parameter": {}}', b'{"Parameter": 5}'])
def test_a_reply_of_ssm_that_makes_no_sense_may_pass(api, body):
    """Something on the way answered in AWS's place."""
    api.faults.garble("ssm", "*", body)
    assert "ssm:/gates" in unavailability("ssm:/gates")


def test_what_is_not_text_is_told(bucket, tmp_path):
    """With the line and the byte where it stops being UTF-8."""
    bucket("latin1.yaml", "name: Grün".encode("latin-1"))
    assert "s3://conf/latin1.yaml:1: holds the byte 0xFC, so it is not UTF-8 text; save it as UTF-8" == refusal(
        "s3://conf/latin1.yaml"
    )
    (tmp_path / "zip.yaml").write_bytes(b"PK\x03\x04\xff")
    assert f"file:{tmp_path}/zip.yaml:1: holds the byte 0xFF, so it is not UTF-8 text; save it as UTF-8" == refusal(
        f"file:{tmp_path}/zip.yaml"
    )


@pytest.mark.parametrize("character", ["x", "é", "€", "😀"])
def test_what_is_too_large_is_told(bucket, tmp_path, character):
    """As that, whatever character the limit falls into; it is not read to its end."""
    body = ("a" + character * MAX_BYTES).encode()
    bucket("large.yaml", body)
    (tmp_path / "large.yaml").write_bytes(body)
    for location in ("s3://conf/large.yaml", f"file:{tmp_path}/large.yaml"):
        assert f"{location}: is larger than 256 KB; split it" == refusal(location)


def test_the_largest_file_is_read_whole(tmp_path):
    """To its last byte."""
    text = "a: " + "é" * ((MAX_BYTES - 4) // 2) + "x"
    assert MAX_BYTES == len(text.encode())
    (tmp_path / "large.yaml").write_text(text, encoding="utf-8")
    assert text[3:] == read_at(f"file:{tmp_path}/large.yaml").data["a"]
