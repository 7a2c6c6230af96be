import collections
import contextlib
import http.client
import http.server
import random
import socket
import threading
import time

import pytest

from rehearsal.aws.server import AwsServer
from rehearsal.load_balancer import Exchange, LoadBalancer
from rehearsal.load_balancer.configuration import Configuration
from rehearsal.load_balancer.health import has_code
from rehearsal.load_balancer.metrics import RequestMetrics
from rehearsal.load_balancer.rules import Request, UnknownConditionError, choose_rule, choose_target_group
from rehearsal.serving import StoppableServer

# --- rules: pure functions ---


def rule(priority, *conditions, name=None):
    """A listener rule with conditions."""
    return {"Priority": str(priority), "Conditions": list(conditions), "RuleArn": name or str(priority)}


def met(condition, request):
    """Whether a request meets a condition."""
    return choose_rule([rule(1, condition), rule("default")], request)["Priority"] == "1"


def test_rules_are_tried_by_priority():
    """The lowest number wins, not the order of creation nor that of the digits; the default rule comes last."""
    rules = [rule("default"), rule(100), rule(20)]

    assert "20" == choose_rule(rules, Request("GET", "/"))["Priority"]


def test_default_rule_takes_what_no_other_does():
    """A request that meets no rule's conditions gets the default rule."""
    rules = [rule("default"), rule(1, {"Field": "path-pattern", "Values": ["/other"]})]

    assert "default" == choose_rule(rules, Request("GET", "/"))["Priority"]


def test_all_conditions_have_to_be_met():
    """Conditions of a rule are joined by AND."""
    both = rule(
        1,
        {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a"]}},
        {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["POST"]}},
    )

    chosen = [choose_rule([both, rule("default")], Request(m, "/a"))["Priority"] for m in ("POST", "GET")]
    assert ["1", "default"] == chosen


@pytest.mark.parametrize(
    ("pattern", "target", "expected"),
    [
        ("/*", "/", True),
        ("/*", "/a/b?c=/d", True),
        ("/v?/orders", "/v2/orders", True),
        ("/v?/orders", "/v22/orders", False),
        ("/v?/orders", "/v/orders", False),
        ("/orders", "/Orders", False),
        ("/orders", "/orders?x=1", True),
        ("/orders", "/orders/1", False),
        ("*.html", "/a/b.html", True),
        ("*.html", "/a/bxhtml", False),
        (r"/a\*b", "/a*b", True),
        (r"/a\*b", "/axb", False),
    ],
)
def test_path_pattern(pattern, target, expected):
    """Paths are matched whole, with wildcards, and are case-sensitive; the query does not belong to them."""
    condition = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/none", pattern]}}

    assert expected == met(condition, Request("GET", target))


@pytest.mark.parametrize(
    ("pattern", "host", "expected"),
    [
        ("orders.example.com", "Orders.Example.com:8443", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("orders.example.com", "", False),
    ],
)
def test_host_header(pattern, host, expected):
    """Hosts are matched without their port, with wildcards, and are not case-sensitive."""
    condition = {"Field": "host-header", "HostHeaderConfig": {"Values": [pattern]}}

    assert expected == met(condition, Request("GET", "/", [("Host", host)]))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("x-test-traffic", "TRUE")], True),
        ([("X-Test-Traffic", "no"), ("X-TEST-TRAFFIC", "true")], True),
        ([("X-Test-Traffic", "false")], False),
        ([], False),
    ],
)
def test_http_header(headers, expected):
    """Neither a header's name nor its value is case-sensitive, and one of several values is enough."""
    condition = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Test-Traffic", "Values": ["tr*"]}}

    assert expected == met(condition, Request("GET", "/", headers))


@pytest.mark.parametrize(
    ("wanted", "target", "expected"),
    [
        ({"Key": "stage", "Value": "gr*"}, "/?a=b&Stage=GREEN", True),
        ({"Key": "stage", "Value": "green"}, "/?other=green", False),
        ({"Value": "green"}, "/?anything=green", True),
        ({"Key": "q", "Value": "a b"}, "/?q=a%20b", True),
        ({"Key": "stage", "Value": "green"}, "/", False),
    ],
)
def test_query_string(wanted, target, expected):
    """A parameter is matched by key and value, or by value alone, and is not case-sensitive."""
    condition = {"Field": "query-string", "QueryStringConfig": {"Values": [wanted]}}

    assert expected == met(condition, Request("GET", target))


@pytest.mark.parametrize(("source", "expected"), [("10.1.2.3", True), ("10.2.0.1", False), ("::1", True)])
def test_source_ip(source, expected):
    """The connection's own address counts, in IPv4 and IPv6, whatever a header claims."""
    condition = {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.1.0.0/16", "::1/128"]}}

    assert expected == met(condition, Request("GET", "/", [("X-Forwarded-For", "10.1.0.1")], source))


def test_unknown_condition_is_named():
    """A condition that is not known is no match and no mismatch, but an error that names it."""
    with pytest.raises(UnknownConditionError, match="'moon-phase'"):
        choose_rule([rule(1, {"Field": "moon-phase"})], Request("GET", "/"))


def test_requests_are_shared_by_weight():
    """Over many requests each target group gets its share."""
    groups = [{"TargetGroupArn": name, "Weight": weight} for name, weight in (("a", 90), ("b", 10), ("c", 0))]
    rng = random.Random(1)

    found = collections.Counter(
        choose_target_group({"ForwardConfig": {"TargetGroups": groups}}, rng) for _ in range(2000)
    )

    assert {"a", "b"} == set(found)
    assert 0.07 < found["b"] / 2000 < 0.13


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ({"TargetGroupArn": "only"}, "only"),
        ({"ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "only", "Weight": 0}]}}, None),
    ],
)
def test_target_group_without_a_choice(action, expected):
    """A group alone gets everything; without any weight nothing is chosen."""
    assert expected == choose_target_group(action, random.Random(1))


@pytest.mark.parametrize(
    ("codes", "status", "expected"),
    [("200", 200, True), ("200", 204, False), ("200,302", 302, True), ("200-299", 204, True), ("200-299", 300, False)],
)
def test_matcher_codes(codes, status, expected):
    """A health check's codes are single ones, lists and ranges."""
    assert expected == has_code(codes, status)


# --- the proxy, over real sockets ---


class Backend(StoppableServer, http.server.HTTPServer):
    """A target that answers as each path asks for."""

    def __init__(self, name):
        self.name = name
        self.status = 200
        super().__init__(("127.0.0.1", 0), BackendHandler)


class BackendHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        """Do what the path says."""
        getattr(self, self.path.strip("/").split("?")[0].replace("-", "_") or "name")()

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def do_POST(self):
        """Give back the body, and how it was framed."""
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline() or b"0", 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        self.reply(body, {"X-Framing": self.headers.get("Transfer-Encoding", "length")})

    def reply(self, body, headers=None, status=200):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def name(self):
        self.reply(self.server.name.encode())

    def health(self):
        self.reply(b"", status=self.server.status)

    def headers_seen(self):
        self.reply(str(self.headers).encode(), {"Connection": "X-Secret", "X-Secret": "hop", "X-Kept": "1"})

    def chunks(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in (b"one", b"two"):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def until_close(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"all of it")
        self.close_connection = True

    def half_a_head(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n")
        self.close_connection = True

    def half_a_body(self):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"half")
        self.close_connection = True

    def nothing(self):
        self.close_connection = True

    def empty(self):
        self.send_response(204)
        self.end_headers()

    def cookies(self):
        self.send_response(200)
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def slow(self):
        time.sleep(0.6)
        self.reply(b"late")

    def stream(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"first")
        self.server.released.wait(10)
        self.wfile.write(b"last")
        self.close_connection = True

    def log_message(self, *args):
        """Be silent."""


@pytest.fixture(scope="module")
def aws():
    """The AWS API, for all tests of this module."""
    with AwsServer() as server:
        yield server


class Balancer:
    """A load balancer with one listener and two target groups, set up through the API."""

    def __init__(self, aws, load_balancer):
        self.elbv2 = aws.client("elbv2")
        ec2 = aws.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        name = f"lb-{random.randrange(10**9)}"
        self.arn = self.elbv2.create_load_balancer(Name=name, Subnets=[subnet])["LoadBalancers"][0]["LoadBalancerArn"]
        self.groups = [self._group(f"{name}-{colour}", vpc) for colour in ("blue", "green")]
        self.load_balancer = load_balancer
        self.listener, self.port = load_balancer.listen(self._listener)

    def _group(self, name, vpc):
        made = self.elbv2.create_target_group(
            Name=name, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip", HealthCheckPath="/health"
        )
        return made["TargetGroups"][0]["TargetGroupArn"]

    def _listener(self, port):
        nothing = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "MessageBody": "no rule"}}
        made = self.elbv2.create_listener(
            LoadBalancerArn=self.arn, Protocol="HTTP", Port=port, DefaultActions=[nothing]
        )
        return made["Listeners"][0]["ListenerArn"]

    def rule(self, action, priority=10, conditions=None):
        """Create a rule, for every path unless conditions are given."""
        any_path = [{"Field": "path-pattern", "Values": ["/*"]}]
        made = self.elbv2.create_rule(
            ListenerArn=self.listener, Priority=priority, Conditions=conditions or any_path, Actions=[action]
        )
        return made["Rules"][0]["RuleArn"]

    def register(self, group, port):
        """Register a port of this machine in a target group."""
        self.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": "127.0.0.1", "Port": port}])

    def ask(self, path="/", method="GET", body=None, headers=None, **more):
        """One request over a connection of its own: the response, and its body."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, path, body=body, headers=headers or {}, **more)
            response = connection.getresponse()
            return response, response.read()


def forward(*groups):
    """A forward action: target groups with their weights."""
    shares = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in groups]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": shares}}


@pytest.fixture
def balancer(aws):
    """A load balancer whose targets may be silent for 0.3 s."""
    configuration = Configuration(aws.account_id, aws.region)
    seen = []
    with LoadBalancer(configuration, rng=random.Random(7), target_timeout=0.3, observer=seen.append) as load_balancer:
        made = Balancer(aws, load_balancer)
        made.seen = seen
        yield made


@contextlib.contextmanager
def running(name):
    """A target."""
    backend = Backend(name)
    backend.start()
    try:
        yield backend
    finally:
        backend.stop()


@pytest.fixture
def blue():
    """The first target."""
    with running("blue") as backend:
        yield backend


@pytest.fixture
def green():
    """The second target."""
    with running("green") as backend:
        yield backend


@pytest.fixture
def served(balancer, blue):
    """A load balancer that sends everything to blue."""
    balancer.register(balancer.groups[0], blue.server_port)
    balancer.rule(forward((balancer.groups[0], 100)))
    return balancer


def closed_port():
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def test_weights_are_obeyed_at_each_request(balancer, blue, green):
    """Moving the weights through the API moves the very next request."""
    for group, backend in zip(balancer.groups, (blue, green), strict=True):
        balancer.register(group, backend.server_port)
    rule_arn = balancer.rule(forward((balancer.groups[0], 100), (balancer.groups[1], 0)))
    before = {balancer.ask()[1] for _ in range(10)}

    balancer.elbv2.modify_rule(RuleArn=rule_arn, Actions=[forward((balancer.groups[0], 0), (balancer.groups[1], 100))])
    after = {balancer.ask()[1] for _ in range(10)}

    assert ({b"blue"}, {b"green"}) == (before, after)


def test_split_weights_reach_both(balancer, blue, green):
    """With half the weight each, both groups get requests."""
    for group, backend in zip(balancer.groups, (blue, green), strict=True):
        balancer.register(group, backend.server_port)
    balancer.rule(forward(*((group, 50) for group in balancer.groups)))

    assert {b"blue", b"green"} == {balancer.ask()[1] for _ in range(40)}


def test_faults_of_the_api_do_not_reach_requests(aws, served):
    """The data plane works while the control plane is denied, as in AWS."""
    aws.faults.deny("elbv2", "*")
    try:
        assert (200, b"blue") == (served.ask()[0].status, served.ask()[1])
    finally:
        aws.faults.clear()


def test_conditions_and_default_rule(balancer, blue):
    """A rule with conditions takes only its requests; the others get the listener's default action."""
    balancer.register(balancer.groups[0], blue.server_port)
    header = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Test", "Values": ["1"]}}
    balancer.rule(forward((balancer.groups[0], 1)), conditions=[header])

    answers = [balancer.ask(headers=headers) for headers in ({"x-test": "1"}, {})]

    assert [(200, b"blue"), (404, b"no rule")] == [(response.status, body) for response, body in answers]
    assert "text/plain" == answers[1][0].headers["Content-Type"]


@pytest.mark.parametrize(
    ("config", "location"),
    [
        ({"Protocol": "HTTPS", "Port": "443"}, "https://shop.example.com/a/b?c=d"),
        (
            {"Host": "new.example.com", "Path": "/v2/#{path}", "Query": "x=1"},
            "http://new.example.com:{port}/v2/a/b?x=1",
        ),
    ],
)
def test_redirect(balancer, config, location):
    """A redirect action fills in the parts of the request's URL."""
    balancer.rule({"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", **config}})

    response, _ = balancer.ask("/a/b?c=d", headers={"Host": "shop.example.com"})

    assert (301, location.replace("{port}", str(balancer.port))) == (response.status, response.headers["Location"])


def test_503_without_targets(balancer):
    """A group without targets cannot answer, even a request with a body."""
    balancer.rule(forward((balancer.groups[0], 100)))

    response, body = balancer.ask(method="POST", body=b"x" * 300_000)

    assert (503, "awselb/2.0") == (response.status, response.headers["Server"])
    assert b"503 Service Unavailable" in body


def test_unread_body_does_not_spoil_the_connection(balancer):
    """A body that no target wanted is not taken for the client's next request."""
    balancer.rule(forward((balancer.groups[0], 100)))
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", balancer.port, timeout=10)) as connection:
        statuses = []
        for method, body in (("POST", b"x" * 300_000), ("GET", None)):
            connection.request(method, "/", body=body)
            with connection.getresponse() as response:
                response.read()
                statuses.append(response.status)

    assert [503, 503] == statuses


def test_503_without_weight(balancer, blue):
    """A rule without any weight sends nothing anywhere."""
    balancer.register(balancer.groups[0], blue.server_port)
    balancer.rule(forward((balancer.groups[0], 0), (balancer.groups[1], 0)))

    assert 503 == balancer.ask()[0].status


@pytest.mark.parametrize("path", ["/nothing", "/half-a-head"])
def test_502_when_the_target_breaks_off(served, path):
    """No reply, or one that ends inside its headers, is a bad gateway and never an empty success."""
    assert 502 == served.ask(path)[0].status


def test_502_when_the_target_refuses(balancer):
    """A target that does not listen any more is a bad gateway."""
    balancer.register(balancer.groups[0], closed_port())
    balancer.rule(forward((balancer.groups[0], 1)))

    assert 502 == balancer.ask()[0].status


def test_504_when_the_target_is_silent(served):
    """A target that says nothing in time is a gateway time-out."""
    assert 504 == served.ask("/slow")[0].status


def test_body_that_breaks_off_is_broken_off(served):
    """A reply cut in its body reaches the client as cut, not as complete."""
    with pytest.raises(http.client.IncompleteRead):
        served.ask("/half-a-body")


def test_target_sees_who_asked(served):
    """The target gets the original host, and the X-Forwarded headers of this hop after those of earlier ones."""
    _, seen = served.ask("/headers-seen", headers={"Host": "shop.example.com", "X-Forwarded-For": "9.9.9.9"})

    lines = seen.decode().splitlines()
    assert "Host: shop.example.com" in lines
    assert "X-Forwarded-For: 9.9.9.9, 127.0.0.1" in lines
    assert "X-Forwarded-Proto: http" in lines
    assert f"X-Forwarded-Port: {served.port}" in lines


def test_headers_of_a_connection_stay_on_it(served):
    """Connection and what it names are passed on in neither direction; everything else is."""
    response, seen = served.ask(
        "/headers-seen", headers={"Connection": "X-Mine", "X-Mine": "hop", "Keep-Alive": "5", "X-End": "1"}
    )

    assert ("X-Mine" in seen.decode(), "Keep-Alive" in seen.decode(), "X-End" in seen.decode()) == (False, False, True)
    assert (None, "1") == (response.headers["X-Secret"], response.headers["X-Kept"])


def test_repeated_headers_stay_apart(served):
    """Two cookies arrive as two headers."""
    assert ["a=1", "b=2"] == served.ask("/cookies")[0].headers.get_all("Set-Cookie")


def test_client_connection_is_kept(served):
    """One connection serves several requests, also after an answer of the load balancer itself."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    with contextlib.closing(connection):
        answers = []
        for path in ("/", "/nothing", "/empty", "/chunks", "/until-close", "/"):
            connection.request("GET", path)
            first = connection.sock
            response = connection.getresponse()
            answers.append((response.status, response.read() if response.status == 200 else response.read()[:0]))
            assert first is connection.sock

    assert [
        (200, b"blue"),
        (502, b""),
        (204, b""),
        (200, b"onetwo"),
        (200, b"all of it"),
        (200, b"blue"),
    ] == answers


def test_old_client_gets_the_body_until_the_connection_closes(served):
    """A client of HTTP/1.0 gets no chunks, which it would not understand."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as client:
        client.sendall(b"GET /chunks HTTP/1.0\r\n\r\n")
        reply = b"".join(iter(lambda: client.recv(4096), b""))

    head, _, body = reply.partition(b"\r\n\r\n")
    assert b"onetwo" == body
    assert b"chunked" not in head


def test_head_has_no_body(served):
    """HEAD gets the headers of GET, and nothing that the next reply would start with."""
    response, body = served.ask(method="HEAD")

    assert (200, "4", b"") == (response.status, response.headers["Content-Length"], body)


@pytest.mark.parametrize(
    ("body", "chunked", "framing"),
    [(b"x" * 500_000, False, "length"), (iter([b"one", b"two" * 50_000]), True, "chunked"), (b"", False, "length")],
)
def test_request_body_is_passed_on(served, body, chunked, framing):
    """Bodies of every size arrive whole, framed as they came."""
    expected = b"one" + b"two" * 50_000 if chunked else body

    response, echoed = served.ask(method="POST", body=body, encode_chunked=chunked)

    assert framing == response.headers["X-Framing"]
    assert expected == echoed


def test_reply_is_streamed(served, blue):
    """The beginning of a reply arrives before its end exists."""
    blue.released = threading.Event()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)) as connection:
        connection.request("GET", "/stream")
        response = connection.getresponse()
        first = response.read1(100)
        blue.released.set()

        assert (b"first", b"last") == (first, response.read())


def test_unreadable_request_is_a_bad_request(served):
    """A chunk whose length is no number is the client's mistake."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")

        assert b"HTTP/1.1 400 " == client.recv(4096)[:13]


def test_reset_heals(served):
    """The next connections are reset, so many as asked for; then everything is as before."""
    served.load_balancer.reset_next(served.listener, 2)

    for _ in range(2):
        with (
            pytest.raises(ConnectionResetError),
            socket.create_connection(("127.0.0.1", served.port), timeout=10) as client,
        ):
            client.recv(1)
    assert b"blue" == served.ask()[1]


def test_reset_of_an_unknown_listener_is_an_error(balancer):
    """A listener that is not served here cannot be disturbed."""
    with pytest.raises(KeyError):
        balancer.load_balancer.reset_next("arn:none", 1)


def test_health(balancer, blue):
    """A group is healthy when it has targets and each one answers the health check as its matcher wants."""
    group = balancer.groups[0]
    told = [balancer.load_balancer.healthy(group)]
    balancer.register(group, blue.server_port)
    told.append(balancer.load_balancer.healthy(group))
    blue.status = 503
    told.append(balancer.load_balancer.healthy(group))
    balancer.register(group, closed_port())
    told.append(balancer.load_balancer.healthy(group))

    assert [False, True, False, False] == told


def test_stopping_ends_idle_and_busy_connections(aws, blue):
    """Leaving the load balancer closes connections that clients hold open, and one that waits for its target."""
    before = set(threading.enumerate())
    blue.released = threading.Event()
    with LoadBalancer(Configuration(aws.account_id, aws.region)) as load_balancer:
        balancer = Balancer(aws, load_balancer)
        balancer.register(balancer.groups[0], blue.server_port)
        balancer.rule(forward((balancer.groups[0], 1)))
        idle = socket.create_connection(("127.0.0.1", balancer.port), timeout=10)
        busy = socket.create_connection(("127.0.0.1", balancer.port), timeout=10)
        busy.sendall(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        while b"first" not in busy.recv(4096):
            pass
    left = {thread for thread in set(threading.enumerate()) - before if "Listener" in thread.name}
    with idle, busy:
        assert b"" == idle.recv(1)
        assert set() == left
    blue.released.set()


def test_port_is_given_back_when_the_listener_cannot_be_created(aws):
    """A failure of the API while a listener is created leaves no open port."""
    ports = []
    load_balancer = LoadBalancer(Configuration(aws.account_id, aws.region))

    def create(port):
        ports.append(port)
        raise RuntimeError("denied")

    with pytest.raises(RuntimeError, match="denied"):
        load_balancer.listen(create)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", ports[0]), timeout=5)


# --- what is told of each request ---


def test_an_answer_is_told_with_its_status_and_time(served, blue):
    """The observer hears the listener, the group, the target's status, and how long it took to begin to answer."""
    served.ask("/")

    (exchange,) = served.seen
    assert (served.listener, served.groups[0], True, 200, None) == (
        exchange.listener_arn,
        exchange.target_group_arn,
        exchange.reached,
        exchange.status,
        exchange.own_status,
    )
    assert 0 < exchange.seconds < 0.3


@pytest.mark.parametrize(("path", "own"), [("/slow", 504), ("/nothing", 502)])
def test_a_target_that_gives_no_answer_is_told_once(served, path, own):
    """A target that is silent or breaks off has no status; the load balancer's own is told in its place."""
    served.ask(path)

    assert [(True, None, None, own)] == [
        (each.reached, each.status, each.seconds, each.own_status) for each in served.seen
    ]


def test_a_target_that_is_not_reached_is_told(balancer):
    """Nobody listens: there was a target, and no connection."""
    balancer.register(balancer.groups[0], closed_port())
    balancer.rule(forward((balancer.groups[0], 1)))

    balancer.ask()

    assert [(False, 502)] == [(each.reached, each.own_status) for each in balancer.seen]


def test_without_a_target_nothing_is_told(balancer):
    """Fixed responses, and groups without targets, are no exchanges with targets; nor are health checks."""
    balancer.ask()
    balancer.rule(forward((balancer.groups[0], 1)))
    balancer.ask()
    balancer.load_balancer.healthy(balancer.groups[0])

    assert [] == balancer.seen


# --- what CloudWatch gets of it ---

LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/demo/50dc6c495c0c9188/f2f7dc8efc522ab2"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders-1/73e2d6bc24d8a067"
WHOLE = {"LoadBalancer": "app/demo/50dc6c495c0c9188"}
OF_GROUP = {"TargetGroup": "targetgroup/orders-1/73e2d6bc24d8a067", **WHOLE}


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        (
            Exchange(LISTENER, GROUP).connected().answered(201, 0.25),
            [
                ("RequestCount", OF_GROUP, 1),
                ("HTTPCode_Target_2XX_Count", OF_GROUP, 1),
                ("TargetResponseTime", OF_GROUP, 0.25),
            ],
        ),
        (
            Exchange(LISTENER, GROUP).connected().answered(503, 0.5),
            [
                ("RequestCount", OF_GROUP, 1),
                ("HTTPCode_Target_5XX_Count", OF_GROUP, 1),
                ("TargetResponseTime", OF_GROUP, 0.5),
            ],
        ),
        (
            Exchange(LISTENER, GROUP).connected().refused(504),
            [("RequestCount", OF_GROUP, 1), ("HTTPCode_ELB_5XX_Count", WHOLE, 1)],
        ),
        (
            Exchange(LISTENER, GROUP).refused(502),
            [
                ("RequestCount", OF_GROUP, 1),
                ("TargetConnectionErrorCount", OF_GROUP, 1),
                ("HTTPCode_ELB_5XX_Count", WHOLE, 1),
            ],
        ),
    ],
)
def test_metrics_are_those_of_an_application_load_balancer(exchange, expected):
    """Names and dimensions are AWS's, the load balancer's own codes have no target group, and what did not occur is missing."""
    put = []

    RequestMetrics(lambda *point: put.append(point), lambda: 1000.0)(exchange)

    assert [("AWS/ApplicationELB", metric, where, value, 1000.0) for metric, where, value in expected] == put
