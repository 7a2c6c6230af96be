"""What moto lacks of IAM: SimulatePrincipalPolicy, for roles.

Policies are weighed by moto's own reading of them, so that a simulation and moto's access control say the same. As in AWS, an
action is allowed where a policy of the role allows it, none denies it, and its permissions boundary, if it has one, allows it too:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Sequence
from typing import Any

import moto.iam.urls
from moto.core.responses import ActionResult
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.exceptions import NoSuchEntity
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse

__all__ = ["extend_moto"]

ALLOWED, IMPLICIT_DENY, EXPLICIT_DENY = "allowed", "implicitDeny", "explicitDeny"


def extend_moto() -> None:
    """Let moto answer IAM calls with the operation of this module. Doing it again changes nothing."""
    moto.iam.urls.url_paths.update(dict.fromkeys(moto.iam.urls.url_paths, SimulatingResponse.dispatch))


class SimulatingResponse(IamResponse):
    """moto's IAM, with simulations."""

    def simulate_principal_policy(self) -> ActionResult:
        name = str(self._get_param("PolicySourceArn")).rpartition("/")[2]
        policies, boundary = _policies_of(self.backend, name)
        return ActionResult(
            {
                "EvaluationResults": [
                    {
                        "EvalActionName": action,
                        "EvalResourceName": resource,
                        "EvalDecision": _decision(policies, boundary, action, resource),
                    }
                    for action in self._get_param("ActionNames") or ()
                    for resource in self._get_param("ResourceArns") or ["*"]
                ],
                "IsTruncated": False,
            }
        )


def _policies_of(backend: IAMBackend, name: str) -> tuple[list[Any], Any]:
    role = next((role for role in backend.roles.values() if role.name == name), None)
    if role is None:
        raise NoSuchEntity(f"The role with name {name} cannot be found.")
    attached = [*role.policies.values(), *role.managed_policies.values()]
    boundary = backend.managed_policies.get(role.permissions_boundary_arn) if role.permissions_boundary_arn else None
    return attached, boundary


def _decision(policies: Sequence[Any], boundary: Any, action: str, resource: str) -> str:
    results = {IAMPolicy(policy).is_action_permitted(action, resource) for policy in policies}
    if PermissionResult.DENIED in results:
        return EXPLICIT_DENY
    bounded = boundary is None or (
        IAMPolicy(boundary).is_action_permitted(action, resource) == PermissionResult.PERMITTED
    )
    return ALLOWED if PermissionResult.PERMITTED in results and bounded else IMPLICIT_DENY
