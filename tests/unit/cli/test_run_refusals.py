"""What `greenlight run` refuses before anything is sent: all of it in one go, each with its cure."""

import re

import pytest

from tests.unit.cli.commands import greenlight_says

TEST = {"name": "health", "path": "/health"}


@pytest.fixture
def refused(write, app):
    """Give a command that is refused, and return what is told."""

    def refused(*arguments, tests=(TEST,), env=None, **keys):
        result = greenlight_says(
            "run", write(*tests, **keys), "--url", f"http://127.0.0.1:{app.port}", *arguments, env=env
        )
        assert (2, "") == (result.exit_code, result.stdout)
        assert [] == app.seen, "something was sent"
        assert all(line.startswith("greenlight: ") for line in result.stderr.splitlines()), result.stderr
        return [line.removeprefix("greenlight: ") for line in result.stderr.splitlines()]

    return refused


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:8080/health", "leave out user, path and query, the tests bring them"),
        ("http://127.0.0.1:8080?a=1", "leave out user, path and query"),
        ("http://me:secret@127.0.0.1", "leave out user, path and query"),
        ("127.0.0.1:8080", "write http://host:port or https://host:port"),
        ("ftp://127.0.0.1", "write http://host:port or https://host:port"),
        ("", "write http://host:port or https://host:port"),
    ],
)
@pytest.mark.parametrize("option", ["--url", "--blue-url"])
def test_a_url_that_is_more_or_less_than_an_endpoint(refused, option, url, words):
    """Tests bring their own paths; the cure is told with the option that it is for."""
    (told,) = refused(option, url)

    assert told.startswith(f'{option}: "{url}" is ')
    assert words in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--deadline", "15"), '--deadline: is no duration: "15"; write a number with a unit, as 300ms, 5s, 2m or 1h'),
        (("--deadline", "0s"), '--deadline: has to be more than 0, found "0s"'),
        (("--tag", "critical"), "--tag: no test of "),
        (("--var", "tenant=a"), "--var tenant: the suite has no such variable; there are none"),
        (("--var", "env.HOME=a"), "--var env.HOME: no template can name it; there are: blue.image, "),
        (("--var", "green.imagetag=a"), '--var green.imagetag: no template can name it; did you mean "green.image_tag"?'),
        (("--var", "secrets.token=a"), "--var secrets.token: the command line is no place for secrets; write --secret token=ENVVAR"),
        (("--var", "tenant={a"), "--var tenant: "),
        (("--secret", "token=TOKEN"), "--secret token: the suite needs no such secret; there are none"),
        (("--host", "https://orders.example.com"), "--host: has to be a host name as orders.example.com, without scheme"),
        (("--ca-bundle", "/no/such/file"), "--ca-bundle: /no/such/file cannot be read: No such file or directory"),
        (("--json", "/no/such/folder/a.json"), "--json: /no/such/folder/a.json cannot be written: there is no directory /no/such/folder; make it first"),
        (("--html", "-", "--json", "-"), "--html: standard output is where --json goes already; give each a place of its own"),
        (("--junit", "a.xml", "--json", "a.xml"), "--junit: a.xml is where --json goes already; give each a place of its own"),
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_meant(refused, arguments, told):
    """What was found, what is expected, and what to write instead."""
    assert refused(*arguments)[0].startswith(told)


def test_a_variable_that_is_misspelt(refused):
    """The suite knows how it is spelt."""
    told = '--var tennant: the suite has no such variable; did you mean "tenant"?'

    assert [told] == refused("--var", "tennant=a", variables={"tenant": "b", "count": 1})


def test_tags_are_told_where_there_are_some(refused):
    """Whoever mistypes one sees which there are."""
    tests = [{**TEST, "tags": ["critical", "slow"]}]

    (told,) = refused("--tag", "crit", tests=tests)
    assert told.endswith("smoke.yaml has the tag crit; it has critical, slow")


def test_a_report_in_the_place_of_a_directory(refused, tmp_path):
    """The name of the file was left out."""
    assert [f"--junit: {tmp_path} cannot be written: it is a directory; name a file in it"] == refused(
        "--junit", str(tmp_path)
    )


def test_a_bundle_without_certificates(refused, tmp_path):
    """A file that is there and is something else."""
    path = tmp_path / "ca.pem"
    path.write_text("not a certificate\n")

    assert [f"--ca-bundle: {path} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)"] == refused(
        "--ca-bundle", str(path)
    )


def test_templates_without_a_value(refused):
    """Which, where it is needed, and the option that gives it; not those of tests that are skipped."""
    tests = [
        {"name": "image", "path": "/version", "expect": {"json": {"tag": "{{ green.image_tag }}"}}},
        {"name": "again", "path": "/version", "expect": {"json": {"tag": "{{ green.image_tag }}"}}},
        {"name": "skipped", "path": "/{{ blue.revision }}", "skip": "not today"},
    ]
    setup = [{"name": "log in", "path": "/login", "headers": {"X-Id": "{{ blue.image }} {{ run.id }}"}}]

    assert [
        "setup needs {{ blue.image }}, which has no value here; give it with --var blue.image=VALUE",
        'test "image" needs {{ green.image_tag }}, which has no value here; give it with --var green.image_tag=VALUE',
    ] == refused(tests=tests, setup=setup)


def test_templates_of_tests_that_are_not_wanted_need_no_value(write, app):
    """A tag leaves them out, and with them what they need."""
    app.answer("/health")
    tests = [{**TEST, "tags": ["a"]}, {"name": "image", "path": "/{{ green.image_tag }}"}]
    result = greenlight_says("run", write(*tests), "--url", f"http://127.0.0.1:{app.port}", "--tag", "a")

    assert 0 == result.exit_code


def test_everything_is_told_at_once(refused):
    """Nobody mends one mistake only to be told of the next."""
    arguments = (
        "--deadline",
        "1",
        "--var",
        "a=b",
        "--tag",
        "c",
        "--secret",
        "d=E",
        "--host",
        "f/",
        "--json",
        "/no/no/no",
    )
    told = refused(*arguments)

    assert ["--host", "--deadline", "--json", "--secret", "--secret", "--var", "--tag"] == [
        line.split()[0].rstrip(":") for line in told
    ]


def test_every_mistake_of_the_suite_is_told(refused):
    """As validate does, each with its line."""
    told = refused(tests=[{"name": "a", "path": "a"}, {"name": "b", "url": "/"}])

    assert 3 == len(told)
    assert all(re.match(r"/.+/smoke\.yaml:\d+ tests\[\d\]\.\w+: ", line) for line in told)


def test_a_suite_that_is_not_there():
    """The name was mistyped."""
    result = greenlight_says("run", "no-such.yaml", "--url", "http://127.0.0.1:1")

    assert (2, "greenlight: no-such.yaml: cannot be read: No such file or directory\n") == (
        result.exit_code,
        result.stderr,
    )


GATES = """
version: 1
pre_scale_up:
  smoke: {file: smoke.yaml}
post_test_traffic_shift:
  smoke: [{name: web, file: smoke.yaml}, {name: api, file: api/smoke.yaml}, {name: far, file: "s3://bucket/key"}]
"""


def test_a_gates_file_is_told_apart_and_the_suites_that_it_names(tmp_path):
    """Who mixes the two up finds the suite."""
    path = tmp_path / "gates.yaml"
    path.write_text(GATES)
    result = greenlight_says("run", str(path), "--url", "http://127.0.0.1:1")

    suites = f"{tmp_path}/smoke.yaml or {tmp_path}/api/smoke.yaml or s3://bucket/key"
    assert f"greenlight: {path} is a gates file, not a suite; run the suite that it names: {suites}\n" == result.stderr
    assert 2 == result.exit_code


def test_a_gates_file_with_its_suites_inside_is_told_apart(tmp_path):
    """There is no file to name then."""
    path = tmp_path / "gates.yaml"
    path.write_text("version: 1\npre_scale_up: {smoke: {suite: {}}}\n")
    result = greenlight_says("run", str(path), "--url", "http://127.0.0.1:1")

    assert (
        f"greenlight: {path} is a gates file, and names no suite beside it; name the file of a suite\n" == result.stderr
    )


def test_what_is_neither_is_told_what_both_look_like():
    """Some other YAML."""
    result = greenlight_says("run", "-", "--url", "http://127.0.0.1:1", stdin="kind: Deployment\n")

    assert result.stderr.startswith(
        "greenlight: <stdin>:1: is neither a gates file nor a smoke suite; a gates file has stages"
    )
