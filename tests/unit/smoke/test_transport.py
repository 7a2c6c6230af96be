"""Servers that misbehave on the wire: every way ends on time, and none passes."""

import gzip
import socket
import threading
import time
import zlib
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlight.endpoint import Endpoint, parse_endpoint
from greenlight.smoke.wire import Wire, dial
from tests.unit.smoke.servers import RudeServers, answering, closed_port, only_attempt, only_fault, read_request, run

OK = b"HTTP/1.1 200 OK\r\n"
HEALTH = {"name": "health", "path": "/health"}
GENEROUS = 3.0  # seconds that a one-second time-out may take on a busy machine; the servers would take far longer


def drip(data, *, before=b""):
    """Send something at once, then a byte each 0.1 seconds for as long as the client listens."""

    def behave(connection):
        read_request(connection)
        connection.sendall(before)
        for byte in data:
            time.sleep(0.1)
            connection.sendall(bytes([byte]))

    return behave


def listen(connection, *, request=False):
    """Say nothing, until the client hangs up."""
    while read_request(connection) if request else connection.recv(4096):
        pass


@contextmanager
def full_backlog():
    """Listen on a port, but accept nobody: the backlog is full, so that the kernel drops what comes."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as waiting:
        port = server.getsockname()[1]
        for _ in range(3):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        yield port


def speaks_ipv6():
    """Say whether this machine's loopback has an IPv6 address; a container's often has none."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def timed(endpoint, **test):
    """Run one test, and return its fault and how long it took."""
    started = time.monotonic()
    fault = only_fault(run(endpoint, HEALTH | test))
    return fault, time.monotonic() - started


@pytest.mark.parametrize(
    "behave",
    [
        drip(b"x" * 200, before=OK + b"Content-Length: 1000\r\n\r\n"),
        drip(b"5\r\nhello\r\n" * 50, before=OK + b"Transfer-Encoding: chunked\r\n\r\n"),
        drip(b"x" * 200, before=OK + b"Connection: close\r\n\r\n"),
        drip(OK + b"X-Slow: " + b"y" * 200),
        drip(b"X-Slow: " + b"y" * 200, before=OK),
        drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
        drip(b"0\r\n" + b"X-Trailer: z\r\n" * 50, before=OK + b"Transfer-Encoding: chunked\r\n\r\n"),
        drip(b"\x1f\x8b\x08\x00" + b"\x00" * 200, before=OK + b"Content-Encoding: gzip\r\nContent-Length: 900\r\n\r\n"),
        listen,
        lambda connection: listen(connection, request=True),
    ],
    ids=["body", "chunks", "until close", "status line", "header", "1xx", "trailer", "gzip", "mute", "no reply"],
)
def test_a_server_that_drips_does_not_hold_a_test(rude, behave):
    """The time-out is for the whole exchange, wherever the server takes its time."""
    fault, seconds = timed(rude.start(behave), timeout="500ms")
    assert fault.kind == "timeout"
    assert fault.text.startswith("timed out after 500 ms")
    assert 0.5 <= seconds < GENEROUS


def test_a_server_that_reads_no_request_does_not_hold_a_test(rude):
    """Sending is bounded by the same time-out."""
    over = threading.Event()

    def behave(connection):
        read_request(connection)
        connection.sendall(OK + b"Content-Length: 0\r\n\r\n")
        over.wait(8)

    steps = [
        {"name": "on a used connection", "path": "/"},
        {"name": "post", "method": "POST", "path": "/", "body": "x" * 20_000_000, "timeout": "500ms"},
    ]
    started = time.monotonic()
    try:
        result = run(rude.start(behave), {"name": "a", "steps": steps})
    finally:
        over.set()
    (attempt,) = result.tests[0].steps[1].attempts
    assert attempt.fault.kind == "timeout"
    assert time.monotonic() - started < GENEROUS


def test_a_name_that_nobody_resolves_does_not_hold_a_test(monkeypatch):
    """The system's resolver knows no time-out, so it is left alone when the time is over."""
    real, answer = socket.getaddrinfo, threading.Event()

    def stuck(host, port, *args, flags=0, **kwargs):
        if not flags & socket.AI_NUMERICHOST:
            answer.wait(8)
        return real(host, port, *args, flags=flags, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", stuck)
    fault, seconds = timed(parse_endpoint("http://orders.invalid:80"), timeout="300ms")
    answer.set()
    assert (fault.kind, fault.text) == (
        "timeout",
        "timed out after 300 ms: the name orders.invalid was not resolved; look at the DNS of the VPC",
    )
    assert seconds < GENEROUS


def test_a_connection_that_nobody_accepts_says_where_to_look():
    """A full backlog drops the handshake, as a security group does."""
    with full_backlog() as port:
        fault, seconds = timed(parse_endpoint(f"http://127.0.0.1:{port}"), timeout="500ms")
    assert fault.kind == "timeout"
    assert "cannot connect to" in fault.text
    assert "VPC and security group" in fault.text
    assert seconds < GENEROUS


@pytest.mark.skipif(not speaks_ipv6(), reason="the loopback of this machine has no IPv6 address")
def test_a_load_balancer_may_have_an_ipv6_address():
    """The address goes into the Host header in its brackets."""
    hosts = []

    def serve(server):
        with server.accept()[0] as connection:
            hosts.append(read_request(connection).partition(b"Host: ")[2].split(b"\r\n")[0].decode())
            connection.sendall(OK + b"Content-Length: 0\r\n\r\n")

    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        host = f"[::1]:{server.getsockname()[1]}"
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        assert "passed" == run(parse_endpoint(f"http://{host}"), HEALTH).outcome
    assert [host] == hosts


def test_a_port_on_which_nothing_listens_says_where_to_look():
    """A refused connection is an error of the transport, with the places to look at."""
    endpoint = parse_endpoint(f"http://127.0.0.1:{closed_port()}", source="the test listener")
    result = run(endpoint, HEALTH)
    assert result.outcome == "error"
    assert only_fault(result).kind == "connect"
    assert result.reason == (
        f'test "health": cannot connect to {endpoint.url} (from the test listener): Connection refused; '
        "look at the VPC and security group of the function, the security group of the load balancer, "
        "and the port of the listener"
    )


@pytest.mark.parametrize("name", ["does-not-exist.invalid", "a..b", "x" * 70 + ".example"])
def test_a_name_that_does_not_exist_says_so(name):
    """A wrong name is told as such, whatever is wrong with it."""
    fault = only_fault(run(Endpoint(scheme="http", address=name, port=80), HEALTH))
    assert fault.kind == "dns"
    assert f"the name {name} cannot be resolved" in fault.text


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        ((), "reset", "closed without a reply"),
        ((b"HTT",), "cut", "ended before the reply did"),
        ((b"HTTP/1.1 200 OK",), "cut", "ended before the reply did"),
        ((OK,), "cut", "ended before the reply did"),
        ((OK + b"Content-Le",), "cut", "ended before the reply did"),
        ((OK + b"Content-Length: 0\r\n",), "cut", "ended before the reply did"),
        ((b"HTTP/1.1 100 Continue\r\n",), "cut", "ended before the reply did"),
        ((OK + b"Content-Length: 10\r\n\r\nhello",), "cut", "ended before the reply did"),
        ((OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",), "cut", "ended before the reply did"),
        ((OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",), "cut", "ended before the reply did"),
        ((OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0",), "cut", "ended before the reply did"),
        ((OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello",), "protocol", "a chunk has no size"),
        ((OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nhello",), "protocol", "a chunk has no size"),
        ((b"SSH-2.0-OpenSSH_9.6\r\n",), "protocol", "no HTTP/1.1"),
        ((b"HTTP/2.0 200 OK\r\n\r\n",), "protocol", "no HTTP/1.1"),
        ((b"HTTP/1.1 99999 what\r\n\r\n",), "protocol", "no HTTP/1.1"),
        ((b"HTTP/1.1 abc OK\r\n\r\n",), "protocol", "no HTTP/1.1"),
        ((OK + b"no header at all\r\nContent-Length: 5\r\n\r\nhello",), "protocol", "no HTTP/1.1"),
        ((OK + b"".join(b"X-%d: y\r\n" % n for n in range(150)) + b"\r\n",), "protocol", "more than 100 headers"),
        ((OK + b"X: " + b"y" * 70_000 + b"\r\n\r\n",), "protocol", "got more than 65536 bytes"),
        ((OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",), "protocol", "Content-Length"),
        ((OK + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",), "encoding", "Content-Encoding"),
    ],
)
def test_a_broken_reply_is_an_error_and_never_an_empty_success(rude, reply, kind, words):
    """http.client takes the end of the connection for the end of the head; here it is an error."""
    result = run(rude.start(answering(*reply)), HEALTH | {"expect": {"status": "any"}})
    assert result.outcome == "error"
    fault = only_fault(result)
    assert kind == fault.kind, fault.text
    assert words in fault.text


def test_a_connection_that_is_reset_is_an_error(rude):
    """A reset instead of an orderly end."""

    def behave(connection):
        read_request(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    fault = only_fault(run(rude.start(behave), HEALTH))
    assert (fault.kind, fault.text.partition(":")[0]) == ("reset", "the connection was reset")


def test_interim_replies_are_passed_over(rude):
    """103 Early Hints comes before the reply, and is none."""
    hints = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    endpoint = rude.start(answering(hints + OK + b"Content-Length: 2\r\n\r\nok"))
    result = run(endpoint, HEALTH | {"expect": {"status": 200, "body": {"equals": "ok"}}})
    assert result.outcome == "passed"


def test_a_bomb_costs_nothing(app):
    """300 MB that come as 300 KB are decoded to the limit and no further."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(300)) + packer.flush()
    app.answer("/health", body=bomb, Content_Encoding="gzip")
    started = time.process_time()
    assert run(app.endpoint, HEALTH).outcome == "passed"
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    "test",
    [
        {"expect": {"body": {"contains": "x"}}},
        {"expect": {"json": {"@": {"type": "string"}}}},
        {"captures": {"x": {"json": "a"}}},
        {"captures": {"x": {"body": "(x)"}}},
    ],
)
def test_a_body_beyond_the_limit_is_an_error_where_somebody_looks_into_it(app, test):
    """Judging a part of a body could give a pass or a failure that the whole does not deserve."""
    app.answer("/health", body=b"x" * (1024 * 1024 + 1))
    result = run(app.endpoint, HEALTH | test)
    assert result.outcome == "error"
    assert (only_fault(result).kind, only_attempt(result).status) == ("too_large", 200)
    assert result.reason == 'test "health": the body is larger than 1 MiB, and the expectations look into it'


def test_a_warning_that_cannot_be_looked_at_stays_a_warning(app):
    """What stands under warn never rolls back, whatever the size of the body."""
    app.answer("/health", body=b"x" * (1024 * 1024 + 1))
    result = run(app.endpoint, HEALTH | {"warn": {"body": {"contains": "x"}}})
    assert ("passed", "warning") == (result.outcome, result.tests[0].outcome)
    assert "expected body to be looked into, got the body is larger than 1 MiB" in result.reason


def test_a_body_at_the_limit_is_judged(app):
    """Exactly 1 MiB is read whole; beyond it, what does not look into the body is judged all the same."""
    app.answer("/health", body=b"x" * (1024 * 1024))
    assert run(app.endpoint, HEALTH | {"expect": {"body": {"matches": "^x+$"}}}).outcome == "passed"
    app.answer("/health", status=500, body=b"x" * (1024 * 1024 + 1))
    assert run(app.endpoint, HEALTH | {"expect": {"body": {"contains": "x"}}}).outcome == "failed"


def test_compressed_bodies_are_decoded(app):
    """Replies in gzip and deflate are asked for and understood."""
    app.answer("/health", body=gzip.compress(b'{"a": 1}'), Content_Encoding="gzip")
    assert run(app.endpoint, HEALTH | {"expect": {"json": {"a": 1}}}).outcome == "passed"
    assert app.seen[0].headers["Accept-Encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("x-gzip", gzip.compress(b'{"a": 1}')),
        ("gzip", gzip.compress(b'{"a"') + gzip.compress(b": 1}")),
        ("deflate", zlib.compress(b'{"a": 1}')),
        ("deflate", zlib.compress(b'{"a": 1}')[2:-4]),
        ("Identity", b'{"a": 1}'),
    ],
    ids=["x-gzip", "two streams", "deflate", "raw deflate", "identity"],
)
def test_what_servers_mean_by_an_encoding_is_understood(app, coding, body):
    """Old names, gzip in several streams, and deflate with and without the bytes around it."""
    app.answer("/health", body=body, Content_Encoding=coding)
    result = run(app.endpoint, HEALTH | {"expect": {"json": {"a": 1}}})
    assert result.outcome == "passed", result.reason


def test_an_encoding_that_a_test_asks_for_is_left_as_it_comes(app):
    """A test may be about the encoding itself."""
    app.answer("/health", body=b"\x0b\x02\x80hello\x03", Content_Encoding="br")
    asked = {"headers": {"Accept-Encoding": "gzip, br;q=0.9"}, "expect": {"headers": {"Content-Encoding": "br"}}}
    assert run(app.endpoint, HEALTH | asked).outcome == "passed"


def test_an_encoding_without_a_body_is_no_trouble(app):
    """A reply to HEAD names the encoding of a body that it does not have."""
    app.answer("/health", Content_Encoding="br")
    assert run(app.endpoint, HEALTH | {"method": "HEAD"}).outcome == "passed"


@pytest.mark.parametrize("excess", [b"x" * 20_000, OK + b"Content-Length: 5\r\n\r\nwrong"], ids=["much", "a reply"])
def test_what_a_server_sends_too_much_is_no_answer_to_the_next_request(rude, excess):
    """It is thrown away, with the connection where there is more of it than was read by the way."""

    def behave(connection):
        read_request(connection)
        connection.sendall(OK + b"Content-Length: 5\r\n\r\nfirst" + excess)
        read_request(connection)
        connection.sendall(OK + b"Content-Length: 5\r\n\r\nfirst")

    steps = [{"name": str(n), "path": "/", "expect": {"body": {"equals": "first"}}} for n in range(2)]
    result = run(rude.start(behave), {"name": "a", "steps": steps})
    assert result.outcome == "passed", result.reason


def test_a_server_that_closes_idle_connections_is_asked_again(rude):
    """A request on a connection that was just closed was never seen, and is repeated unasked, where that is safe."""
    connections = []

    def behave(connection):
        connections.append(connection)
        read_request(connection)
        connection.sendall(OK + b"Content-Length: 2\r\n\r\nok")
        if len(connections) == 1:
            connection.recv(1)  # the second request arrives, and the server hangs up without a look at it
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            return
        read_request(connection)
        connection.sendall(OK + b"Content-Length: 2\r\n\r\nok")

    result = run(rude.start(behave), {"name": "a", "steps": [{"name": str(n), "path": "/"} for n in range(3)]})
    assert result.outcome == "passed"
    assert [1, 1, 1] == [len(step.attempts) for step in result.tests[0].steps]
    assert len(connections) == 2


def test_a_request_that_changes_something_is_never_sent_twice_unasked(rude):
    """A POST on a connection that broke may have been seen."""
    requests = []

    def behave(connection):
        while True:
            requests.append(read_request(connection)[:4])
            if len(requests) == 2:
                return
            connection.sendall(OK + b"Content-Length: 2\r\n\r\nok")

    steps = [{"name": "a", "path": "/"}, {"name": "b", "method": "POST", "path": "/"}]
    result = run(rude.start(behave), {"name": "t", "steps": steps})
    assert result.outcome == "error"
    assert requests == [b"GET ", b"POST"]


def test_connections_are_used_again(app):
    """A worker keeps its connection from step to step."""
    app.answer("/health", body=b"ok")
    run(app.endpoint, {"name": "a", "steps": [{"name": str(n), "path": "/health"} for n in range(5)]})
    assert len(app.seen) == 5
    assert len({seen.connection for seen in app.seen}) == 1


def test_a_connection_that_was_idle_for_long_is_not_used_again(app):
    """Servers close idle connections after some seconds, and a POST that meets the end of one is lost."""
    replies = [(500, {}, b""), (200, {}, b"")]
    app.routes["/"] = lambda _: replies.pop(0)
    retries = {"count": 1, "interval": "1100ms"}
    assert run(app.endpoint, {"name": "a", "method": "POST", "path": "/", "retries": retries}).outcome == "passed"
    assert len({seen.connection for seen in app.seen}) == 2


def test_an_address_that_does_not_answer_leaves_time_for_the_next(app, monkeypatch):
    """A load balancer has an address in each zone; each gets its share of the time, and the handshake all that is left."""
    app.answer("/health")
    with full_backlog() as deaf:
        real = socket.getaddrinfo

        def two_addresses(host, port, *args, flags=0, **kwargs):
            if host != "orders.test":
                return real(host, port, *args, flags=flags, **kwargs)
            if flags & socket.AI_NUMERICHOST:
                raise socket.gaierror(socket.EAI_NONAME, "a name")
            return [real("127.0.0.1", number, *args, **kwargs)[0] for number in (deaf, app.port)]

        monkeypatch.setattr(socket, "getaddrinfo", two_addresses)
        wire = Wire()
        wire.begin(time.monotonic() + 1)
        with dial("orders.test", app.port, wire) as connection:
            assert connection.getpeername()[1] == app.port
            assert 0 < connection.gettimeout() <= 0.5
        result = run(Endpoint(scheme="http", address="orders.test", port=app.port), HEALTH | {"timeout": "1s"})
    assert result.outcome == "passed", result.reason


@pytest.fixture(scope="module")
def any_reply():
    """A server that answers each request with the parts that a test sets."""

    def answer(connection, parts):
        read_request(connection)
        connection.sendall(b"".join(parts))

    servers, state = RudeServers(), SimpleNamespace(parts=[])
    state.endpoint = servers.start(lambda connection: answer(connection, state.parts))
    yield state
    servers.stop()


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            [
                OK,
                b"HTTP/1.1 ",
                b"\r\n",
                b"\n",
                b"Content-Length: ",
                b"Transfer-Encoding: chunked\r\n",
                b"Content-Encoding: gzip\r\n",
                b"Location: ",
                b"Set-Cookie: a=b\r\n",
                b"5",
                b"0",
                b":",
                b" ",
                b"\x00\xff",
                b"{}",
            ]
        )
        | st.binary(max_size=8),
        max_size=12,
    )
)
def test_whatever_bytes_come_back_the_run_ends_with_a_result(any_reply, parts):
    """No reply makes anything raise out of a run."""
    any_reply.parts = parts
    test = {
        "follow_redirects": True,
        "timeout": "2s",
        "captures": {"c": {"cookie": "a"}, "j": {"json": "a"}},
        "expect": {"status": "any", "json": {"a": 1}, "body": {"matches": "a"}, "headers": {"Location": "x"}},
    }
    result = run(any_reply.endpoint, HEALTH | test)
    assert result.outcome in {"failed", "error"}
    assert result.reason
