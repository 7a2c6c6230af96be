"""What can be chosen on the command line; nothing is imported, so that ``--help`` answers at once."""

from collections.abc import Mapping
from typing import Final

BLUE_GREEN, LINEAR, CANARY = "BLUE_GREEN", "LINEAR", "CANARY"
STRATEGIES: Final = (BLUE_GREEN, LINEAR, CANARY)

FORMATS: Final = ("cloudformation", "sam", "cdk", "cdk-python", "terraform", "ecspresso", "cli")

FUNCTIONS: Final[Mapping[str, str]] = {
    "PRE_SCALE_UP": "PreScaleUpFunction",
    "POST_TEST_TRAFFIC_SHIFT": "PostTestTrafficShiftFunction",
    "PRE_PRODUCTION_TRAFFIC_SHIFT": "PreProductionTrafficShiftFunction",
    "PRODUCTION_TRAFFIC_SHIFT": "ProductionTrafficShiftFunction",
    "POST_PRODUCTION_TRAFFIC_SHIFT": "PostProductionTrafficShiftFunction",
}
"""Stages that have a function of their own, and its name in template.yaml; its ARN is the output ``…Arn``."""

USUAL_STAGES: Final = ("PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT")
"""As in the template's parameter ``Stages``."""

# ECS refuses the two shift stages: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html
PAUSE_STAGES: Final = (
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
)

USUAL_BAKE_MINUTES: Final = 15
"""ECS's own default: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html"""

MOST_BAKE_MINUTES: Final = 1440
MOST_TIMEOUT_MINUTES: Final = 1440
"""Of a function's hook: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html"""
