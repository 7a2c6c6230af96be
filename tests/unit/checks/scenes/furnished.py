"""The rehearsal's world with what checks look at besides: images in ECR, tasks behind target groups, alarms, calendars, work.

A world starts applications and registers them; to the AWS API it lacks the task that each of them would be, and the image
that it would run.
"""

import itertools
import json
from typing import Any, Self

from moto.elbv2.models import FakeHealthStatus, elbv2_backends
from moto.stepfunctions.models import stepfunctions_backends

from rehearsal.aws import codebuild, functions, tasks
from rehearsal.aws.server import AwsServer
from rehearsal.world import Revision, World
from tests.unit.checks.scenes.making import MACHINE, alarm, answering, calendar, machine, project

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
SUITE = {
    "version": 1,
    "name": "orders",
    "tests": [{"name": "service is healthy", "path": "/health", "expect": {"json": {"status": "ok"}}}],
}
CHECKS: dict[str, Any] = {
    "freeze": {"time_zone": "Europe/Berlin", "windows": [{"from": "2020-12-20 00:00", "to": "2021-01-02 06:00"}]},
    "calendar": {"names": ["holidays"]},
    "alarms": {"names": ["orders-5xx"]},
    "images": None,
    "task_definition": None,
    "routing": None,
    "identity": None,
    "smoke": {"suite": SUITE},
    "metrics": {
        "queries": {"lag": {"namespace": "Orders", "metric": "QueueLag", "stat": "Maximum"}},
        "rules": [{"query": "lag", "max": 300, "missing_data": "zero"}],
    },
    "lambda": {"function": "orders-stock"},
    "state_machine": {"arn": MACHINE},
    "codebuild": {"project": "orders-e2e"},
    "ecs_task": {"command": ["./manage.py", "check"]},
    "traffic_steps": {"steps": [50], "bake": "5s", "metrics": False},
    "switch": {"parameter": "/orders/active-revision"},
    "approval": {"dry_run": True},
}
"""Every kind with as little as it takes: what nobody has to say has its default."""

ELSEWHERE = {
    "PRE_SCALE_UP": {"identity", "traffic_steps", "switch"},
    "POST_TEST_TRAFFIC_SHIFT": {"traffic_steps", "switch"},
    "PRE_PRODUCTION_TRAFFIC_SHIFT": {"switch"},
}
"""Kinds that a gates file must not name at a stage."""


def gate(stage: str, **changed: Any) -> dict[str, Any]:
    """Return what a gates file says of a stage that has every kind."""
    return {kind: settings for kind, settings in (CHECKS | changed).items() if kind not in ELSEWHERE.get(stage, ())}


class FurnishedWorld(World):
    """A world in which every kind of check finds what it looks for."""

    def __enter__(self) -> Self:
        super().__enter__()
        self._running: dict[str, str] = {}
        self._addresses = itertools.count(1)
        self.client("ecr").create_repository(repositoryName=self.service.service_name)
        calendar(self)
        alarm(self)
        answering("passed", "12 of 12 warehouses agree")(self)
        machine(self)
        project(self)
        return self

    # What is asked of a place where things are made.

    @property
    def server(self) -> AwsServer:
        """The AWS API."""
        return self.aws

    def client(self, service: str) -> Any:
        """A client of the AWS API."""
        return self.aws.client(service)

    @property
    def functions(self) -> functions.FunctionStore:
        """The functions."""
        return functions.store(self.aws.account_id, self.aws.region)

    @property
    def builds(self) -> codebuild.BuildStore:
        """The builds."""
        return codebuild.store(self.aws.account_id, self.aws.region)

    @property
    def tasks(self) -> tasks.TaskStore:
        """The tasks."""
        return tasks.store(self.aws.account_id, self.aws.region)

    # What a world lacks.

    def register_revision(self, version: str, **how: Any) -> Revision:
        """Make a revision known to ECS, and push its image."""
        revision = super().register_revision(version, **how)
        layers = [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": f"sha256:{version}"}]
        self.client("ecr").put_image(
            repositoryName=self.service.service_name,
            imageManifest=json.dumps({"schemaVersion": 2, "mediaType": _MANIFEST, "layers": layers}),
            imageManifestMediaType=_MANIFEST,
            imageTag=version,
            imageDigest=revision.image_digest,
        )
        return revision

    def start(self, revision: Revision, target_group_arn: str) -> None:
        """Start a revision's application, as a task with an address of its own."""
        super().start(revision, target_group_arn)
        address = f"10.0.0.{next(self._addresses)}"
        status = FakeHealthStatus(address, "8080", None, "healthy")
        group = elbv2_backends[self.aws.account_id][self.aws.region].target_groups[target_group_arn]
        vars(group)["health_for"] = lambda *_: status
        record = {
            "clusterArn": self.service.cluster_arn,
            "taskDefinitionArn": revision.task_definition_arn,
            "group": f"service:{self.service.service_name}",
            "attachments": [{"details": [{"name": "privateIPv4Address", "value": address}]}],
            "containers": [{"name": self.service.container_name, "imageDigest": revision.image_digest}],
        }
        ((task,), _) = self.tasks.run(record, None, None)
        self.tasks.change(task["taskArn"], lastStatus="RUNNING")
        self._running[revision.arn] = task["taskArn"]

    def stop(self, revision: Revision) -> None:
        """End a revision's application, and its task."""
        super().stop(revision)
        task = self._running.pop(revision.arn, None)
        if task is not None:
            self.tasks.end(task, {})

    def finish_work(self) -> None:
        """Let all work that checks have started come to a good end."""
        for made in stepfunctions_backends[self.aws.account_id][self.aws.region].state_machines:
            for execution in made.executions:
                execution.status = "SUCCEEDED"
        for build in self.builds.builds():
            if build["buildStatus"] == "IN_PROGRESS":
                self.builds.end(build["id"], "SUCCEEDED")
        for arn, task in self.tasks.tasks().items():
            if task.get("startedBy") and task["lastStatus"] != "STOPPED":
                self.tasks.end(arn, {self.service.container_name: 0})
