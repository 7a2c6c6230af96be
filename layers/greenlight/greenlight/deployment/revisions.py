"""Service deployments and service revisions, out of the words of the ECS API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_PLACEMENT = ("launchType", "capacityProviderStrategy", "platformVersion", "networkConfiguration")


@dataclass(frozen=True)
class ContainerImage:
    """What one container of a revision runs."""

    container: str
    image: str
    digest: str | None

    @property
    def tag(self) -> str | None:
        """Return the image's tag; None where it is named by digest or not at all."""
        name = self.image.partition("@")[0].rpartition("/")[2]
        return name.partition(":")[2] or None


@dataclass(frozen=True)
class LoadBalancer:
    """What a revision says about its place behind a load balancer."""

    target_group_arn: str | None
    alternate_target_group_arn: str | None
    production_rule_arn: str | None
    test_rule_arn: str | None
    container: str | None
    port: int | None


@dataclass(frozen=True)
class Resolved:
    """What a revision that runs really got."""

    target_group_arn: str
    production_rule_arn: str | None


@dataclass(frozen=True)
class Revision:
    """A service revision: blue or green.

    Attributes:
        arn: Its ARN.
        task_definition: ARN of its task definition.
        images: What its containers run.
        load_balancers: What its configuration says about them.
        resolved: The target groups that it really got; empty while it does not run.
        test_headers: Header → value that Service Connect takes for test traffic.
        placement: What its tasks run on, in the words of the API: launch type or capacity providers, platform, network.
    """

    arn: str
    task_definition: str
    images: tuple[ContainerImage, ...]
    load_balancers: tuple[LoadBalancer, ...]
    resolved: tuple[Resolved, ...] = ()
    test_headers: Mapping[str, str] = field(default_factory=dict)
    placement: Mapping[str, Any] = field(default_factory=dict)

    @property
    def target_group_arns(self) -> tuple[str, ...]:
        """Return the target groups that it really got."""
        return tuple(each.target_group_arn for each in self.resolved)

    def target_group_behind(self, balancer: LoadBalancer) -> str | None:
        """Return the target group that it got behind one of its load balancers; None while that is not known."""
        groups = {balancer.target_group_arn, balancer.alternate_target_group_arn}
        return next((arn for arn in self.target_group_arns if arn in groups), None)

    @property
    def id(self) -> str:
        """Return the last part of the ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def main_image(self) -> ContainerImage | None:
        """Return the image behind the load balancer; the first one where no load balancer names a container."""
        served = {balancer.container for balancer in self.load_balancers}
        return next((image for image in self.images if image.container in served), next(iter(self.images), None))

    def variables(self) -> dict[str, Any]:
        """Return what a suite may use as ``{{ green.* }}`` or ``{{ blue.* }}``."""
        image = self.main_image
        return {
            "service_revision": self.arn,
            "revision": self.id,
            "task_definition": self.task_definition.rpartition("/")[2],
            "image": image.image if image else None,
            "image_tag": image.tag if image else None,
            "image_digest": image.digest if image else None,
        }


@dataclass(frozen=True)
class ServiceDeployment:
    """What ECS says about a service deployment.

    Attributes:
        status: ECS's status of it.
        source_arns: The revisions that it replaces, the one with most production traffic first; empty when the
            service is created, and this is the only sound sign of a create.
        created_at: When it began; None where ECS does not say.
        hook_expiries: ARN of a hook's target → when ECS stops waiting for it; of hooks at work.
    """

    status: str
    source_arns: tuple[str, ...]
    hook_expiries: Mapping[str, datetime]
    created_at: datetime | None = None
    strategy: str = ""


def read_deployment(record: Mapping[str, Any]) -> ServiceDeployment:
    """Read a record of DescribeServiceDeployments."""
    sources = sorted(
        record.get("sourceServiceRevisions") or (),
        key=lambda source: float(source.get("requestedProductionTrafficWeight") or 0),
        reverse=True,
    )
    return ServiceDeployment(
        status=str(record.get("status", "")),
        source_arns=tuple(source["arn"] for source in sources if source.get("arn")),
        hook_expiries={
            hook["targetArn"]: hook["expiresAt"]
            for hook in record.get("lifecycleHookDetails") or ()
            if hook.get("targetArn") and hook.get("expiresAt") and hook.get("status") == "IN_PROGRESS"
        },
        created_at=record.get("createdAt"),
        strategy=str((record.get("deploymentConfiguration") or {}).get("strategy") or ""),
    )


def read_revision(record: Mapping[str, Any]) -> Revision:
    """Read a record of DescribeServiceRevisions."""
    return Revision(
        arn=record["serviceRevisionArn"],
        task_definition=record.get("taskDefinition") or "",
        images=tuple(
            ContainerImage(image.get("containerName") or "", image.get("image") or "", image.get("imageDigest"))
            for image in record.get("containerImages") or ()
        ),
        load_balancers=_load_balancers(record.get("loadBalancers") or ()),
        resolved=tuple(
            Resolved(each["targetGroupArn"], each.get("productionListenerRule"))
            for each in (record.get("resolvedConfiguration") or {}).get("loadBalancers") or ()
            if each.get("targetGroupArn")
        ),
        test_headers=_test_headers(record.get("serviceConnectConfiguration") or {}),
        placement={key: record[key] for key in _PLACEMENT if record.get(key)},
    )


def _test_headers(service_connect: Mapping[str, Any]) -> dict[str, str]:
    """Read what makes a request test traffic: a header, and its value unless any will do.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-blue-green.html
    """
    headers = {}
    for service in service_connect.get("services") or ():
        for alias in service.get("clientAliases") or ():
            header = (alias.get("testTrafficRules") or {}).get("header") or {}
            if header.get("name"):
                headers[header["name"]] = (header.get("value") or {}).get("exact") or "greenlight"
    return headers


def _load_balancers(records: Sequence[Mapping[str, Any]]) -> tuple[LoadBalancer, ...]:
    balancers = []
    for record in records:
        advanced = record.get("advancedConfiguration") or {}
        balancers.append(
            LoadBalancer(
                target_group_arn=record.get("targetGroupArn"),
                alternate_target_group_arn=advanced.get("alternateTargetGroupArn"),
                production_rule_arn=advanced.get("productionListenerRule"),
                test_rule_arn=advanced.get("testListenerRule"),
                container=record.get("containerName"),
                port=record.get("containerPort"),
            )
        )
    return tuple(balancers)
