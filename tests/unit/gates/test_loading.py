"""From a location, or an inline object, to a gate that is ready to be asked."""

import json

import pytest

from greenlight.documents import DocumentError
from greenlight.gates import Configured, SourceUnavailableError, load_gate
from greenlight.stages import Stage

SUITE = {"version": 1, "name": "orders", "tests": [{"name": "health", "path": "/health"}]}
SUITE_TEXT = "version: 1\nname: orders\ntests:\n  - name: health\n    path: /health\n"
POST_TEST = "POST_TEST_TRAFFIC_SHIFT"


def inline(*smoke, stage="post_test_traffic_shift", **more):
    """An inline gates file with smoke checks at one stage."""
    return Configured({"version": 1, stage: {"smoke": list(smoke), **more}}, "hookDetails.gates")


@pytest.fixture
def files(tmp_path):
    """Files beside each other, and the location of the first."""

    def write(gates, **others):
        for name, text in {"gates": gates, **others}.items():
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        return Configured(f"file:{tmp_path}/gates.yaml", "the function's GATES")

    return write


def mistakes(configured, stage=POST_TEST):
    """What is told about a gates file that is refused."""
    with pytest.raises(DocumentError) as caught:
        load_gate(configured, stage)
    return [str(mistake) for mistake in caught.value.mistakes]


def names(gate):
    """The checks of a gate, in order."""
    return [named.name for named in gate.checks]


def test_an_inline_gates_file_makes_a_gate():
    """With its checks in order, by name or by kind."""
    gate = load_gate(inline({"suite": SUITE}, {"suite": SUITE, "name": "api"}, deadline="5m"), POST_TEST)
    assert (POST_TEST, None, "hookDetails.gates", False, 300.0) == (
        gate.stage,
        gate.service,
        gate.source,
        gate.is_default,
        gate.deadline_seconds,
    )
    assert [("routing", "routing"), ("smoke", "smoke"), ("api", "smoke")] == [
        (named.name, named.check.kind) for named in gate.checks
    ]


def test_a_gates_file_and_its_suite_are_read_from_files(files):
    """A relative location counts from the gates file."""
    gates = "version: 1\nservice: orders\npost_test_traffic_shift: {smoke: {file: smoke.yaml}}"
    configured = files(gates, smoke=SUITE_TEXT)
    gate = load_gate(configured, POST_TEST)
    assert ("orders", configured.gates, False) == (gate.service, gate.source, gate.is_default)
    assert ["routing", "smoke"] == names(gate)


def test_a_gates_file_and_its_suite_are_read_from_s3(aws_api):
    """The same beside each other in a bucket."""
    s3 = aws_api.client("s3")
    s3.create_bucket(Bucket="conf", CreateBucketConfiguration={"LocationConstraint": aws_api.region})
    gates = "version: 1\npost_test_traffic_shift: {smoke: {file: suites/smoke.yaml}}"
    s3.put_object(Bucket="conf", Key="orders/gates.yaml", Body=gates)
    s3.put_object(Bucket="conf", Key="orders/suites/smoke.yaml", Body=SUITE_TEXT)
    assert ["routing", "smoke"] == names(load_gate(Configured("s3://conf/orders/gates.yaml", "GATES"), POST_TEST))


def test_a_gates_file_and_its_suite_are_read_from_ssm(aws_api):
    """The same beside each other in a hierarchy of parameters."""
    ssm = aws_api.client("ssm")
    gates = json.dumps({"version": 1, "post_test_traffic_shift": {"smoke": {"file": "smoke"}}})
    ssm.put_parameter(Name="/orders/gates", Value=gates, Type="String")
    ssm.put_parameter(Name="/orders/smoke", Value=SUITE_TEXT, Type="String")
    assert ["routing", "smoke"] == names(load_gate(Configured("ssm:/orders/gates", "GATES"), POST_TEST))


@pytest.mark.parametrize("nothing", [None, ""])
@pytest.mark.parametrize(
    "stage", [Stage.PRE_SCALE_UP, Stage.POST_TEST_TRAFFIC_SHIFT, Stage.PRE_PRODUCTION_TRAFFIC_SHIFT]
)
def test_the_packaged_default_applies_where_nothing_is_configured(nothing, stage):
    """It has a gate for each function of the template, and says that it is the default."""
    gate = load_gate(Configured(nothing, "the function's GATES"), stage)
    assert (True, "the packaged default") == (gate.is_default, gate.source)
    assert names(gate)[-1] == "smoke"


def test_before_scaling_up_the_default_only_reports():
    """A broken production must not keep its repair from being deployed; after that, green has to answer."""
    blocking = {
        stage: load_gate(Configured(None, "GATES"), stage).checks[-1].check.settings.blocking
        for stage in (Stage.PRE_SCALE_UP, Stage.POST_TEST_TRAFFIC_SHIFT, Stage.PRE_PRODUCTION_TRAFFIC_SHIFT)
    }
    assert [False, True, True] == list(blocking.values())


SMOKE = {"suite": SUITE}
EXPLICIT = SMOKE | {"endpoint": "http://green:8080"}


@pytest.mark.parametrize(
    ("stage", "checks", "expected"),
    [
        ("post_test_traffic_shift", {"smoke": SMOKE}, ["routing", "smoke"]),
        ("pre_scale_up", {"smoke": SMOKE}, ["routing", "smoke"]),
        ("post_test_traffic_shift", {"smoke": SMOKE, "routing": None}, ["routing", "smoke"]),
        ("post_test_traffic_shift", {"smoke": SMOKE, "routing": True}, ["routing", "smoke"]),
        ("post_test_traffic_shift", {"smoke": SMOKE, "routing": {"severity": "warning"}}, ["routing", "smoke"]),
        ("post_test_traffic_shift", {"smoke": SMOKE, "routing": False}, ["smoke"]),
        ("post_test_traffic_shift", {"smoke": EXPLICIT}, ["smoke"]),
        ("post_test_traffic_shift", {"smoke": [EXPLICIT, SMOKE | {"name": "b"}]}, ["routing", "smoke", "b"]),
        ("post_test_traffic_shift", {"smoke": EXPLICIT, "routing": {}}, ["routing", "smoke"]),
        ("pre_production_traffic_shift", {"smoke": SMOKE}, ["smoke"]),
        ("pre_production_traffic_shift", {"smoke": SMOKE, "routing": {}}, ["routing", "smoke"]),
    ],
)
def test_routing_is_looked_at_where_nobody_says_otherwise(stage, checks, expected):
    """At the two stages where a wrong route would make all other answers worthless; never where an endpoint is told."""
    gate = load_gate(Configured({"version": 1, stage: checks}, "GATES"), stage.upper())
    assert expected == names(gate)


@pytest.mark.parametrize("gates", [5, [], True, 1.5, [{"version": 1}]])
def test_anything_else_is_no_gates_file(gates):
    """The message says what can be written there."""
    assert [
        (
            "hookDetails.gates: is neither a gates file nor a location; write an object, or "
            "s3://bucket/key, s3://bucket/key?versionId=…, ssm:/name or file:path"
        )
    ] == mistakes(Configured(gates, "hookDetails.gates"))


@pytest.mark.parametrize(
    ("stage", "told"),
    [
        (
            "PRE_SCALE_UP",
            (
                "hookDetails.gates: has no gate for PRE_SCALE_UP (it has: post_test_traffic_shift); "
                "add `pre_scale_up:` with checks, or take PRE_SCALE_UP out of the hook's lifecycleStages"
            ),
        ),
        (
            "SOME_NEW_STAGE",
            (
                'hookDetails.gates: ECS called at the stage "SOME_NEW_STAGE", which this version does not know; '
                "it has: post_test_traffic_shift"
            ),
        ),
    ],
)
def test_a_stage_without_a_gate_is_a_mistake(stage, told):
    """Never a pass: somebody attached the hook there and expects a check."""
    assert [told] == mistakes(inline({"suite": SUITE}), stage)


def test_a_file_without_any_gate_says_so():
    """There is nothing that could be meant."""
    (mistake,) = mistakes(Configured({"version": 1}, "hookDetails.gates"))
    assert "hookDetails.gates: has no gate, so it guards nothing; write checks under one of the stages:" in mistake


def test_mistakes_in_every_suite_are_told_at_once(files):
    """Those of the gates file's checks and of the files that they name, each with its own file and line."""
    configured = files(
        "version: 1\n"
        "post_test_traffic_shift:\n"
        "  smoke:\n"
        "    - {name: a, file: a.yaml}\n"
        "    - {name: b, file: missing.yaml}\n"
        "    - name: c\n"
        "      suite:\n"
        "        version: 1\n"
        "        nam: orders\n"
        "        tests: [{name: health, path: /health}]\n"
        "    - {name: d, file: 'ftp:x'}\n",
        a=SUITE_TEXT.replace("path", "pth"),
    )
    base = configured.gates.removesuffix("gates.yaml")
    told = mistakes(configured)
    for words in (
        f"{base}a.yaml:5 tests[0].pth: ",
        f"{base}missing.yaml: cannot be read: No such file or directory",
        f"{configured.gates}:9 post_test_traffic_shift.smoke[2].suite.nam: ",
        '"ftp:x" is no location; ',
    ):
        assert 1 == sum(words in mistake for mistake in told), (words, told)


def test_a_mistake_in_an_inline_object_has_its_path():
    """It never had lines."""
    told = mistakes(inline({"suite": SUITE}, {"suite": SUITE | {"nam": 1}, "name": "api"}))
    assert told[0].startswith("hookDetails.gates post_test_traffic_shift.smoke[1].suite.nam: ")


def test_a_missing_suite_says_who_named_it(files):
    """The location alone does not tell which check of which file wants it."""
    configured = files("version: 1\npost_test_traffic_shift:\n  smoke:\n    file: ftp:x\n")
    (mistake,) = mistakes(configured)
    assert mistake.startswith(f"{configured.gates}:4 post_test_traffic_shift.smoke")


def test_files_of_other_stages_are_not_read(files):
    """They cost time and permissions, and this gate does not need them."""
    gates = "version: 1\npost_test_traffic_shift: {smoke: {file: a.yaml}}\npre_scale_up: {smoke: {file: missing.yaml}}"
    assert "smoke" in names(load_gate(files(gates, a=SUITE_TEXT), POST_TEST))


def test_trouble_that_may_pass_is_no_mistake(aws_api):
    """Of the gates file, or of a suite that it names."""
    aws_api.faults.fail("s3", "GetObject", "SlowDown", status=503)
    with pytest.raises(SourceUnavailableError, match=r"s3://conf/gates\.yaml"):
        load_gate(Configured("s3://conf/gates.yaml", "GATES"), POST_TEST)
    with pytest.raises(SourceUnavailableError, match=r"s3://conf/smoke\.yaml"):
        load_gate(inline({"file": "s3://conf/smoke.yaml"}), POST_TEST)


def fingerprint(configured):
    """The fingerprint of a gate."""
    return load_gate(configured, POST_TEST).fingerprint


def test_the_fingerprint_follows_everything_that_the_gate_is_made_of(files):
    """The gates file and the suites that it names; nothing else."""
    gates = "version: 1\npost_test_traffic_shift: {smoke: {file: a.yaml}}"
    first = fingerprint(files(gates, a=SUITE_TEXT))
    assert first == fingerprint(files(gates + " # a comment", a=SUITE_TEXT))
    assert first != fingerprint(files(gates, a=SUITE_TEXT.replace("/health", "/ready")))
    assert first != fingerprint(files(gates.replace("smoke: {", "smoke: {dry_run: true, "), a=SUITE_TEXT))


def test_the_fingerprint_does_not_follow_the_order_of_keys():
    """ECS hands an inline object back as it likes, and the answers of earlier invocations still belong to it."""
    suite = dict(reversed(SUITE.items()))
    assert fingerprint(inline({"suite": SUITE, "dry_run": True})) == fingerprint(
        inline({"dry_run": True, "suite": suite})
    )
