"""docs/security.md tells every right that template.yaml gives, and who has it."""

import re
from pathlib import Path

from rehearsal.cloudformation import read

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = read(ROOT / "template.yaml")["Resources"]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def listed(value):
    """IAM takes one value for a list of one."""
    return value if isinstance(value, list) else [value]


def statements(value, condition=None):
    """Every statement in a value, and the condition that it is there for."""
    if isinstance(value, list):
        for item in value:
            yield from statements(item, condition)
    elif isinstance(value, dict):
        if "Effect" in value:
            yield value, condition
        elif "Fn::If" in value:
            name, there, otherwise = value["Fn::If"]
            yield from statements(there, name)
            yield from statements(otherwise, name)
        else:
            for item in value.values():
                yield from statements(item, condition)


def in_the_template():
    """Where, statement, condition and actions of all that is allowed."""
    for name, resource in TEMPLATE.items():
        for statement, condition in statements(resource.get("Properties", {}), resource.get("Condition")):
            if statement["Effect"] == "Allow":
                yield name, statement["Sid"], condition, frozenset(listed(statement["Action"]))


def on_the_page():
    """The same as the table says it; a row about several roles names no condition."""
    rows = re.findall(r"^\| (.+?) \| `(\w+)`(?: \((\w+)\))? \| (.+?) \| (.+?) \| (.+?) \|$", PAGE, flags=re.MULTILINE)
    for where, sid, condition, actions, *_ in rows:
        for name in re.findall(r"`(\w+)`", where):
            shared = where.count("`") > len(("`", "`"))
            of_the_role = TEMPLATE[name].get("Condition") if shared else None
            yield name, sid, condition or of_the_role, frozenset(re.findall(r"`([^`]+)`", actions))


def policies_of(role):
    """The managed policies of a role, and the condition of each."""
    for policy in TEMPLATE[role]["Properties"].get("ManagedPolicyArns", []):
        chosen = policy["Fn::If"][1] if "Fn::If" in policy else policy
        yield chosen["Ref"]


def test_every_right_is_in_the_table():
    """And the table gives none that the template does not."""
    assert set(in_the_template()) == set(on_the_page())


def test_every_right_has_its_reason():
    """And what somebody could do who has it."""
    rows = [line.split(" | ") for line in PAGE.splitlines() if re.match(r"\| `\w+`.*\| `\w+`", line)]
    assert rows
    assert all(len(row) == len(("where", "sid", "actions", "why", "attacker")) and all(row) for row in rows)


def test_who_has_which_policy():
    """As the sentence above the table says."""
    hooks = {name for name in TEMPLATE if re.fullmatch(r"P\w+Role", name)}
    everywhere = {"HookPolicy", "TellingPolicy", "ChecksPolicy", "ExternalWorkPolicy", "VpcPolicy"}
    for role in hooks:
        assert everywhere == set(policies_of(role)) - {"ShiftingPolicy"}
    assert {"TellingPolicy", "ShiftingPolicy"} == set(policies_of("DeploymentEventsRole"))
    shifting = {role for role in [*hooks, "DeploymentEventsRole"] if "ShiftingPolicy" in set(policies_of(role))}
    assert {"PreProductionTrafficShiftRole", "DeploymentEventsRole"} == shifting
    assert [] == list(policies_of("EcsHookRole"))
