"""The example of a Service Connect backend: one address, and a header that says who is meant."""

import contextlib
import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from rehearsal.clock import Clock
from rehearsal.inline import inline_gates
from tests.rehearsal.example_plays import AFTER, BEFORE, POST_TEST, PRE, HeadlessWorld, Play, playing

HEADER = "x-amzn-ecs-blue-green-test"


class ConnectedWorld(HeadlessWorld):
    """A world whose service is reached through Service Connect."""

    def _without_load_balancer(self, revision):
        super()._without_load_balancer(revision)
        record = self.store.revision(revision.arn)
        rules = {"header": {"name": HEADER, "value": {"exact": "1"}}}
        alias = {"port": 8080, "dnsName": "orders", "testTrafficRules": rules}
        record["serviceConnectConfiguration"] = {
            "enabled": True,
            "services": [{"portName": "http", "clientAliases": [alias]}],
        }
        self.store.put_revision(record)


class Backend(Play):
    """The orders, which are the built-in application."""

    def deploy_version(self, fault=None):
        """Deploy the next version."""
        self.versions += 1
        return self.release(self.world.register_revision(str(self.versions), fault=fault))


@contextlib.contextmanager
def gateway(world):
    """A proxy of the namespace: requests with the header go to green, as long as there is one under test; the others to production."""

    class Gateway(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        seen = []  # noqa: RUF012 - of this class, which one test makes

        def _pass_on(self):
            is_test = self.headers.get(HEADER) == "1"
            self.seen.append(is_test)
            url = world.service.test_url if is_test else world.service.production_url
            connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            connection.request(self.command, self.path, body, {"Content-Type": "application/json"})
            reply = connection.getresponse()
            data = reply.read()
            connection.close()
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.headers.get("Content-Type", "text/plain"))
            if reply.status != 204:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = _pass_on  # noqa: N815 - http.server's names

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", Gateway.seen
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def connected():
    """The backend in its first version, behind a gateway in the place of the example's."""
    stages = f"{PRE},{POST_TEST},{BEFORE},{AFTER}"
    with (
        playing(ConnectedWorld(clock=Clock(120)), "service-connect", Stages=stages, kind=Backend) as play,
        gateway(play.world) as (url, seen),
    ):
        text = json.dumps(inline_gates(play.folder / "gates.yaml"))
        assert 5 == text.count("http://gateway.shop.internal:8080")
        play.gates = json.loads(
            text.replace("http://gateway.shop.internal:8080", url).replace('"wait": "2m"', '"wait": "5s"')
        )
        play.seen = seen
        result = play.deploy_version()
        assert result.successful, result.explanation
        yield play


def test_requests_with_the_header_are_green_s(connected):
    """The suite's proof holds at every stage, and blue is what a comparison asks."""
    connected.seen.clear()
    result = connected.deploy_version()

    assert result.successful, result.explanation
    assert {"smoke": "passed"} == connected.outcomes(POST_TEST)
    assert {True, False} == set(connected.seen)
    smoke = next(answer for answer in connected.answers if answer.stage == POST_TEST)
    assert "baseline" not in str(smoke)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("http-500", "expected status 201, got 500"),
        ("shape", "like blue's"),
        ("wrong-version", "identity: expected json image_tag"),
    ],
)
def test_a_bad_release_is_found_before_other_services_call_it(connected, fault, words):
    """By its answers, by blue's, and by what it says it is."""
    result = connected.deploy_version(fault)

    assert ("ROLLBACK_SUCCESSFUL", POST_TEST) == (result.status, result.stage)
    assert words in result.explanation
