"""`greenlight validate`: files in, findings out, in three forms."""

import json
import re

import pytest

from greenlight.documents import MAX_BYTES
from tests.unit.cli.commands import greenlight_says

SUITE = "version: 1\nname: orders\ntests:\n  - {name: health, path: /health}\n"
BROKEN = "version: 1\nname: orders\ntests:\n  - {name: health, path: health}\n  - {name: health, path: /}\n"
GATES = "version: 1\npre_scale_up:\n  smoke: {file: smoke.yaml}\n"


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Write files into the current directory, which is a new one."""
    monkeypatch.chdir(tmp_path)

    def files(**texts):
        for name, text in texts.items():
            path = tmp_path / name.replace("__", "/").replace("_yaml", ".yaml")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")

    return files


def test_files_without_mistakes(files):
    """Exit code 0, and a line for each file that says what it was taken for."""
    files(smoke_yaml=SUITE, gates_yaml=GATES)
    result = greenlight_says("validate", "smoke.yaml", "gates.yaml")

    assert 0 == result.exit_code
    assert [
        "smoke.yaml: ok, a smoke suite with 1 test",
        "gates.yaml: ok, a gates file with pre_scale_up",
        "2 files, no mistakes",
    ] == result.stdout.splitlines()


def test_all_files_are_told_in_one_go(files):
    """Grouped by file, in the order in which they were named, with the total at the end."""
    files(a_yaml=BROKEN, b_yaml=SUITE, c_yaml="version: 2\nname: c\ntests: [{name: c, path: /}]\n")
    result = greenlight_says("validate", "a.yaml", "b.yaml", "c.yaml", "d.yaml")

    assert 2 == result.exit_code
    assert [
        "a.yaml: 2 mistakes",
        '  a.yaml:4 tests[0].path: has to start with "/", found "health"',
        '  a.yaml:5 tests[1].name: "health" is the name of tests[0] already',
        "b.yaml: ok, a smoke suite with 1 test",
        "c.yaml: 1 mistake",
        "  c.yaml:1 version: has to be 1, found 2",
        "d.yaml: 1 mistake",
        "  d.yaml: cannot be read: No such file or directory",
        "4 files, 4 mistakes",
    ] == result.stdout.splitlines()


def test_a_suite_that_several_name_is_told_about_once(files):
    """Two gates, and the command line itself."""
    gates = GATES + "post_test_traffic_shift:\n  smoke: {file: ./smoke.yaml}\n"
    files(gates_yaml=gates, smoke_yaml=BROKEN)
    result = greenlight_says("validate", "gates.yaml", "smoke.yaml")

    assert "2 files, 2 mistakes" == result.stdout.splitlines()[-1]


def test_suites_stand_beside_their_gates_file_wherever_that_is(files):
    """The place is told as seen from here, so that an editor finds it."""
    files(deploy__gates_yaml=GATES, deploy__smoke_yaml=BROKEN)
    result = greenlight_says("validate", "deploy/gates.yaml")

    assert '  deploy/smoke.yaml:4 tests[0].path: has to start with "/", found "health"' in result.stdout.splitlines()


@pytest.mark.parametrize(("text", "kind"), [(SUITE, "smoke suite"), (GATES, "gates file")])
def test_standard_input_is_either_of_the_two(files, text, kind):
    """Suites that gates on standard input name are looked for here."""
    files(smoke_yaml=SUITE)
    result = greenlight_says("validate", "-", stdin=text)

    assert result.stdout.startswith(f"<stdin>: ok, a {kind} with ")
    assert 0 == result.exit_code


def test_mistakes_on_standard_input_have_lines(files):
    """The name is one that no file has."""
    result = greenlight_says("validate", "-", stdin=BROKEN)

    assert '  <stdin>:4 tests[0].path: has to start with "/", found "health"' in result.stdout.splitlines()


def test_a_directory_is_no_file(files):
    """A slip that shells make easy."""
    result = greenlight_says("validate", ".")

    assert "  .: cannot be read: Is a directory" in result.stdout.splitlines()


def test_a_file_that_is_too_large(files):
    """It is not even parsed."""
    files(smoke_yaml=SUITE + "#" * MAX_BYTES)
    result = greenlight_says("validate", "smoke.yaml")

    assert "  smoke.yaml: is larger than 256 KB; split it" in result.stdout.splitlines()


def test_a_name_may_hold_anything(files, tmp_path):
    """Spaces, colons and numbers of a name are not taken for a place."""
    (tmp_path / "a b:3 c.yaml").write_text(BROKEN)
    result = greenlight_says("validate", "--format", "json", "a b:3 c.yaml")

    (found,) = json.loads(result.stdout)["files"]
    assert "a b:3 c.yaml" == found["file"]
    assert [(4, "tests[0].path"), (5, "tests[1].name")] == [
        (mistake["line"], mistake["path"]) for mistake in found["mistakes"]
    ]


def test_files_that_are_elsewhere_are_told_as_not_looked_at(files):
    """Nothing is asked of AWS, and nobody takes silence for a pass."""
    elsewhere = GATES.replace("smoke.yaml", '"s3://bucket/key"')
    files(gates_yaml=elsewhere)
    result = greenlight_says("validate", "gates.yaml")

    assert 0 == result.exit_code
    told = "gates.yaml:3 pre_scale_up.smoke.file: s3://bucket/key is not on this machine, so it was not looked at"
    assert told in result.stdout.splitlines()


def test_findings_as_json(files):
    """Everything that the text has, for programs."""
    files(gates_yaml=GATES + "post_test_traffic_shift:\n  smoke: {file: 'ssm:/orders'}\n", smoke_yaml=BROKEN)
    result = greenlight_says("validate", "--format", "json", "gates.yaml")

    assert 2 == result.exit_code
    assert {
        "files": [
            {"file": "gates.yaml", "kind": "gates", "mistakes": []},
            {
                "file": "smoke.yaml",
                "kind": "suite",
                "mistakes": [
                    {"line": 4, "path": "tests[0].path", "text": 'has to start with "/", found "health"'},
                    {"line": 5, "path": "tests[1].name", "text": '"health" is the name of tests[0] already'},
                ],
            },
        ],
        "not_looked_at": [{"place": "gates.yaml:5 post_test_traffic_shift.smoke.file", "location": "ssm:/orders"}],
        "mistakes": 2,
    } == json.loads(result.stdout)


def test_findings_as_annotations_for_github(files):
    """Each mistake beside its line; what the syntax of workflow commands needs escaped is escaped."""
    text = 'version: 1\nname: "100 %, really"\ntests:\n  - {name: a, path: "50%,a b"}\n'
    files(**{"a,b_yaml": text})
    result = greenlight_says("validate", "--format", "github", "a,b.yaml", "c.yaml")

    assert 2 == result.exit_code
    assert [
        '::error file=a%2Cb.yaml,line=4,title=greenlight validate::tests[0].path: has to start with "/", found "50%25,a b"',
        "::error file=c.yaml,title=greenlight validate::cannot be read: No such file or directory",
        "2 files, 2 mistakes",
    ] == result.stdout.splitlines()


def test_what_was_not_looked_at_is_a_notice_on_github(files):
    """It is no error, and should be seen all the same."""
    files(gates_yaml=GATES.replace("smoke.yaml", '"s3://bucket/key"'))
    result = greenlight_says("validate", "--format", "github", "gates.yaml")

    assert result.stdout.startswith(
        "::notice title=greenlight validate::gates.yaml:3 pre_scale_up.smoke.file: s3://bucket/key is"
    )


def test_the_gates_of_the_rehearsal_and_of_the_package_have_no_mistakes():
    """What people start from is right."""
    from greenlight.gates.loading import DEFAULT_FILE
    from rehearsal.arguments import GATES as OF_THE_REHEARSAL

    assert 0 == greenlight_says("validate", str(DEFAULT_FILE), str(OF_THE_REHEARSAL)).exit_code


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("version: 1\nname: a\n", "suite"),
        ("version: 1\ntest: [{name: a, path: /}]\n", "suite"),
        ("version: 1\nname: a\nscenarios: []\n", "suite"),
        ("base_url: http://a\nrequests: []\n", "suite"),
        ("version: 1\nname: a\ntests: []\nservice: orders\n", "suite"),
        ("service: orders\n", "gates"),
        ("POST_TEST_TRAFFIC_SHIFT: {}\n", "gates"),
        ("post_test_trafic_shift: {}\n", "gates"),
        ("version: 1\nname: a\npre_scale_up: {}\npost_scale_up: {}\n", "gates"),
        ("version: 1\ngates: {}\n", "gates"),
        ("version: 1\n", None),
        ("version: 1\nname: a\npre_scale_up: {}\n", None),
        ("{}\n", None),
        ("a: 1\n", None),
    ],
)
def test_which_of_the_two_a_file_is_is_seen_from_its_keys(files, text, kind):
    """Also where they are misspelt, or are the words of other tools; what could be both is told what both look like."""
    result = greenlight_says("validate", "--format", "json", "-", stdin=text)

    (found,) = json.loads(result.stdout)["files"]
    assert kind == found["kind"]
    assert (kind is None) == bool(re.search("is neither a gates file nor a smoke suite", result.stdout))
