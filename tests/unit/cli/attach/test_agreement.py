"""What is pasted and what is attached are the same hooks: whoever tries with attach and stays with a snippet gets no other gate."""

import pytest

from greenlight_cli.snippet import choices
from tests.unit.cli.commands import greenlight_says
from tests.unit.cli.doctor.sound import AFTER, BEFORE, GATES, PRE, SOUND_GATES, SUITE, TEST
from tests.unit.cli.snippet.parsing import PARSERS

PAUSE = {
    "targetType": "PAUSE",
    "lifecycleStages": [BEFORE],
    "timeoutConfiguration": {"timeoutInMinutes": 60, "action": "ROLLBACK"},
}
SMOKE = {"smoke": {"suite": SUITE}}


@pytest.fixture
def services(account):
    """A service that nobody guards yet, beside a stack with a PAUSE hook."""
    account.build(hooks=[], gates=SOUND_GATES | {AFTER.lower(): SMOKE, BEFORE.lower(): SMOKE})
    account.stack("pausing", pause=[PAUSE])
    return account


def without_timeouts(hooks):
    """The hooks, without the time-outs of functions."""
    return [
        {key: value for key, value in hook.items() if key != "timeoutConfiguration" or "hookTargetArn" not in hook}
        for hook in hooks
    ]


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--gates", GATES),
        ("--gates", GATES, "--timeout", "45"),
        ("--stages", f"{AFTER},{TEST}", "--gates", GATES),
        ("--stack", "pausing", "--gates", GATES),
        ("--stack", "pausing", "--stages", f"{PRE},{BEFORE}"),
    ],
)
def test_each_snippet_holds_what_attach_registers(services, options):
    """Functions, role, stages, hookDetails, time-outs, and the stack's PAUSE hook, in the same order."""
    attached = greenlight_says("attach", "shop/orders", "--yes", "--force", *options)
    assert 0 == attached.exit_code, attached.output

    pasted = {
        form: PARSERS[form](greenlight_says("snippet", "--format", form, *options).stdout)["lifecycleHooks"]
        for form in choices.FORMATS
    }

    hooks = services.hooks()
    # Terraform's older providers know no time-outs, so that its snippet has those alone that somebody asks for.
    own = {"terraform": hooks if "--timeout" in options else without_timeouts(hooks)}
    assert {form: own.get(form, hooks) for form in choices.FORMATS} == pasted
