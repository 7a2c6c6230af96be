"""The gates file, and its mistakes in the words of whoever wrote it."""

import pytest

from greenlight.checks import KINDS
from greenlight.documents import DocumentError, parse, validate
from greenlight.gates.model import DEFAULT_DEADLINE_SECONDS, MAX_CHECKS, gates_file_model
from greenlight.stages import Stage


def read(text):
    """The model of a gates file."""
    return validate(gates_file_model(), parse(text, "gates.yaml"))


def mistakes(text):
    """What is told about a gates file that is refused."""
    with pytest.raises(DocumentError) as caught:
        read(text)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_a_stage_has_a_gate():
    """Settings are read, defaults are filled in, and the other stages have none."""
    model = read("version: 1\nservice: orders\npost_test_traffic_shift:\n  deadline: 20m\n  smoke: {file: smoke.yaml}")
    gate = model.gate("POST_TEST_TRAFFIC_SHIFT")
    ((kind, place, settings),) = gate.checks()
    assert ("orders", 1200.0, "smoke", ("smoke", 0)) == (model.service, gate.deadline, kind, place)
    assert ("required", False, None, "fail", "fail", True) == (
        settings.severity,
        settings.dry_run,
        settings.on_create,
        settings.on_error,
        settings.on_timeout,
        settings.blocking,
    )
    assert model.gate("PRE_SCALE_UP") is None
    assert ["POST_TEST_TRAFFIC_SHIFT"] == model.stages


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_can_have_one(stage):
    """Written in small letters."""
    model = read(f"version: 1\n{stage.lower()}: {{smoke: {{file: a}}}}")
    assert [stage] == model.stages
    assert DEFAULT_DEADLINE_SECONDS == model.gate(stage).deadline


@pytest.mark.parametrize("stage", ["", "version", "service", "SOME_NEW_STAGE", "pre_scale_up"])
def test_what_is_no_stage_has_no_gate(stage):
    """Not even a name that the file does have a key for."""
    assert read("version: 1\nservice: x\npre_scale_up: {smoke: {file: a}}").gate(stage) is None


@pytest.mark.parametrize(
    "smoke", ["{file: a}", "[{file: a}]", "\n    file: a", "[{name: web, file: a}, {name: api, file: b}, {file: c}]"]
)
def test_a_kind_takes_settings_or_a_list_of_them(smoke):
    """One is the usual case; several need names, and one of them may go by its kind."""
    checks = read(f"version: 1\npre_scale_up:\n  smoke: {smoke}").gate("PRE_SCALE_UP").checks()
    assert smoke.count("file") == len(checks)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("pre_scale_up: {smoke: {file: a}}", 'gates.yaml:1 version: is missing; "version" has to be given'),
        ("version: 2", "gates.yaml:1 version: has to be 1, found 2"),
        (
            "version: 1\npre_scaleup: {smoke: {file: a}}",
            'gates.yaml:2 pre_scaleup: unknown key "pre_scaleup"; did you mean "pre_scale_up"?',
        ),
        (
            "version: 1\nPRE_SCALE_UP: {smoke: {file: a}}",
            'gates.yaml:2 PRE_SCALE_UP: unknown key "PRE_SCALE_UP"; write it in small letters: pre_scale_up',
        ),
        (
            "version: 1\nchecks: []",
            (
                'gates.yaml:2 checks: unknown key "checks"; '
                "checks stand under a stage, as in `post_test_traffic_shift: {smoke: {file: smoke.yaml}}`"
            ),
        ),
        (
            "version: 1\nname: x\ntests: []",
            (
                'gates.yaml:3 tests: unknown key "tests"; '
                "this looks like a smoke suite; name it in a gates file, as in `smoke: {file: smoke.yaml}`"
            ),
        ),
        (
            "version: 1\npre_scale_up: {smok: {file: a}}",
            'gates.yaml:2 pre_scale_up.smok: unknown key "smok"; did you mean "smoke"?',
        ),
        (
            "version: 1\npre_scale_up: {}",
            f"gates.yaml:2 pre_scale_up: has no checks, so it could never pass; add one of: {', '.join(KINDS)}",
        ),
        (
            "version: 1\npre_scale_up: {smoke: []}",
            f"gates.yaml:2 pre_scale_up: has no checks, so it could never pass; add one of: {', '.join(KINDS)}",
        ),
        (
            "version: 1\npre_scale_up: {deadline: 20, smoke: {file: a}}",
            (
                "gates.yaml:2 pre_scale_up.deadline: is no duration: 20; "
                "write a number with a unit, as 300ms, 5s, 2m or 1h"
            ),
        ),
        (
            "version: 1\npre_scale_up:\n  smoke:\n    - file: a\n    - file: b\n",
            "gates.yaml:2 pre_scale_up: has more than one check called smoke; give each a `name` of its own",
        ),
        (
            "version: 1\npre_scale_up:\n  smoke:\n    severity: warn\n    file: a",
            "gates.yaml:4 pre_scale_up.smoke.severity: has to be 'required' or 'warning', found \"warn\"",
        ),
        (
            "version: 1\npre_scale_up:\n  smoke:\n    dry_run: yes\n    file: a",
            'gates.yaml:4 pre_scale_up.smoke.dry_run: has to be true or false, found "yes"',
        ),
        (
            "version: 1\npre_scale_up:\n  smoke:\n    on_create: no\n    file: a",
            "gates.yaml:4 pre_scale_up.smoke.on_create: has to be 'run' or 'skip', found \"no\"",
        ),
        (
            "version: 1\npre_scale_up:\n  smoke:\n    -\n      fil: a\n      suite: {}",
            'gates.yaml:5 pre_scale_up.smoke[0].fil: unknown key "fil"; did you mean "file"?',
        ),
        (
            "version: 1\npre_scale_up:\n  smoke:\n",
            (
                "gates.yaml:3 pre_scale_up.smoke: "
                "needs a suite: either `file: smoke.yaml`, or `suite:` with the suite itself"
            ),
        ),
        (
            "version: 1\npre_scale_up:\n  smoke: {file: a, suite: {}}",
            (
                "gates.yaml:3 pre_scale_up.smoke: "
                "needs a suite: either `file: smoke.yaml`, or `suite:` with the suite itself"
            ),
        ),
        (
            "version: 1\npre_scale_up:\n  smoke:\n    file: a\n    endpoint: orders:8080",
            (
                'gates.yaml:5 pre_scale_up.smoke.endpoint: "orders:8080" is not an endpoint; '
                "write http://host:port or https://host:port"
            ),
        ),
        (
            "version: 1\npre_scale_up: {smoke: smoke.yaml}",
            'gates.yaml:2 pre_scale_up.smoke: has to be a mapping of keys to values, found "smoke.yaml"',
        ),
        (
            "version: 1\npre_scale_up: [{smoke: {file: a}}]",
            ('gates.yaml:2 pre_scale_up: has to be a mapping of keys to values, found [{"smoke": {"file": "a"}}]'),
        ),
        (
            "version: 1\npre_scale_up: {smoke: {file: a, tags: critical}}",
            'gates.yaml:2 pre_scale_up.smoke.tags: has to be a list, found "critical"',
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_cure(text, told):
    """Place, what was found, what was expected, what to write."""
    assert told in mistakes(text)


@pytest.mark.parametrize("name", ["Web", "1st", "a b", "", "a" * 33, "ä"])
def test_a_name_is_a_short_word(name):
    """It stands in logs, in reasons and in hookDetails, twenty times at worst."""
    (mistake,) = mistakes(f"version: 1\npre_scale_up: {{smoke: {{file: a, name: '{name}'}}}}")
    assert mistake.startswith("gates.yaml:2 pre_scale_up.smoke.name: ")


def test_the_number_of_checks_is_limited():
    """So that the state of all of them fits into hookDetails."""
    many = ", ".join(f"{{name: c{n}, file: a}}" for n in range(MAX_CHECKS + 1))
    assert [f"gates.yaml:2 pre_scale_up: has {MAX_CHECKS + 1} checks; {MAX_CHECKS} are allowed"] == mistakes(
        f"version: 1\npre_scale_up: {{smoke: [{many}]}}"
    )
    most = ", ".join(f"{{name: c{n}, file: a}}" for n in range(MAX_CHECKS))
    gate = read(f"version: 1\npre_scale_up: {{smoke: [{most}]}}").gate("PRE_SCALE_UP")
    assert MAX_CHECKS == len(gate.checks())


def test_mistakes_of_all_stages_are_told_at_once():
    """Even those of stages that are not asked now: the next hook would stumble over them at night."""
    told = mistakes("version: 1\npre_scale_up: {}\npost_scale_up: {smoke: {fil: a}}\nservice: 5")
    assert ["gates.yaml:2 pre_scale_up", "gates.yaml:3 post_scale_up.smoke.fil", "gates.yaml:4 service"] == [
        mistake.partition(": ")[0] for mistake in told
    ]


def test_a_check_is_not_called_by_the_word_for_another_kind():
    """Its answer would stand for the other's."""
    text = "version: 1\npre_scale_up:\n  smoke: {name: routing, file: a}"
    assert [
        "gates.yaml:2 pre_scale_up: calls a check by the word for another kind: routing; choose another `name`"
    ] == mistakes(text)
