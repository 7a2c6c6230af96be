"""A service with blue and green behind a real load balancer, and an AWS API that can be put into trouble."""

import os
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from greenlight import aws
from greenlight.lifecycle import invocation
from greenlight.lifecycle.state import WarmMemory
from rehearsal.world import World
from tests.contract.support import SITUATIONS, Function, Setting


@pytest.fixture(scope="module")
def module_setting() -> Iterator[Setting]:
    """The service, once for all tests of a module."""
    with World() as world:
        service = world.service
        blue, green = world.register_revision("1"), world.register_revision("2")
        first, second = service.target_group_arns
        world.start(blue, first)
        world.start(green, second)
        world.set_weights(service.test_rule_arn, {first: 0, second: 100})
        setting = Setting(world, blue, green)
        for situation in SITUATIONS:
            world.store.put_deployment(
                {
                    "serviceDeploymentArn": setting.deployment_arn(situation),
                    "serviceArn": service.service_arn,
                    "clusterArn": service.cluster_arn,
                    "status": "IN_PROGRESS",
                    "sourceServiceRevisions": [] if situation == "create" else [{"arn": blue.arn}],
                    "targetServiceRevision": {"arn": green.arn},
                }
            )
        environment = world.aws.environment()
        with patch.dict(os.environ, environment):
            aws.forget_clients()
            yield setting
            for _service in ("ecs", "elbv2", "s3", "ssm", "dynamodb", "sns", "events"):
                aws.client(_service).close()
            aws.forget_clients()


@pytest.fixture
def setting(module_setting, monkeypatch) -> Iterator[Setting]:
    """The service, without the troubles of the test before, and functions that are cold."""
    monkeypatch.setattr(invocation, "_memory", WarmMemory())
    revision = module_setting.world.store.revision(module_setting.green.arn)
    yield module_setting
    module_setting.world.aws.faults.clear()
    module_setting.world.store.put_revision(revision)


@pytest.fixture
def function():
    """Load the function of a stage; the second argument is its environment variable GATES."""
    return Function
