"""Whether the functions can reach the listeners that their checks ask: VPC, subnets and security groups.

A function without a VPC comes from an address of AWS's, one with a VPC from its subnets, or from a NAT gateway where it leaves them:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html. Over IPv6 it does not leave them: the addresses of a dual-stack
load balancer are those of its VPC, whoever it faces:
https://aws.amazon.com/blogs/networking-and-content-delivery/deploying-internal-dns-zones-for-internet-facing-load-balancers/
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, Final

from greenlight.checks.smoke import SmokeCheck
from greenlight.stages import TESTING
from greenlight_cli.doctor.elb import balancer_of, listener_of, read_balancer, read_listener
from greenlight_cli.doctor.finding import Finding, error, fine, warning
from greenlight_cli.doctor.guards import Guard
from greenlight_cli.doctor.subject import Subject

PLACE: Final = "network of the functions"
_EVERYBODY: Final = frozenset({"0.0.0.0/0", "::/0"})
_INTO_THE_VPC: Final = (
    "deploy the stack with VpcSubnetIds and VpcSecurityGroupIds of the load balancer's VPC, and let its security group admit "
    "that one"
)


@dataclass(frozen=True)
class _Way:
    """From a function to a listener.

    Attributes:
        place: What to call it in findings.
        port: The listener's.
        balancer: As ELB tells it.
        admitted: The permissions of its security groups that cover the port.
        guarded: Whether it has any security groups.
        groups: The function's security groups.
        subnets: The function's, as EC2 tells them; none where it has no VPC.
        function_has_ipv6: Whether it may use IPv6 in them.
    """

    place: str
    port: int
    balancer: Mapping[str, Any]
    admitted: Sequence[Mapping[str, Any]]
    guarded: bool
    groups: Sequence[str]
    subnets: Sequence[Mapping[str, Any]]
    function_has_ipv6: bool

    @property
    def internal(self) -> bool:
        return self.balancer.get("Scheme") == "internal"

    @property
    def stays_in_vpc(self) -> bool:
        """Tell whether requests come from the function's own subnets."""
        return self.internal or self._over_ipv6

    @property
    def _over_ipv6(self) -> bool:
        dual = str(self.balancer.get("IpAddressType") or "").startswith("dualstack")
        return (
            self.function_has_ipv6 and dual and {each["VpcId"] for each in self.subnets} == {self.balancer.get("VpcId")}
        )

    @property
    def cidrs(self) -> list[str]:
        """Return the networks that are admitted."""
        ranges = [each for permission in self.admitted for each in permission.get("IpRanges") or ()]
        ranges6 = [each for permission in self.admitted for each in permission.get("Ipv6Ranges") or ()]
        return [*(str(each["CidrIp"]) for each in ranges), *(str(each["CidrIpv6"]) for each in ranges6)]

    @property
    def lists(self) -> list[str]:
        """Return the prefix lists that are admitted, which only their owners can read."""
        pairs = [each for permission in self.admitted for each in permission.get("PrefixListIds") or ()]
        return [str(each["PrefixListId"]) for each in pairs]

    @property
    def admits_everybody(self) -> bool:
        return bool(_EVERYBODY & set(self.cidrs))

    @property
    def admits_group(self) -> bool:
        pairs = [each for permission in self.admitted for each in permission.get("UserIdGroupPairs") or ()]
        return any(each.get("GroupId") in self.groups for each in pairs)

    @property
    def admits_subnets(self) -> bool:
        return bool(self.subnets) and all(
            any(_within(block, cidr) for block in self._blocks(subnet) for cidr in self.cidrs)
            for subnet in self.subnets
        )

    def _blocks(self, subnet: Mapping[str, Any]) -> list[str]:
        """Return the networks of a subnet from which requests may come."""
        associated = subnet.get("Ipv6CidrBlockAssociationSet") or () if self._over_ipv6 else ()
        of_version_6 = [str(each["Ipv6CidrBlock"]) for each in associated]
        return [str(subnet["CidrBlock"]), *of_version_6] if self.internal else of_version_6


def look_at_network(subject: Subject) -> Iterator[Finding]:
    """Look at the way from each function to each listener that it asks.

    Raises:
        AwsError: When Lambda, ELB or EC2 does not tell.
    """
    looked_at: set[tuple[str, str]] = set()
    for guard in subject.guards:
        for name, rule in _asked(subject, guard):
            listener_arn = listener_of(rule)
            if (guard.hook.target, listener_arn) in looked_at:
                continue
            looked_at.add((guard.hook.target, listener_arn))
            function = subject.function(guard.hook.target)
            listener = read_listener(subject, listener_arn)
            balancer = read_balancer(subject, balancer_of(rule))
            if function is None or listener is None or balancer is None:
                continue  # told by the looks at hooks and traffic
            place = f"{guard.place}, {name} listener"
            yield from _way(subject, place, function, listener, balancer)


def _asked(subject: Subject, guard: Guard) -> Iterator[tuple[str, str]]:
    """Give name and rule of each listener that a gate asks; of a gate that could not be read, those it may."""
    targets = (
        {"test" if guard.stage in TESTING else "production"}
        if guard.gate is None
        else {
            each.check.target
            for each in guard.gate.checks
            if isinstance(each.check, SmokeCheck) and each.check.over_listeners
        }
    )
    for balancer in subject.balancers:
        advanced = balancer.get("advancedConfiguration") or {}
        for target in sorted(targets):
            rule = advanced.get("testListenerRule" if target == "test" else "productionListenerRule")
            if rule:
                yield target, str(rule)


def _way(
    subject: Subject,
    place: str,
    function: Mapping[str, Any],
    listener: Mapping[str, Any],
    balancer: Mapping[str, Any],
) -> Iterator[Finding]:
    network = function.get("VpcConfig") or {}
    port = int(listener["Port"])
    guards = balancer.get("SecurityGroups") or ()
    subnet_ids = list(network.get("SubnetIds") or ())
    way = _Way(
        place=place,
        port=port,
        balancer=balancer,
        admitted=[each for group in _groups(subject, guards) for each in _covering(group, "IpPermissions", port)],
        guarded=bool(guards),
        groups=list(network.get("SecurityGroupIds") or ()),
        subnets=subject.ask("ec2", "describe_subnets", SubnetIds=subnet_ids)["Subnets"] if subnet_ids else (),
        function_has_ipv6=bool(network.get("Ipv6AllowedForDualStack")),
    )
    found = [*(_from_vpc(subject, way) if way.subnets else _from_outside(way))]
    yield from found
    if not found:
        yield fine(place, f"its function can reach port {port} of {balancer['LoadBalancerName']}")


def _from_outside(way: _Way) -> Iterator[Finding]:
    if way.internal:
        yield error(
            way.place,
            "the load balancer is internal, and the function has no VPC, so that no request gets there",
            _INTO_THE_VPC,
        )
    elif way.guarded and not way.admits_everybody:
        yield error(
            way.place,
            f"the load balancer's security groups admit {_named(way)} on port {way.port}, and a function without a VPC comes "
            "from any address of AWS",
            f"{_INTO_THE_VPC}; or admit the addresses of its NAT gateway",
        )


def _from_vpc(subject: Subject, way: _Way) -> Iterator[Finding]:
    yield from _egress(subject, way)
    vpcs = {str(subnet["VpcId"]) for subnet in way.subnets}
    if way.internal and vpcs != {way.balancer.get("VpcId")}:
        yield warning(
            way.place,
            f"the function is in {', '.join(sorted(vpcs))}, and the internal load balancer in {way.balancer.get('VpcId')}; "
            "whether there is a way between them was not looked at",
            "use subnets of the load balancer's VPC, or make sure of the peering or transit gateway and its routes",
        )
    if not way.guarded or way.admits_everybody:
        return
    if way.stays_in_vpc:
        if not way.admits_group and not way.admits_subnets:
            yield from _shut_out(way, f"{', '.join(way.groups)}, the function's")
    elif way.cidrs or way.lists:
        yield warning(
            way.place,
            f"the load balancer faces the internet, so that the function comes from its NAT gateway; port {way.port} admits "
            f"{_named(way)}",
            "make sure that the NAT gateway's address is among them; security groups do not count there",
        )
    else:
        yield from _shut_out(way, "the addresses of the function's NAT gateway")


def _shut_out(way: _Way, wanted: str) -> Iterator[Finding]:
    if way.lists:
        lists = ", ".join(way.lists)
        yield warning(
            way.place,
            f"port {way.port} of the load balancer admits the prefix lists {lists}, which were not looked at",
            f"make sure that they hold {wanted}",
        )
        return
    yield error(
        way.place,
        f"the load balancer's security groups admit {_named(way)} on port {way.port}, and not the function",
        f"add an inbound rule for port {way.port} from {wanted}",
    )


def _egress(subject: Subject, way: _Way) -> Iterator[Finding]:
    if not any(_covering(group, "IpPermissionsEgress", way.port) for group in _groups(subject, way.groups)):
        yield error(
            way.place,
            f"the function's security groups ({', '.join(way.groups)}) let nothing out to port {way.port}",
            f"add an outbound rule for port {way.port}",
        )


def _groups(subject: Subject, identifiers: Sequence[str]) -> list[Mapping[str, Any]]:
    if not identifiers:
        return []
    reply = subject.ask("ec2", "describe_security_groups", GroupIds=list(identifiers))
    return list(reply.get("SecurityGroups") or ())


def _covering(group: Mapping[str, Any], direction: str, port: int) -> list[Mapping[str, Any]]:
    return [each for each in group.get(direction) or () if _covers(each, port)]


def _covers(permission: Mapping[str, Any], port: int) -> bool:
    """Tell whether a permission is about a TCP port; protocol -1 means all of them, and all ports.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
    """
    protocol = str(permission.get("IpProtocol"))
    if protocol == "-1":
        return True
    return protocol in {"tcp", "6"} and int(permission.get("FromPort", -1)) <= port <= int(permission.get("ToPort", -1))


def _named(way: _Way) -> str:
    pairs = [each for permission in way.admitted for each in permission.get("UserIdGroupPairs") or ()]
    return ", ".join([*way.cidrs, *way.lists, *(str(each.get("GroupId")) for each in pairs)]) or "nobody"


def _within(small: str, large: str) -> bool:
    inner, outer = ip_network(small, strict=False), ip_network(large, strict=False)
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]  # the same version
