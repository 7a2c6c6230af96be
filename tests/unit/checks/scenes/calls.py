"""Which calls of AWS one invocation of a hook makes, in each configuration; for benchmarks/aws_calls.py and its bounds."""

import json
import ssl
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import trustme

from greenlight import aws
from greenlight.lifecycle import invocation
from greenlight.lifecycle.state import WarmMemory
from greenlight.smoke import wire
from rehearsal.clock import Clock
from rehearsal.invokers import InProcessInvoker, divided_output, environment, sealed
from rehearsal.resources import create_resources
from rehearsal.template import Template
from tests.unit.checks.scenes.furnished import SUITE, FurnishedWorld, gate
from tests.unit.checks.scenes.scene import BEFORE, POST_TEST, PRE
from tests.unit.smoke.servers import closed_port, serving

TEMPLATE = Path(__file__).parents[4] / "template.yaml"
HOST = "orders.example.com"
_COMPARES = {**SUITE, "tests": [{"name": "service is healthy", "path": "/health", "compare": {"json": "same_types"}}]}
_NAMES_HOST = {**SUITE, "target": {"host": HOST}}


class Counting:
    """A service with blue and green, and the hooks of the template, whose calls of AWS are counted at the AWS API.

    Args:
        world: Where the service lives.
        resources: Ends what is started for it.
    """

    def __init__(self, world: FurnishedWorld, resources: ExitStack) -> None:
        self.world, self._resources = world, resources
        service = world.service
        self.revisions = world.register_revision("1"), world.register_revision("2")
        for revision, group in zip(self.revisions, service.target_group_arns, strict=True):
            world.start(revision, group)
        world.set_weights(service.test_rule_arn, dict(zip(service.target_group_arns, (0, 100), strict=True)))
        self._invokers = {}
        for remembered in (False, True):
            parameters = {} if remembered else {"RecordRetentionDays": "0", "EventBus": ""}
            template = Template.load(
                TEMPLATE, region=world.aws.region, account_id=world.aws.account_id, parameters=parameters
            )
            functions = template.functions.values()
            self._invokers[remembered] = InProcessInvoker(functions, world.aws.environment(), Clock(1))
        create_resources(template, world.aws)
        self._functions = {hook["lifecycleStages"][0]: hook["hookTargetArn"] for hook in template.lifecycle_hooks()}
        self._deployments = 0

    def event(self, stage: str, gates: Any, *, create: bool = False, green_percent: int = 0) -> dict[str, Any]:
        """Begin a deployment, and return what ECS says at a stage of it."""
        service, (blue, green) = self.world.service, self.revisions
        self._deployments += 1
        kind = service.service_arn.replace(":service/", ":service-deployment/")
        record = {
            "serviceDeploymentArn": f"{kind}/d{self._deployments}",
            "serviceArn": service.service_arn,
            "clusterArn": service.cluster_arn,
            "status": "IN_PROGRESS",
            "sourceServiceRevisions": [] if create else [{"arn": blue.arn}],
            "targetServiceRevision": {"arn": green.arn},
        }
        self.world.store.put_deployment(record)
        execution: dict[str, Any] = {
            "serviceArn": service.service_arn,
            "targetServiceRevisionArn": green.arn,
            "testTrafficWeights": {},
            "productionTrafficWeights": {green.arn: green_percent, blue.arn: 100 - green_percent}
            if green_percent
            else {},
        }
        return {
            "executionId": f"e{self._deployments}",
            "lifecycleStage": stage,
            "resourceArn": record["serviceDeploymentArn"],
            "executionDetails": execution,
            "hookDetails": {"gates": gates},
        }

    def invoke(self, event: dict[str, Any], *, remembered: bool) -> tuple[dict[str, Any], Counter[str]]:
        """Call the hook of an event's stage; its reply, and the calls of AWS by operation."""
        before = Counter(self.world.aws.faults._calls)
        invocation = self._invokers[remembered].invoke(self._functions[event["lifecycleStage"]], event)
        made = Counter(self.world.aws.faults._calls) - before
        return invocation.payload, Counter(
            {f"{service}:{operation}": count for (service, operation), count in made.items()}
        )

    def weigh(self, green_percent: int) -> None:
        """Give green so much of the production traffic."""
        weights = zip(self.world.service.target_group_arns, (100 - green_percent, green_percent), strict=True)
        self.world.set_weights(self.world.service.production_rule_arn, dict(weights))

    @property
    def test_url(self) -> str:
        """Where the test listener answers."""
        return self.world.service.test_url

    def listen(self, port: int, *, production: bool = False, **changed: Any) -> None:
        """Let the AWS API say that a listener is at another port, until the next `as_it_was`."""
        service = self.world.service
        arn = service.production_listener_arn if production else service.test_listener_arn
        self.world.client("elbv2").modify_listener(ListenerArn=arn, Port=port, **changed)

    def as_it_was(self) -> None:
        """Let the listeners lead where ECS left them."""
        self.weigh(0)
        for url, production in ((self.world.service.production_url, True), (self.test_url, False)):
            self.listen(int(url.rpartition(":")[2]), production=production, Protocol="HTTP", Certificates=[])

    def put_into_s3(self, gates: Mapping[str, Any]) -> str:
        """Keep a gates file and the suite in a bucket, and return its location."""
        client = self.world.client("s3")
        client.create_bucket(
            Bucket="shop-gates", CreateBucketConfiguration={"LocationConstraint": self.world.aws.region}
        )
        for key, document in (("gates.yaml", gates), ("smoke.yaml", SUITE)):
            client.put_object(Bucket="shop-gates", Key=f"orders/{key}", Body=json.dumps(document).encode())
        return "s3://shop-gates/orders/gates.yaml"

    def over_tls(self) -> None:
        """Let both listeners speak HTTPS, with one certificate, which clients trust."""
        context, authority = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), trustme.CA()
        authority.issue_cert(HOST).configure_cert(context)
        authority.configure_trust(wire.tls_context(None))
        self._resources.callback(wire._read_context.cache_clear)
        app = self._resources.enter_context(serving(context))
        app.answer("/health", body={"status": "ok"})
        arn = self.world.client("acm").request_certificate(DomainName=HOST)["CertificateArn"]
        for production in (True, False):
            certificates = [{"CertificateArn": arn}]
            self.listen(app.port, production=production, Protocol="HTTPS", Certificates=certificates)


@contextmanager
def counting() -> Iterator[Counting]:
    """Start a service whose hooks are cold, and know nothing of others."""
    with ExitStack() as resources:
        resources.enter_context(environment({"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}))
        world = resources.enter_context(FurnishedWorld())
        resources.enter_context(environment(sealed(world.aws.environment())))
        resources.enter_context(patch.object(invocation, "_memory", WarmMemory()))
        resources.enter_context(divided_output())
        aws.forget_clients()
        resources.callback(aws.forget_clients)
        yield Counting(world, resources)


@dataclass(frozen=True)
class Configuration:
    """A gate, and how many calls of AWS one invocation of it makes.

    Attributes:
        name: What is configured, in words.
        calls: How many calls of AWS that takes.
        checks: What the gates file says of the stage.
        stage: The stage.
        status: What ECS hears.
        create: Whether it is the service's first deployment.
        arrange: Changes the world.
        green_percent: How much of the production traffic green has, in a canary.
        earlier: How many invocations there were before this one.
        in_s3: Whether the gates file is in S3, and names a suite beside it.
        remembered: Whether the stack has a record and an event bus, as it has by default.
    """

    name: str
    calls: int
    checks: Callable[[Counting], Mapping[str, Any]]
    stage: str = POST_TEST
    status: str = "SUCCEEDED"
    create: bool = False
    arrange: Callable[[Counting], None] | None = None
    green_percent: int = 0
    earlier: int = 0
    in_s3: bool = False
    remembered: bool = False

    def count(self, service: Counting) -> Counter[str]:
        """Play it, and return the calls of its last invocation by operation."""
        service.as_it_was()
        if self.arrange is not None:
            self.arrange(service)
        service.weigh(self.green_percent)
        gates: Any = {"version": 1, self.stage.lower(): self.checks(service)}
        event = service.event(
            self.stage,
            service.put_into_s3(gates) if self.in_s3 else gates,
            create=self.create,
            green_percent=self.green_percent,
        )
        for status in ["IN_PROGRESS"] * self.earlier + [self.status]:
            reply, made = service.invoke(event, remembered=self.remembered)
            if status != reply["hookStatus"]:
                raise AssertionError(f"{self.name}: expected {status}, got {reply}")
            event["hookDetails"] = reply["hookDetails"]
            service.world.finish_work()
        return made


def row(configuration: Configuration, made: Counter[str]) -> str:
    """Return a configuration as a line of a table: services in the order of the alphabet, and the operations of each."""
    services: dict[str, list[str]] = {}
    for call, count in sorted(made.items()):
        service, _, operation = call.partition(":")
        services.setdefault(service, []).append(operation if count == 1 else f"{count} {operation}")
    told = "; ".join(f"{service}: {', '.join(operations)}" for service, operations in services.items())
    return f"| {configuration.name} | {sum(made.values())} | {told or 'none'} |"


def _smoke(suite: Mapping[str, Any] = SUITE, **settings: Any) -> Callable[[Counting], Mapping[str, Any]]:
    return lambda _: {"routing": False, "smoke": {"suite": suite, **settings}}


def _with_routing(suite: Mapping[str, Any] = SUITE) -> Callable[[Counting], Mapping[str, Any]]:
    return lambda _: {"routing": None, "smoke": {"suite": suite}}


_EVERY = gate(POST_TEST)

CONFIGURATIONS = (
    Configuration(
        "smoke with an explicit endpoint", 0, lambda service: {"smoke": {"suite": SUITE, "endpoint": service.test_url}}
    ),
    Configuration("smoke alone (`routing: false`)", 4, _smoke()),
    Configuration(
        "smoke alone, nobody listens",
        5,
        _smoke(),
        status="IN_PROGRESS",
        arrange=lambda service: service.listen(closed_port()),
    ),
    Configuration("routing alone", 5, lambda _: {"routing": None}),
    Configuration("routing and smoke", 7, _with_routing()),
    Configuration("routing and smoke, compared with blue", 7, _with_routing(_COMPARES)),
    Configuration(
        "routing and smoke over HTTPS, the suite names the host",
        7,
        _with_routing(_NAMES_HOST),
        arrange=Counting.over_tls,
    ),
    Configuration("routing and smoke over HTTPS, nobody names a host", 8, _with_routing(), arrange=Counting.over_tls),
    Configuration(
        "routing and smoke over HTTPS, compared with blue, nobody names a host",
        8,
        _with_routing(_COMPARES),
        arrange=Counting.over_tls,
    ),
    Configuration("routing and smoke before green starts", 7, _with_routing(), PRE),
    Configuration("routing and smoke in a first deployment", 6, _with_routing(), create=True),
    Configuration("routing and smoke at a step of a canary", 7, _with_routing(), BEFORE, green_percent=10),
    Configuration(
        "routing and smoke, gates file and suite in S3",
        9,
        lambda _: {"routing": None, "smoke": {"file": "smoke.yaml"}},
        in_s3=True,
    ),
    Configuration(
        "smoke with an explicit endpoint, the record and an event bus",
        5,
        lambda service: {"smoke": {"suite": SUITE, "endpoint": service.test_url}},
        remembered=True,
    ),
    Configuration(
        "the same gate, called while it waits",
        1,
        lambda service: {"smoke": {"suite": SUITE, "endpoint": f"http://127.0.0.1:{closed_port()}"}},
        status="IN_PROGRESS",
        earlier=1,
        remembered=True,
    ),
    Configuration("routing and smoke, the record and an event bus", 12, _with_routing(), remembered=True),
    Configuration("every kind of check", 23, lambda _: _EVERY, status="IN_PROGRESS"),
    Configuration("every kind of check, the next invocation", 5, lambda _: _EVERY, earlier=1),
)
"""What is measured, and what it may cost."""
