"""From a listener rule to the endpoint that a client has to call."""

import pytest

from greenlight import aws
from greenlight.deployment import DeploymentError
from greenlight.deployment.listeners import Listeners
from greenlight.endpoint import matches_wildcards


def find_endpoint(arn):
    """The endpoint of one rule."""
    return Listeners([arn]).endpoint(arn)


def condition(name, config, *values):
    """A condition of one field."""
    return {"Field": name, config: {"Values": list(values)}}


def header(name, *values):
    """A condition on a header."""
    return {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": list(values)}}


def query(*pairs):
    """A condition on the query; a key may be None."""
    return {
        "Field": "query-string",
        "QueryStringConfig": {
            "Values": [{"Key": key, "Value": value} if key else {"Value": value} for key, value in pairs]
        },
    }


def test_a_rule_without_conditions_takes_anything(world):
    """Scheme, port and DNS name come from the listener and its load balancer, and the source says which rule it was."""
    arn = world.rule()
    endpoint = find_endpoint(arn)
    assert ("http", world.balancer["DNSName"], 8080) == (endpoint.scheme, endpoint.address, endpoint.port)
    assert (None, {}, {}, (), ()) == (
        endpoint.host,
        dict(endpoint.headers),
        dict(endpoint.query),
        endpoint.path_patterns,
        endpoint.methods,
    )
    assert f"listener rule {arn.partition('listener-rule/')[2]}" == endpoint.source


def test_a_load_balancer_with_ipv6_is_called_by_the_name_that_has_it(world):
    """Or a function that has no other way to it gets the addresses that it cannot reach."""
    arn = world.balancer["LoadBalancerArn"]
    world.server.client("elbv2").set_ip_address_type(LoadBalancerArn=arn, IpAddressType="dualstack")
    dual = find_endpoint(world.rule()).address
    world.server.client("elbv2").set_ip_address_type(LoadBalancerArn=arn, IpAddressType="ipv4")

    assert f"dualstack.{world.balancer['DNSName']}" == dual


def test_an_https_listener_is_called_with_https(world):
    """On the listener's own port."""
    plain, world.listener_arn = world.listener_arn, world.listener("HTTPS", 9443)
    endpoint = find_endpoint(world.rule())
    world.listener_arn = plain
    assert ("https", 9443) == (endpoint.scheme, endpoint.port)


@pytest.mark.parametrize(
    ("conditions", "demanded"),
    [
        (
            [condition("host-header", "HostHeaderConfig", "test.example.com")],
            {"host": "test.example.com", "host_patterns": ("test.example.com",)},
        ),
        (
            [condition("host-header", "HostHeaderConfig", "*.example.com", "a.example.com")],
            {"host": "a.example.com", "host_patterns": ("*.example.com", "a.example.com")},
        ),
        (
            [{"Field": "host-header", "Values": ["old.example.com"]}],
            {"host": "old.example.com", "host_patterns": ("old.example.com",)},
        ),
        ([{"Field": "path-pattern", "Values": ["/api/*"]}], {"path_patterns": ("/api/*",)}),
        (
            [condition("path-pattern", "PathPatternConfig", "/api/*", "/health")],
            {"path_patterns": ("/api/*", "/health")},
        ),
        ([condition("http-request-method", "HttpRequestMethodConfig", "GET", "HEAD")], {"methods": ("GET", "HEAD")}),
        ([header("X-Environment", "green")], {"headers": {"X-Environment": "green"}}),
        ([header("X-Environment", "gr*", "test")], {"headers": {"X-Environment": "test"}}),
        (
            [header("X-Environment", "green"), header("X-Team", "orders")],
            {"headers": {"X-Environment": "green", "X-Team": "orders"}},
        ),
        ([query(("version", "green"))], {"query": {"version": "green"}}),
        ([query(("version", "gr*"), ("color", "green"))], {"query": {"color": "green"}}),
        ([query(("a", "1")), query(("b", "2"))], {"query": {"a": "1", "b": "2"}}),
        (
            [{"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}}, header("X-Environment", "green")],
            {"headers": {"X-Environment": "green"}},
        ),
    ],
)
def test_a_condition_becomes_a_demand(world, conditions, demanded):
    """A literal value is taken where there is one; every condition has to be met at once."""
    endpoint = find_endpoint(world.rule(*conditions))
    nothing = {"host": None, "host_patterns": (), "headers": {}, "query": {}, "path_patterns": (), "methods": ()}
    found = {name: getattr(endpoint, name) for name in nothing}
    assert nothing | demanded == {
        name: dict(value) if isinstance(value, dict) else value for name, value in found.items()
    }


@pytest.mark.parametrize("pattern", ["*.example.com", "green-??.example.com", "*", "?.*.example.com"])
def test_a_wildcard_is_filled_with_something_that_meets_it(world, pattern):
    """For host and header alike."""
    endpoint = find_endpoint(
        world.rule(condition("host-header", "HostHeaderConfig", pattern), header("X-Test", pattern))
    )
    for sent in (endpoint.host, endpoint.headers["X-Test"]):
        assert matches_wildcards(pattern, sent)
        assert not {"*", "?"} & set(sent)


def test_a_query_value_without_a_key_is_sent_under_some_key(world):
    """ELB finds the value under any key."""
    assert ["green"] == list(find_endpoint(world.rule(query((None, "green")))).query.values())


def test_two_query_values_without_a_key_are_both_sent(world):
    """They are two conditions, and the rule wants both."""
    endpoint = find_endpoint(world.rule(query((None, "green")), query((None, "test"))))
    assert ["green", "test"] == sorted(endpoint.query.values())


def test_an_escaped_wildcard_of_a_query_is_sent_as_it_is(world):
    r"""In a query condition `\*` means the character itself, as botocore's model of QueryStringConditionConfig says."""
    assert {"v": "a*b?"} == dict(find_endpoint(world.rule(query(("v", r"a\*b\?")))).query)


@pytest.mark.parametrize(
    "regular",
    [
        {"Field": "host-header", "HostHeaderConfig": {"RegexValues": ["^green"]}},
        {"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["^/api"]}},
        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X", "RegexValues": ["^g"]}},
        {"Field": "path-pattern", "RegexValues": ["^/api"]},
    ],
)
def test_a_regular_expression_cannot_be_met_by_guessing(world, regular):
    """The message says what to write instead."""
    arn = world.rule(regular)
    with pytest.raises(DeploymentError) as caught:
        find_endpoint(arn)
    assert (
        f"listener rule {arn.partition('listener-rule/')[2]} matches {regular['Field']} by a regular expression; "
        "give the check an explicit `endpoint` in the gates file"
    ) == str(caught.value)
    assert not caught.value.transient


RULE = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/orders/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee"


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/net/orders/50dc/f2f7/9683",
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/orders/50dc6c495c0c9188/f2f7dc8efc522ab2",
        "garbage",
        "",
    ],
)
def test_anything_but_a_rule_or_a_network_listener_is_told(world, arn):
    """Nothing is asked of AWS, and the cure is told."""
    before = world.server.faults.calls()
    with pytest.raises(
        DeploymentError, match="is neither a rule of an Application Load Balancer nor a listener of a Network"
    ) as caught:
        find_endpoint(arn)
    assert "give the check an explicit `endpoint`" in str(caught.value)
    assert (before, False) == (world.server.faults.calls(), caught.value.transient)


def test_a_rule_that_does_not_exist_is_told(world):
    """With its ARN, because it stands in the service's configuration."""
    with pytest.raises(DeploymentError) as caught:
        find_endpoint(RULE)
    assert ((RULE,), False) == (caught.value.looked_at, caught.value.transient)
    assert "elasticloadbalancing:DescribeRules was refused (RuleNotFound): " in str(caught.value)


def test_a_listener_of_another_protocol_is_told(world):
    """TCP cannot be asked for a status code."""
    plain, world.listener_arn = world.listener_arn, world.listener("HTTP", 7777)
    arn = world.rule()
    (listener,) = world.backend.describe_listeners(None, [world.listener_arn])
    listener.protocol, world.listener_arn = "TLS", plain
    with pytest.raises(DeploymentError, match="speaks TLS, and only HTTP and HTTPS can be asked"):
        find_endpoint(arn)


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_every_partition_has_its_rules(world, partition):
    """The ARN is understood, so the question goes to AWS."""
    before = world.server.faults.calls("elbv2", "DescribeRules")
    with pytest.raises(DeploymentError, match="RuleNotFound"):
        find_endpoint(RULE.replace("arn:aws:", f"arn:{partition}:"))
    assert before + 1 == world.server.faults.calls("elbv2", "DescribeRules")


NET = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/net/orders/50dc6c495c0c9188/f2f7dc8efc522ab2"
NET_BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/orders/50dc6c495c0c9188"


@pytest.fixture
def elb(monkeypatch):
    """What ELB and ACM answer, by operation; moto knows no weights of a Network Load Balancer's listener."""
    replies = {}
    asked = []

    def call(_, operation, **parameters):
        asked.append((operation, parameters))
        return replies[operation]

    monkeypatch.setattr(aws, "call", call)
    replies["asked"] = asked
    return replies


def network(elb, **listener):
    """Let ELB know a Network Load Balancer with one listener."""
    elb["describe_listeners"] = {"Listeners": [{"ListenerArn": NET, "Port": 80, "Protocol": "TCP", **listener}]}
    elb["describe_load_balancers"] = {
        "LoadBalancers": [{"LoadBalancerArn": NET_BALANCER, "DNSName": "orders.elb.example", "Scheme": "internal"}]
    }


@pytest.mark.parametrize(
    ("listener", "url"),
    [
        ({}, "http://orders.elb.example:80"),
        ({"Port": 443}, "https://orders.elb.example:443"),
        ({"Port": 8443, "Protocol": "TCP_UDP"}, "https://orders.elb.example:8443"),
        ({"Port": 9000, "Protocol": "TLS"}, "https://orders.elb.example:9000"),
    ],
)
def test_a_network_load_balancer_has_a_listener_in_the_place_of_a_rule(elb, listener, url):
    """No rule is asked for; of TCP only the port tells whether the target speaks TLS."""
    network(elb, **listener)
    endpoint = Listeners([NET]).endpoint(NET)
    assert url == endpoint.url
    assert "listener net/orders/50dc6c495c0c9188/f2f7dc8efc522ab2 of an internal load balancer" == endpoint.source
    assert ["describe_listeners", "describe_load_balancers"] == [operation for operation, _ in elb["asked"]]


def test_udp_cannot_be_asked(elb):
    """It is told, with the cure."""
    network(elb, Protocol="UDP")
    with pytest.raises(DeploymentError, match="speaks UDP, and only HTTP and HTTPS can be asked; give the check"):
        Listeners([NET]).endpoint(NET)


def test_the_shares_of_a_network_load_balancer_stand_in_its_listener(elb):
    """ECS shifts traffic there as it does in a rule."""
    groups = [{"TargetGroupArn": "one", "Weight": 0}, {"TargetGroupArn": "two", "Weight": 100}]
    network(elb, DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}])
    assert {"one": 0.0, "two": 100.0} == Listeners([NET]).route(NET).weights


CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"


@pytest.mark.parametrize(
    ("certificate", "host"),
    [
        ({"DomainName": "orders.example.com"}, "orders.example.com"),
        (
            {"DomainName": "*.example.com", "SubjectAlternativeNames": ["*.example.com", "shop.example.com"]},
            "shop.example.com",
        ),
        ({"DomainName": "*.example.com"}, "greenlight.example.com"),
        ({}, None),
    ],
)
def test_the_name_in_the_certificate_serves_where_nobody_says_another(elb, certificate, host):
    """A wildcard is filled; the client checks that the certificate is for that name."""
    network(elb, Protocol="TLS", Certificates=[{"CertificateArn": CERTIFICATE}])
    elb["describe_certificate"] = {"Certificate": certificate}
    assert host == Listeners([NET]).endpoint(NET).host


@pytest.mark.parametrize("error", [aws.AwsDeniedError, aws.AwsThrottledError, aws.AwsRefusedError])
def test_a_certificate_that_cannot_be_asked_for_costs_nothing(elb, monkeypatch, error):
    """The client will say that the certificate is not for the load balancer's name, and what to set."""
    network(elb, Protocol="TLS", Certificates=[{"CertificateArn": CERTIFICATE}])
    known = aws.call

    def call(service, operation, **parameters):
        if service == "acm":
            raise error("acm:DescribeCertificate", "no")
        return known(service, operation, **parameters)

    monkeypatch.setattr(aws, "call", call)
    assert Listeners([NET]).endpoint(NET).host is None


def test_a_client_that_has_a_name_needs_no_certificate(elb):
    """Nor does one whose rule demands a host, or a listener whose certificate is IAM's."""
    network(elb, Protocol="TLS", Certificates=[{"CertificateArn": CERTIFICATE}])
    assert Listeners([NET]).endpoint(NET, named=True).host is None
    network(elb, Protocol="TLS", Certificates=[{"CertificateArn": "arn:aws:iam::123456789012:server-certificate/x"}])
    assert Listeners([NET]).endpoint(NET).host is None
    assert "describe_certificate" not in [operation for operation, _ in elb["asked"]]


def test_two_conditions_on_one_header_are_met_by_one_value(world):
    """The rule wants both."""
    endpoint = find_endpoint(world.rule(header("X-Env", "green"), header("x-env", "gr*")))
    assert {"X-Env": "green"} == dict(endpoint.headers)
    with pytest.raises(DeploymentError, match="wants the header X-Env to be two things at once"):
        find_endpoint(world.rule(header("X-Env", "green"), header("X-Env", "blue")))


def test_where_a_request_has_to_come_from_is_known(world):
    """It is not a request's to choose, but whoever wonders why another rule answered is told."""
    endpoint = find_endpoint(world.rule({"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}}))
    assert ("10.0.0.0/8",) == endpoint.source_ranges


def test_all_rules_are_asked_for_together(world):
    """One call for both rules, one for their listeners, one for the load balancer."""
    rules = [world.rule(), world.rule()]
    before = world.server.faults.calls()
    listeners = Listeners(rules)
    for arn in rules:
        listeners.endpoint(arn)
        listeners.route(arn)
    assert 3 == world.server.faults.calls() - before


def test_a_rule_that_is_missing_does_not_hide_the_others(world):
    """ELB refuses a question for several when one of them is not there; so the others are asked for alone."""
    there = world.rule()
    listeners = Listeners([RULE, there])
    assert "fixed-response" == listeners.route(there).action
    with pytest.raises(DeploymentError, match="RuleNotFound"):
        listeners.route(RULE)
