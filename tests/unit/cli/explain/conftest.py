"""An account with a stack of Greenlight, a service deployment, the record and the functions' logs."""

import json
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from greenlight.record import Answer, Approval, VerdictEntry, approvals, verdicts
from rehearsal.aws.ecs import store
from tests.record_tables import record_table

ACCOUNT, REGION = "123456789012", "eu-west-1"
DEPLOYMENT = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service-deployment/shop/orders/4kRvX3bQ2aM6ERMvsxuLd"
SERVICE = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/shop/orders"
GREEN = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service-revision/shop/orders/2"
BLUE = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service-revision/shop/orders/1"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:greenlight-PostTestTrafficShiftFunction-3LcH9uYbXe7N"
GROUP = "/aws/lambda/greenlight-post-test-traffic-shift"
FAILED = (
    "Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. "
    f"Lifecycle hook target {FUNCTION} returned FAILED status."
)
UNREADABLE = (
    "Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. "
    f"ECS was unable to parse the response from {FUNCTION} due to: HookStatus must not be null."
)


@dataclass
class Shop:
    """What there is in the account, and how to add to it."""

    api: object
    table: object = None
    ends: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def stack(self, **outputs):
        """Deploy Greenlight: a stack with outputs, as template.yaml has them."""
        told = {
            "RecordTableName": "greenlight-record",
            "PostTestTrafficShiftFunctionArn": FUNCTION,
            "HookLogGroups": GROUP,
            **outputs,
        }
        template = {
            "Resources": {"Nothing": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {key: {"Value": value} for key, value in told.items() if value},
        }
        self.api.client("cloudformation").create_stack(StackName="greenlight", TemplateBody=json.dumps(template))

    def record(self):
        """Make the record's table."""
        self.table = record_table()

    def service(self):
        """Make the cluster and the service, which a service's name is looked up in."""
        ecs = self.api.client("ecs")
        ecs.create_cluster(clusterName="shop")
        ecs.register_task_definition(
            family="orders", containerDefinitions=[{"name": "app", "image": "orders:2", "memory": 128}]
        )
        ecs.create_service(cluster="shop", serviceName="orders", taskDefinition="orders", desiredCount=0)

    def deploy(self, status="ROLLBACK_SUCCESSFUL", reason=FAILED, **more):
        """Put a service deployment there, which has just ended."""
        deployment = {
            "serviceDeploymentArn": DEPLOYMENT,
            "serviceArn": SERVICE,
            "clusterArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/shop",
            "createdAt": self.ends - timedelta(minutes=14),
            "startedAt": self.ends - timedelta(minutes=14),
            "updatedAt": self.ends,
            "sourceServiceRevisions": [
                {"arn": BLUE, "requestedTestTrafficWeight": 100.0, "requestedProductionTrafficWeight": 100.0}
            ],
            "targetServiceRevision": {
                "arn": GREEN,
                "requestedTestTrafficWeight": 0.0,
                "requestedProductionTrafficWeight": 0.0,
            },
            "status": status,
            "lifecycleStage": "POST_TEST_TRAFFIC_SHIFT",
            "lifecycleHookDetails": [],
            "deploymentConfiguration": {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5},
            **({"statusReason": reason} if reason else {}),
            **({} if status == "IN_PROGRESS" else {"finishedAt": self.ends}),
            **more,
        }
        store(self.api.account_id, REGION).put_deployment(deployment)

    def verdict(self, status="FAILED", **more):
        """Write a verdict into the record, as a hook does."""
        return verdicts.add(self.table, verdict_entry(status, **{"at": self.ends.timestamp() - 120, **more}))

    def ask(self, **more):
        """Ask people, as the approval check does."""
        told = {
            "deployment": DEPLOYMENT.rpartition("/")[2],
            "name": "approval",
            "deployment_arn": DEPLOYMENT,
            "service": "orders",
            "green": GREEN,
            "stage": "PRE_PRODUCTION_TRAFFIC_SHIFT",
            "requested_at": time.time() - 60,
            "expires_at": time.time() + 3600,
        }
        return approvals.request(self.table, Approval(**{**told, **more}))[0]

    def log(self, *lines, group=GROUP):
        """Write lines into a function's log."""
        logs = self.api.client("logs")
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName="s")
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        moment = int(self.ends.timestamp() * 1000) - 60_000
        logs.put_log_events(
            logGroupName=group,
            logStreamName="s",
            logEvents=[{"timestamp": moment + index, "message": text} for index, text in enumerate(texts)],
        )


def verdict_entry(status, *, at, **more):
    """A verdict of the gate at POST_TEST_TRAFFIC_SHIFT."""
    told = {
        "deployment": DEPLOYMENT.rpartition("/")[2],
        "deployment_arn": DEPLOYMENT,
        "service": "orders",
        "service_arn": SERVICE,
        "green": GREEN,
        "stage": "POST_TEST_TRAFFIC_SHIFT",
        "step": "",
        "gate": "POST_TEST_TRAFFIC_SHIFT",
        "function": FUNCTION,
        "attempt": 1,
        "status": status,
        "reason": "web: expected status 2xx, got 500",
        "at": at,
        "checks": (Answer(name="web", kind="smoke", outcome="failed", summary="expected status 2xx, got 500"),),
        "report": "https://reports.example.com/1",
    }
    return VerdictEntry(**{**told, **more})


def logged(status="FAILED"):
    """The same verdict as a line of the log."""
    entry = verdict_entry(status, at=0.0)
    return {
        "level": "ERROR",
        "message": "verdict",
        "timestamp": datetime.now(UTC).isoformat(),
        "service": "greenlight",
        "deployment": entry.deployment,
        "ecs_service": "orders",
        "stage": entry.stage,
        "hook_status": status,
        "reason": entry.reason,
        "checks": [asdict(check) for check in entry.checks],
        "attempt": 1,
    }


@pytest.fixture
def empty_shop(aws_api):
    """An account with nothing in it."""
    return Shop(aws_api)


@pytest.fixture
def shop(empty_shop):
    """An account with Greenlight's stack, the record and a service."""
    empty_shop.stack()
    empty_shop.record()
    empty_shop.service()
    return empty_shop
