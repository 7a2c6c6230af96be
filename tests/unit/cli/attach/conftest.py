"""The account of the doctor's tests, with a service that Greenlight does not know yet."""

import pytest

from tests.unit.cli.doctor.conftest import account, sound  # noqa: F401
from tests.unit.cli.doctor.sound import HOOK_ROLE, allowing, arn_of

LOAD_TEST = {
    "hookTargetArn": arn_of("LOAD_TEST"),
    "roleArn": HOOK_ROLE,
    "lifecycleStages": ["POST_SCALE_UP"],
    "hookDetails": {"users": 5},
}
LOOK = {
    "targetType": "PAUSE",
    "lifecycleStages": ["POST_PRODUCTION_TRAFFIC_SHIFT"],
    "timeoutConfiguration": {"timeoutInMinutes": 30, "action": "CONTINUE"},
}


@pytest.fixture
def bare(account):  # noqa: F811 - that is how pytest finds it
    """It has hooks of others."""
    account.build(hooks=[LOAD_TEST, LOOK])
    account.functions(stages=("LOAD_TEST",))
    account.api.client("iam").put_role_policy(
        RoleName="greenlight-EcsHookRole", PolicyName="others", PolicyDocument=allowing("lambda:InvokeFunction")
    )
    return account
