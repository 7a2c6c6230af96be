"""What a gates file may say of a task_definition check, and what is told about mistakes."""

import re
from pathlib import Path

import pytest

from greenlight.checks.task_definition import TaskDefinitionSettings
from greenlight.documents import DocumentError, parse, validate


def mistakes(text):
    """What is told about settings as they stand in a file."""
    with pytest.raises(DocumentError) as caught:
        validate(TaskDefinitionSettings, parse(text, "gates.yaml"))
    return [str(mistake) for mistake in caught.value.mistakes]


def test_nothing_has_to_be_said():
    """The defaults are sound."""
    settings = validate(TaskDefinitionSettings, parse("{}", "gates.yaml"))
    assert ("fail", "warning", "off") == (
        settings.rules.privileged,
        settings.rules.root_user,
        settings.rules.task_role,
    )
    assert (None, (), True) == (settings.containers, settings.ignore, settings.load_balancer_is_health_check)


def test_all_of_it():
    """In the YAML that people write; `off` is text there."""
    text = """
    rules: {root_user: off, writable_root: fail}
    containers: [app]
    load_balancer_is_health_check: false
    ignore:
      - {rule: privileged, container: agent, reason: reads counters}
      - {rule: secret_names, variable: TOKEN, reason: is none}
    """
    settings = validate(TaskDefinitionSettings, parse(text, "gates.yaml"))
    assert ("off", "fail") == (settings.rules.root_user, settings.rules.writable_root)
    assert ["agent", None] == [ignore.container for ignore in settings.ignore]
    assert "root_user" not in settings.rules.asked


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rules: {root_usr: fail}", 'gates.yaml:1 rules.root_usr: unknown key "root_usr"; did you mean "root_user"?'),
        (
            "rules: {latest_tag: fail}",
            'gates.yaml:1 rules.latest_tag: unknown key "latest_tag"; the `images` check looks at tags',
        ),
        (
            "rules: {secrets: fail}",
            (
                'gates.yaml:1 rules.secrets: unknown key "secrets"; '
                "write plaintext_secrets (values that are secrets) or secret_names (names that sound like one)"
            ),
        ),
        (
            "rules: {root_user: error}",
            "gates.yaml:1 rules.root_user: has to be 'off', 'warning' or 'fail', found \"error\"",
        ),
        (
            "root_user: fail",
            'gates.yaml:1 root_user: unknown key "root_user"; rules stand under `rules`, as in `rules: {root_user: fail}`',
        ),
        ("exceptions: []", 'gates.yaml:1 exceptions: unknown key "exceptions"; write "ignore"'),
        (
            "ignore: [{rule: privileged}]",
            'gates.yaml:1 ignore[0].reason: is missing; "reason" has to be given',
        ),
        (
            'ignore: [{rule: privileged, reason: " "}]',
            "gates.yaml:1 ignore[0].reason: has to say something; whoever reads the report wants to know why",
        ),
        (
            "ignore: [{rule: privileged, why: x}]",
            'gates.yaml:1 ignore[0].why: unknown key "why"; write "reason"',
        ),
        ("containers: []", "gates.yaml:1 containers: has too few items, found []; it needs 1 or more"),
        ("containers: app", 'gates.yaml:1 containers: has to be a list, found "app"'),
    ],
)
def test_a_mistake_is_told_with_its_cure(text, told):
    """When the file is loaded, so that nobody waits for a deployment to learn of it."""
    assert told in mistakes(text)


def test_a_check_without_rules_could_never_say_no():
    """So that it is none."""
    rules = ", ".join(f"{rule}: off" for rule in TaskDefinitionSettings().rules.asked)
    assert [
        "gates.yaml:1: has every rule switched off, and what was not checked does not pass; leave one on"
    ] == mistakes(f"rules: {{{rules}}}")


def test_an_unknown_rule_of_an_exception_names_those_that_there_are():
    """A typing error would make the exception useless."""
    (told,) = mistakes("ignore: [{rule: priviledged, reason: x}]")
    assert "has to be 'privileged', 'host_network'" in told


DOCUMENT = (Path(__file__).parents[4] / "docs" / "checks" / "task_definition.md").read_text(encoding="utf-8")


def test_the_documented_rules_are_those_that_there_are():
    """With their defaults, in their order."""
    told = re.findall(r"(?m)^\| `(\w+)` \| `(fail|warning|off)` \|", DOCUMENT)
    assert list(TaskDefinitionSettings().rules.model_dump().items()) == told


def test_the_documented_example_is_read():
    """Whoever copies it has something that works."""
    example = parse(DOCUMENT.split("```yaml")[1].split("```")[0], "gates.yaml").at(("pre_scale_up", "task_definition"))
    settings = validate(TaskDefinitionSettings, example)
    assert ("fail", "off", 2) == (settings.rules.root_user, settings.rules.host_volumes, len(settings.ignore))
