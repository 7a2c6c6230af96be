"""What the documentation says that a person needs, against what the commands really ask of AWS."""

import json
import re
from pathlib import Path

from tests.unit.cli.commands import greenlight_says
from tests.unit.cli.doctor.sound import GATES, SOUND_GATES, TEST, hook_at

PAGE = Path(__file__).parents[4] / "docs" / "attach.md"
PREFIXES = {"elbv2": "elasticloadbalancing"}
CHANGING = {"ChangeTheHooks", "HandOverTheHooksRole"}
# It is no call: ECS asks IAM for it when the service is updated.
NO_CALL = {"iam:PassRole"}


def statements():
    """Sid → the actions of the policy that the page shows."""
    policy = json.loads(re.search(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1])
    return {
        each["Sid"]: {each["Action"]} if isinstance(each["Action"], str) else set(each["Action"])
        for each in policy["Statement"]
    }


def asked(account, *commands):
    """The permissions of the calls that some commands make."""
    counts = account.api.faults._calls
    before = counts.copy()
    for command in commands:
        result = greenlight_says(*command)
        assert 0 == result.exit_code, result.output
    return {f"{PREFIXES.get(service, service)}:{name}" for service, name in counts - before}


def test_the_policy_names_what_is_asked_and_nothing_else(account):
    """A gates file in S3 and one in Parameter Store, an alarm, a load balancer: every look is made."""
    account.build(hooks=[hook_at(TEST, hookDetails={"gates": "ssm:/orders/gates"})])
    account.api.client("ssm").put_parameter(Name="/orders/gates", Value=json.dumps(SOUND_GATES), Type="String")
    account.api.client("iam").put_role_policy(
        RoleName="greenlight-function",
        PolicyName="parameters",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}],
            }
        ),
    )
    named = statements()
    looking = set().union(*(actions for sid, actions in named.items() if sid not in CHANGING))

    looks = asked(account, ("doctor", "shop/orders"), ("attach", "shop/orders", "--gates", GATES, "--dry-run"))
    changes = asked(account, ("attach", "shop/orders", "--gates", GATES, "--yes"), ("detach", "shop/orders", "--yes"))

    assert looking == looks
    assert set().union(*(named[sid] for sid in CHANGING)) - NO_CALL == changes - looks
