import ast
import contextlib
import http.client
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rehearsal import demo_app
from rehearsal.demo_app import Orders, previous

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class Running:
    """The application as a process of its own."""

    def __init__(self, process):
        self.process = process
        announced = re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n", process.stdout.readline())
        self.port = int(announced[1])

    def ask(self, method, path, body=None):
        """One request: status, headers and the document of the answer."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, path, body=body)
            response = connection.getresponse()
            text = response.read()
            is_json = response.headers["Content-Type"] == "application/json"
            return response.status, response.headers, json.loads(text) if is_json and text else text.decode()


@contextlib.contextmanager
def running(*arguments):
    """Start the application as the documentation says, and end it."""
    command = [sys.executable, "-m", "rehearsal.demo_app", "--port", "0", "--bind", "127.0.0.1", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield Running(process)
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture(scope="module")
def app():
    """Version 2 without a fault."""
    with running("--version", "2") as application:
        yield application


@pytest.fixture(scope="module")
def broken():
    """Version 2 that cannot reach its database."""
    with running("--version", "2", "--fault", "http-500") as application:
        yield application


def test_page_for_people(app):
    """The start page is HTML and names the version."""
    status, headers, page = app.ask("GET", "/")

    assert (200, "text/html; charset=utf-8") == (status, headers["Content-Type"])
    assert "<h1>Orders, version 2</h1>" in page


def test_health(app):
    """Health tells the version and the state of each dependency."""
    status, _, health = app.ask("GET", "/health")

    assert (200, "ok", "2") == (status, health["status"], health["version"])
    assert ["up"] * 3 == [dependency["state"] for dependency in health["dependencies"]]
    assert all(dependency["name"] for dependency in health["dependencies"])


def test_version(app):
    """The version is also the image's tag."""
    assert (200, {"version": "2", "image_tag": "2"}) == app.ask("GET", "/version")[::2]


def test_order_can_be_created_read_listed_and_cancelled(app):
    """An order lives from its POST to its DELETE, under the address that its Location names."""
    status, headers, order = app.ask("POST", "/v2/orders", json.dumps({"sku": "TEST-1", "tenant": "smoke", "extra": 1}))
    told = {"id": order["id"], "status": "created", "sku": "TEST-1", "tenant": "smoke", "quantity": 1}
    location = headers["Location"]

    assert 201 == status
    assert re.fullmatch(rf"/v2/orders/{UUID}", location)
    assert (f"/v2/orders/{order['id']}", told) == (location, order)
    assert (200, order) == app.ask("GET", location)[::2]
    assert order in app.ask("GET", "/v2/orders")[2]["items"]
    assert (204, "") == app.ask("DELETE", location)[::2]
    assert [404, 404] == [app.ask(method, location)[0] for method in ("GET", "DELETE")]


def test_standing_orders_are_alike_in_every_version(app):
    """Two versions that were asked nothing else list the same orders, and such an order can be read."""
    with running("--version", "1") as blue:
        standing = blue.ask("GET", "/v2/orders")[2]["items"]

    assert standing
    assert standing == [app.ask("GET", f"/v2/orders/{order['id']}")[2] for order in standing]


@pytest.mark.parametrize(("body", "told"), [("{", "not JSON"), ("", "not JSON"), ("[1]", "an order is a JSON object")])
def test_bad_order_is_refused(app, body, told):
    """What is no JSON object is a bad request that says why."""
    status, _, document = app.ask("POST", "/v2/orders", body)

    assert 400 == status
    assert told in document["error"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/none", 404), ("GET", "/v2/orders/none", 404), ("PUT", "/v2/orders/1", 405), ("POST", "/health", 405)],
)
def test_what_is_not_there(app, method, path, status):
    """Unknown paths and impossible methods are told as such, in JSON."""
    answered, _, document = app.ask(method, path)

    assert status == answered
    assert document["error"]


def test_old_orders_make_room():
    """The store is bounded: the oldest order goes first."""
    orders = Orders(limit=2)
    ids = [orders.create({"sku": str(number)})["id"] for number in range(3)]

    assert ids[1:] == [order["id"] for order in orders.all()]


def test_http_500_fault(broken):
    """Orders fail while health still claims that all is well."""
    answers = [broken.ask("POST", "/v2/orders", "{}")[0], broken.ask("GET", "/v2/orders")[0]]

    assert [500, 500] == answers
    assert 200 == broken.ask("GET", "/health")[0]


def test_slow_fault():
    """Orders answer late; health does not."""
    with running("--fault", "slow") as application:
        began = time.monotonic()
        status, _, _ = application.ask("GET", "/v2/orders")
        orders_took = time.monotonic() - began
        health = application.ask("GET", "/health")[0]

    assert (200, 200) == (status, health)
    assert 1.4 < orders_took


def test_wrong_version_fault():
    """The application tells the version before, wherever it tells one."""
    with running("--version", "2", "--fault", "wrong-version") as application:
        told = {application.ask("GET", "/version")[2]["version"], application.ask("GET", "/health")[2]["version"]}

    assert {"1"} == told


def test_shape_fault(app):
    """A quantity is text wherever an order is told, and nothing else differs."""
    with running("--fault", "shape") as application:
        changed = application.ask("GET", "/v2/orders")[2]["items"]
        _, headers, created = application.ask("POST", "/v2/orders", '{"quantity": 5}')
        read = application.ask("GET", headers["Location"])[2]

    sound = [app.ask("GET", f"/v2/orders/{order['id']}")[2] for order in changed]
    assert [{**order, "quantity": str(order["quantity"])} for order in sound] == changed
    assert ("5", created) == (created["quantity"], read)


def test_errors_10_percent_fault():
    """Customers whose number ends in 0 get 500, each time; others, and requests of no customer, are answered."""
    with running("--fault", "errors-10-percent") as application:
        of_customers = [application.ask("GET", f"/v2/orders?customer={number}")[0] for number in (7, 10, 101, 110, 10)]
        others = [
            application.ask("GET", path)[0] for path in ("/v2/orders", "/v2/orders?page=10", "/health?customer=10")
        ]

    assert ([200, 500, 200, 500, 500], [200, 200, 200]) == (of_customers, others)


def test_slow_10_percent_fault():
    """The same customers wait for their answer."""
    with running("--fault", "slow-10-percent") as application:
        application.ask("GET", "/v2/orders?customer=1")
        began = time.monotonic()
        status = application.ask("GET", "/v2/orders?tenant=x&customer=20")[0]

    assert 200 == status
    assert 1.4 < time.monotonic() - began


def test_errors_later_fault():
    """A hundred requests of customers are answered before the fault shows."""
    with running("--fault", "errors-later") as application:
        early = {application.ask("GET", "/v2/orders?customer=10")[0] for _ in range(100)}
        late = [application.ask("GET", f"/v2/orders?customer={number}")[0] for number in (10, 11)]

    assert ({200}, [500, 200]) == (early, late)


@pytest.mark.parametrize(
    ("version", "expected"), [("2", "1"), ("1.4.2", "1.4.1"), ("v10", "v9"), ("0", "0"), ("main", "previous")]
)
def test_previous_version(version, expected):
    """The last number counts down; what has none gets a name."""
    assert expected == previous(version)


def test_crash_fault():
    """The process is healthy until the first order comes, and gone then."""
    with running("--fault", "crash") as application:
        before = [application.ask("GET", "/health")[0], application.ask("GET", "/v2/orders")[0]]
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            application.ask("POST", "/v2/orders", "{}")
        code = application.process.wait(10)

    assert ([200, 200], 70) == (before, code)


def test_ends_cleanly_when_told(app):
    """SIGTERM ends the process without a trace, also as the first process of a container."""
    with running() as application:
        application.process.terminate()

        assert 0 == application.process.wait(10)


def test_ends_with_its_parent():
    """With --stop-with-stdin the process ends when its parent's end of the pipe is gone."""
    command = [sys.executable, "-m", "rehearsal.demo_app", "--stop-with-stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        Running(process)
        process.stdin.close()

        assert 0 == process.wait(10)


def test_needs_only_the_standard_library():
    """The file runs in a bare Python container: it imports nothing else, the rest of the rehearsal included."""
    tree = ast.parse(Path(demo_app.__file__).read_text(encoding="utf-8"))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }

    assert imported <= sys.stdlib_module_names
