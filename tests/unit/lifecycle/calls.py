"""Calls of a hook as ECS makes them, and what a valid reply is."""

import copy
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BLUE = "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/1"
GREEN = "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/2"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:hook"
POST_TEST = "POST_TEST_TRAFFIC_SHIFT"
EVENT = {
    "executionId": "8d1b3a5e-5c8e-4d5c-9a5d-3f0a6a2a2f51",
    "lifecycleStage": POST_TEST,
    "resourceArn": "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/orders/d1",
    "executionDetails": {
        "serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/shop/orders",
        "targetServiceRevisionArn": GREEN,
        "testTrafficWeights": {},
        "productionTrafficWeights": {},
    },
}


def call(stage=POST_TEST, *, deployment="d1", test=None, production=None, details=None):
    """An event; without hookDetails where there are none, as ECS does it."""
    event = copy.deepcopy(EVENT) | {"lifecycleStage": stage}
    event["resourceArn"] = event["resourceArn"].replace("d1", deployment)
    event["executionDetails"] |= {"testTrafficWeights": test or {}, "productionTrafficWeights": production or {}}
    return event if details is None else event | {"hookDetails": details}


@dataclass
class Context:
    """What Lambda hands over besides the event."""

    seconds: float = 30.0
    invoked_function_arn: str = FUNCTION

    def get_remaining_time_in_millis(self):
        return int(self.seconds * 1000)


def assert_valid(reply):
    """ECS can read the reply, once Lambda's runtime has written it as UTF-8."""
    assert json.loads(json.dumps(reply, ensure_ascii=False).encode()) == reply
    assert reply["hookStatus"] in ("SUCCEEDED", "FAILED", "IN_PROGRESS")
    assert set(reply) == {"hookStatus", "hookDetails"} | (
        {"callBackDelay"} if reply["hookStatus"] == "IN_PROGRESS" else set()
    )
    if "callBackDelay" in reply:
        assert isinstance(reply["callBackDelay"], int)
        assert 5 <= reply["callBackDelay"] <= 900
    assert reply["hookDetails"]["greenlight"]["reason"]
    assert len(json.dumps(reply["hookDetails"]["greenlight"])) <= 2048


@dataclass
class Application:
    """Green: an HTTP server that answers as a test tells it to."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    hangs_up: bool = False
    seconds: float = 0.0
    silent: threading.Event | None = None
    paths: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    application: Application

    def do_GET(self):
        self.application.paths.append(self.path)
        if self.application.silent is not None:
            self.application.silent.wait(30)
        time.sleep(self.application.seconds)
        if self.application.hangs_up:
            self.close_connection = True
            return
        self.send_response(self.application.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.application.body)))
        self.end_headers()
        self.wfile.write(self.application.body)

    def log_message(self, *_):
        pass


def serve(application):
    """Start it on a free port; the caller ends server and thread."""
    handler = type("Handler", (_Handler,), {"application": application})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    application.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    return server, thread


def suite(*paths):
    """A suite with one test a path."""
    return {"version": 1, "name": "orders", "tests": [{"name": f"get {path}", "path": path} for path in paths or "/"]}


def gates(url, *, stage=POST_TEST, deadline="30m", **settings):
    """An inline gates file with one smoke check."""
    smoke = {"suite": suite("/"), "endpoint": url, **settings}
    return {"version": 1, stage.lower(): {"deadline": deadline, "smoke": smoke}}
