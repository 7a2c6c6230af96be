"""A service with blue and green behind load balancers, for those who move its traffic; and a wire that can be cut."""

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from botocore.httpsession import URLLib3Session
from moto.elbv2.models import elbv2_backends
from moto.moto_api._internal.models import moto_api_backend

from greenlight import aws
from greenlight.deployment import Deployment
from rehearsal.aws import ecs

ARN = "arn:aws:ecs:eu-west-1:123456789012"
DEPLOYMENT = f"{ARN}:service-deployment/shop/orders/d1"
BLUE = f"{ARN}:service-revision/shop/orders/1"
GREEN = f"{ARN}:service-revision/shop/orders/2"
OIDC = {
    "Issuer": "https://idp.example",
    "AuthorizationEndpoint": "https://idp.example/a",
    "TokenEndpoint": "https://idp.example/t",
    "UserInfoEndpoint": "https://idp.example/u",
    "ClientId": "orders",
    "ClientSecret": "hush",
}
ANYTHING = [{"Field": "path-pattern", "Values": ["*"]}]


def forward(groups, weights=(100, 0), **config):
    """A forward action to blue's group and green's."""
    tuples = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in zip(groups, weights, strict=True)]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": tuples, **config}}


class Shop:
    """A service; every test adds the load balancers that it wants."""

    def __init__(self, server):
        moto_api_backend.reset()
        server.faults.clear()
        self.server, self.elb = server, server.client("elbv2")
        ec2 = server.client("ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"eu-west-1{zone}")[
                "Subnet"
            ]["SubnetId"]
            for number, zone in enumerate("ab")
        ]
        self.rules, self.balancers, self.groups = [], [], {}

    def group(self, name, protocol="HTTP"):
        """Make a target group."""
        made = self.elb.create_target_group(Name=name, Protocol=protocol, Port=8080, VpcId=self.vpc, TargetType="ip")
        return made["TargetGroups"][0]["TargetGroupArn"]

    def balancer(self, name="web", *, kind="application", weights=(100, 0), default=False, actions=None, resolved=True):
        """Put a load balancer with a production rule before the service."""
        network = kind == "network"
        groups = [self.group(f"{name}-{number}", "TCP" if network else "HTTP") for number in (1, 2)]
        balancer = self.elb.create_load_balancer(Name=name, Subnets=self.subnets, Type=kind)["LoadBalancers"][0]
        action = forward(groups, weights)
        nothing = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
        listener = self.elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="TCP" if network else "HTTP",
            Port=80,
            DefaultActions=[action if network or default else nothing],
        )["Listeners"][0]["ListenerArn"]
        if network:
            rule = self._network(listener)
        elif default:
            (rule,) = (each["RuleArn"] for each in self.elb.describe_rules(ListenerArn=listener)["Rules"])
        else:
            rule = self.elb.create_rule(
                ListenerArn=listener,
                Priority=1,
                Conditions=ANYTHING,
                Actions=(actions or (lambda each: [each]))(action),
            )["Rules"][0]["RuleArn"]
        self.groups[rule] = groups
        self.rules.append(rule)
        self.balancers.append(
            {
                "targetGroupArn": groups[0],
                "containerName": name,
                "containerPort": 8080,
                "advancedConfiguration": {"alternateTargetGroupArn": groups[1], "productionListenerRule": rule},
            }
        )
        self.tell(resolved=resolved)
        return rule

    def _network(self, arn):
        """Give a listener the ARN that those of Network Load Balancers have; moto calls every load balancer `app`."""
        found = arn.replace(":listener/app/", ":listener/net/")
        for balancer in elbv2_backends[self.server.account_id][self.server.region].load_balancers.values():
            if arn in balancer.listeners:
                listener = balancer.listeners[found] = balancer.listeners.pop(arn)
                listener.arn = found
        return found

    def tell(self, *, resolved=True, strategy="BLUE_GREEN", create=False):
        """Let ECS tell of the service as it is."""
        store = ecs.store(self.server.account_id, self.server.region)
        for arn, number in ((BLUE, 0), (GREEN, 1)):
            got = [{"targetGroupArn": self.groups[rule][number]} for rule in self.rules] if resolved else []
            store.put_revision(
                {
                    "serviceRevisionArn": arn,
                    "taskDefinition": f"{ARN}:task-definition/orders:{number + 1}",
                    "loadBalancers": self.balancers,
                    "resolvedConfiguration": {"loadBalancers": got},
                }
            )
        record = {
            "serviceDeploymentArn": DEPLOYMENT,
            "status": "IN_PROGRESS",
            "sourceServiceRevisions": [] if create else [{"arn": BLUE}],
            "targetServiceRevision": {"arn": GREEN},
        }
        store.put_deployment({**record, "deploymentConfiguration": {"strategy": strategy}} if strategy else record)

    def deployment(self):
        """The deployment as a new invocation sees it."""
        return Deployment(DEPLOYMENT, GREEN)

    def weigh(self, rule, weights):
        """Let somebody else set the weights."""
        if "listener-rule" in rule:
            self.elb.modify_rule(RuleArn=rule, Actions=[forward(self.groups[rule], weights)])
        else:
            self.elb.modify_listener(ListenerArn=rule, DefaultActions=[forward(self.groups[rule], weights)])

    def actions(self, rule):
        """What a rule does, as the load balancer has it: read in the process, so that it is no call."""
        backend = elbv2_backends[self.server.account_id][self.server.region]
        for balancer in backend.load_balancers.values():
            for listener in balancer.listeners.values():
                if listener.arn == rule:
                    return [action.data for action in listener.default_actions]
                for made in listener.rules.values():
                    if made.arn == rule:
                        return [action.data for action in made.actions]
        raise KeyError(rule)

    def weights(self, rule):
        """The weights of blue's group and green's, as they were written."""
        groups = self.actions(rule)[-1]["ForwardConfig"]["TargetGroups"]
        written = {group["TargetGroupArn"]: int(group["Weight"]) for group in groups}
        return tuple(written.get(arn, 0) for arn in self.groups[rule])


class KilledError(BaseException):
    """Lambda's end of an invocation: no `except Exception` sees it."""


class Wire:
    """Between the library's clients and AWS: counts the calls, looks at the world after each, and breaks at one of them.

    It hangs on botocore's own event before a request is sent, so that everything above it is the real thing.

    Args:
        watch: Called after each call with the number of it.
        services: Whose calls go over it.
    """

    LOST, UNANSWERED, KILLED, KILLED_AFTER = "lost", "done, its reply lost", "killed before it", "killed after it"
    FAULTS = (LOST, UNANSWERED, KILLED, KILLED_AFTER)

    def __init__(self, watch=lambda _: None, services=("ecs", "elbv2")):
        self.calls, self.made, self.at, self.fault, self.watch = 0, [], 0, "", watch
        self._session = URLLib3Session()
        self._services = services

    def __enter__(self):
        for service in self._services:
            aws.client(service).meta.events.register("before-send", self._send)
        return self

    def __exit__(self, *_):
        for service in self._services:
            aws.client(service).meta.events.unregister("before-send", self._send)
        self._session.close()

    def break_at(self, call, fault):
        """Break at a call, counted from now on, and at no other."""
        self.calls, self.made, self.at, self.fault = 0, [], call, fault

    def _send(self, request, event_name, **_):
        self.calls += 1
        self.made.append(event_name.rpartition(".")[2])
        fault = self.fault if self.calls == self.at else ""
        if fault == self.LOST:
            raise ConnectTimeoutError(endpoint_url=request.url)
        if fault == self.KILLED:
            raise KilledError
        response = self._session.send(request)
        self.watch(self.calls)
        if fault == self.UNANSWERED:
            raise ReadTimeoutError(endpoint_url=request.url)
        if fault == self.KILLED_AFTER:
            raise KilledError
        return response
