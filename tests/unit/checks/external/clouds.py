"""Services that do work, in memory: what StartExecution, StartBuild and RunTask promise, and how they can be late."""

from collections import defaultdict
from datetime import UTC, datetime

from moto.codebuild.exceptions import InvalidInputException

from greenlight import aws
from rehearsal.aws.codebuild import BuildStore
from rehearsal.aws.tasks import TaskStore, TokenUsedError
from tests.unit.checks.external.conftest import GREEN, MACHINE

PROJECT_ARN = "arn:aws:codebuild:eu-west-1:123456789012:build/orders-e2e"
CLUSTER_ARN = "arn:aws:ecs:eu-west-1:123456789012:cluster/shop"


def refused(operation, code, *, cause=None, message="no"):
    """An answer that says no."""
    error = aws.AwsRefusedError(operation, f"was refused ({code}): {message}", code=code)
    error.__cause__ = cause
    return error


class Cloud:
    """What all of them share: green, whose image may be told in two ways.

    Attributes:
        late: Whether lists do not show yet what a token still knows.
    """

    def __init__(self):
        self.late = False
        self.images = 0

    def call(self, operation, **parameters):
        """Answer a call."""
        return getattr(self, operation)(**parameters)

    def describe_service_revisions(self, **_):
        image = {"containerName": "app", "image": f"repo/orders:{self.images}"}
        record = {"serviceRevisionArn": GREEN, "taskDefinition": "orders:1", "containerImages": [image]}
        return {"serviceRevisions": [{**record, "launchType": "FARGATE"}]}

    def describe_service_deployments(self, **_):
        raise aws.AwsThrottledError("ecs:DescribeServiceDeployments", "was throttled")


class Executions(Cloud):
    """Step Functions: a name is given once."""

    def __init__(self):
        super().__init__()
        self.records = {}

    def describe_state_machine(self, **_):
        return {"type": "STANDARD"}

    def start_execution(self, *, name, **request):
        arn = f"{MACHINE.replace('stateMachine', 'execution')}:{name}"
        record = self.records.get(arn)
        if record is None:
            self.records[arn] = {"executionArn": arn, "status": "RUNNING", "startDate": datetime.now(UTC), **request}
        elif record["status"] != "RUNNING" or record["input"] != request["input"]:
            raise refused("states:StartExecution", "ExecutionAlreadyExists", message=f"'{arn}'")
        return {"executionArn": arn, "startDate": self.records[arn]["startDate"]}

    def describe_execution(self, *, executionArn):  # noqa: N803 - as Step Functions calls it
        if self.late or executionArn not in self.records:
            raise refused("states:DescribeExecution", "ExecutionDoesNotExist")
        return dict(self.records[executionArn])

    def forget_tokens(self):
        """Names are taken for 90 days."""

    def end(self, *, well):
        for record in self.records.values():
            if record["status"] == "RUNNING":
                record["status"] = "SUCCEEDED" if well else "FAILED"

    def die(self):
        """There is no execution that is none."""

    @property
    def begun(self):
        return [record["status"] == "SUCCEEDED" for record in self.records.values()]


class Builds(Cloud):
    """CodeBuild: a token is known for five minutes."""

    def __init__(self):
        super().__init__()
        self.store = BuildStore()
        self.known = True

    def start_build(self, *, idempotencyToken, **request):  # noqa: N803 - as CodeBuild calls it
        self.known = True
        environment = {"environmentVariables": request["environmentVariablesOverride"]}
        record = {"projectName": request["projectName"], "arn": PROJECT_ARN, "environment": environment}
        try:
            return {"build": self.store.start(record, idempotencyToken, request)}
        except InvalidInputException as error:
            raise refused("codebuild:StartBuild", "InvalidInputException") from error

    def list_builds_for_project(self, **_):
        return {"ids": [] if self.late and self.known else [build["id"] for build in self.store.builds()]}

    def batch_get_builds(self, *, ids):
        return {"builds": [build for build in self.store.builds() if build["id"] in ids]}

    def forget_tokens(self):
        self.store.forget_tokens()
        self.known = False

    def end(self, *, well):
        for build in self.store.builds():
            if build["buildStatus"] == "IN_PROGRESS":
                self.store.end(build["id"], "SUCCEEDED" if well else "FAILED")

    def die(self):
        for build in self.store.builds():
            if build["buildStatus"] == "IN_PROGRESS":
                self.store.end(build["id"], "FAULT", phase="PROVISIONING")

    @property
    def begun(self):
        return [build["buildStatus"] == "SUCCEEDED" for build in self.store.builds() if build["buildStatus"] != "FAULT"]


class Tasks(Cloud):
    """ECS: a token is known for a day, or until an hour after the task has stopped."""

    def __init__(self):
        super().__init__()
        self.store = TaskStore()
        self.known = True

    def run_task(self, *, clientToken, **request):  # noqa: N803 - as ECS calls it
        self.known = True
        record = {
            "clusterArn": CLUSTER_ARN,
            "taskDefinitionArn": "task-definition/orders:1",
            "startedBy": request["startedBy"],
            "containers": [{"name": "app"}],
        }
        try:
            tasks, failures = self.store.run(record, clientToken, request)
        except TokenUsedError as error:
            error.response = {"resourceIds": [error.arn]}
            raise refused("ecs:RunTask", "ConflictException", cause=error) from error
        return {"tasks": tasks, "failures": failures}

    def list_tasks(self, *, startedBy, desiredStatus, **_):  # noqa: N803 - as ECS calls them
        wanted = {"startedBy": startedBy, "desiredStatus": desiredStatus}
        hidden = self.late and self.known
        arns = [arn for arn, task in self.store.tasks().items() if all(task[key] == wanted[key] for key in wanted)]
        return {"taskArns": [] if hidden else arns}

    def describe_tasks(self, *, tasks, **_):
        known = self.store.tasks()
        return {"tasks": [task for arn, task in known.items() if {arn, arn.rpartition("/")[2]} & set(tasks)]}

    def forget_tokens(self):
        self.store.forget_tokens()
        self.known = False

    def end(self, *, well):
        for arn, task in self.store.tasks().items():
            if task["lastStatus"] != "STOPPED":
                self.store.end(arn, {"app": 0 if well else 1})

    def die(self):
        for arn, task in self.store.tasks().items():
            if task["lastStatus"] != "STOPPED":
                self.store.end(arn, {}, code="TaskFailedToStart")

    @property
    def begun(self):
        codes = defaultdict(lambda: None)
        found = []
        for task in self.store.tasks().values():
            codes = {each["name"]: each.get("exitCode") for each in task["containers"]}
            if task.get("stopCode") != "TaskFailedToStart":
                found.append(codes["app"] == 0)
        return found
