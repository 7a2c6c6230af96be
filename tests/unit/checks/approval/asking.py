"""A deployment of which people are asked: what a check is run with, and what people decide."""

import json
import time
from contextlib import contextmanager
from dataclasses import replace

from greenlight import clock
from greenlight.checks import CheckContext, Files, Finding, Outcome
from greenlight.checks.approval import ApprovalSettings, prepare_approval
from greenlight.deployment import Deployment
from greenlight.documents import Document, validate
from greenlight.record import Decision, approvals
from rehearsal.aws import ecs

NOON = 1_800_000_000.0
ARN = "arn:aws:ecs:eu-west-1:123456789012"
BLUE, GREEN, OTHER = (f"{ARN}:service-revision/shop/orders/{number}" for number in (1, 2, 3))
DEPLOYMENT = f"{ARN}:service-deployment/shop/orders/d1"
PEOPLE = tuple(f"arn:aws:sts::123456789012:assumed-role/deployers/{name}" for name in ("ann", "bob", "cem"))
ANN, BOB, CEM = PEOPLE
FINDINGS = (Finding("smoke", "smoke", Outcome.PASSED, "12 of 12 tests passed", blocking=True),)


def approval(**written):
    """An approval check, as a gates file says."""
    document = Document("gates.yaml", written)
    read = validate(ApprovalSettings, document)
    return prepare_approval(read, "PRE_PRODUCTION_TRAFFIC_SHIFT", Files(document, lambda _: document))


def revision(arn, version):
    """What ECS says of a revision."""
    image = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:{version}"
    return {
        "serviceRevisionArn": arn,
        "taskDefinition": f"{ARN}:task-definition/orders:{version}",
        "containerImages": [
            {"containerName": "app", "image": image, "imageDigest": f"sha256:{str(version) * 64}"},
            {"containerName": "proxy", "image": "proxy:1"},
        ],
    }


class World:
    """A deployment of orders, from version 1 to version 2, and a clock.

    Args:
        server: The AWS API.
        table: The record.
    """

    def __init__(self, server, table):
        self.server, self.table, self.now = server, table, NOON
        self.deployed()
        for version, arn in enumerate((BLUE, GREEN), start=1):
            self.store.put_revision(revision(arn, version))

    @property
    def store(self):
        """What ECS keeps."""
        return ecs.store(self.server.account_id, self.server.region)

    def deployed(self, **fields):
        """Let ECS say something of the deployment."""
        self.store.put_deployment(
            {
                "serviceDeploymentArn": DEPLOYMENT,
                "serviceArn": f"{ARN}:service/shop/orders",
                "status": "IN_PROGRESS",
                "lifecycleStage": "POST_TEST_TRAFFIC_SHIFT",
                "sourceServiceRevisions": [{"arn": BLUE}],
                "targetServiceRevision": {"arn": GREEN},
                **fields,
            }
        )

    @contextmanager
    def time(self):
        """The library's clock is this one."""
        token = clock.source.set(lambda: self.now)
        try:
            yield self
        finally:
            clock.source.reset(token)

    def context(self, **more):
        """What the check may look at."""
        known = {
            "deployment": Deployment(DEPLOYMENT, GREEN),
            "deadline": time.monotonic() + 60,
            "run_id": "d1",
            "memory": {},
            "service": "orders",
            "record": self.table,
            "findings": FINDINGS,
        }
        return CheckContext(stage="PRE_PRODUCTION_TRAFFIC_SHIFT", **{**known, **more})

    def ask(self, check, **more):
        """What the check answers now; its memory is JSON, as it comes back."""
        with self.time():
            result = check.run(self.context(**more))
        return replace(result, memory=json.loads(json.dumps(dict(result.memory))), details=_plain(result.details))

    def question(self, name="approval"):
        """How the question stands."""
        return approvals.find(self.table, "d1", name)

    def decide(self, who, *, approves=True, comment="", question=None):
        """Let a person decide now."""
        asked = question or self.question()
        decision = Decision(who=who, approves=approves, at=self.now, comment=comment, via="test")
        return approvals.decide(self.table, asked, decision)


def _plain(details):
    """Details go into the log and the report as JSON."""
    return json.loads(json.dumps(dict(details)))
