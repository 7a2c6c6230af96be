"""Scenes of the smoke check: what green answers, what is in the way of an answer, and what a suite needs besides."""

import socket
import ssl
import struct
import time

import trustme

from tests.unit.checks.scenes.place import BLUE, GREEN
from tests.unit.checks.scenes.scene import PRE, Blunder, Scene, Situation
from tests.unit.smoke.servers import answering, closed_port, read_request

_HEALTH = "{name: health, path: /health, expect: {json: {status: ok}}}"


def _green(path="/health", status=200, body=None, **headers):
    """Let green answer otherwise."""

    def arrange(place):
        _ = place.service
        place.apps[GREEN].answer(path, status, {"status": "ok"} if body is None else body, **headers)

    return arrange


def _as_it_is(place):
    _ = place.service


def _slow(seconds):
    def arrange(place):
        _ = place.service
        answer = place.apps[GREEN].routes["/health"]
        place.apps[GREEN].routes["/health"] = lambda seen: (time.sleep(seconds), answer(seen))[1]

    return arrange


def _both(path, blue, green):
    def arrange(place):
        _ = place.service
        place.apps[BLUE].answer(path, body=blue)
        place.apps[GREEN].answer(path, body=green)

    return arrange


def _now_and_then(place):
    """Let every third answer be a bad one."""
    _ = place.service
    asked = []

    def answer(_):
        asked.append(1)
        return (503, {}, b"busy") if len(asked) % 3 == 0 else (200, {}, b"ok")

    place.apps[GREEN].routes["/health"] = answer


def _reset(connection):
    read_request(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _silent(connection):
    read_request(connection)
    time.sleep(0.6)


def _rude(behave):
    return lambda place: place.rude("rude", behave)


def _tls(host, *, trusted=True):
    """Serve with a certificate for some name, of an authority that is trusted or not."""

    def arrange(place):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority = trustme.CA()
        authority.issue_cert(host).configure_cert(context)
        place.serve("secure", context).answer("/health", body={"status": "ok"})
        if trusted:
            place.trust(authority)

    return arrange


def _maintenance(place):
    page = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503", "MessageBody": "back soon"}}
    place.client("elbv2").modify_rule(RuleArn=place.service.test_rule_arn, Actions=[page])


def _without_test_rule(place):
    _ = place.service
    (balancer,) = place.records[GREEN]["loadBalancers"]
    advanced = {key: value for key, value in balancer["advancedConfiguration"].items() if key != "testListenerRule"}
    place.revise(GREEN, loadBalancers=[{**balancer, "advancedConfiguration": advanced}])


def _troubled(trouble, service, operation, *more):
    def arrange(place):
        _ = place.service
        getattr(place.faults, trouble)(service, operation, *more)

    return arrange


def _secret(trouble="", *more, **stored):
    def arrange(place):
        _ = place.service
        for name, value in stored.items():
            place.client("secretsmanager").create_secret(Name=f"orders/{name}", SecretString=value)
        if trouble:
            getattr(place.faults, trouble)("secretsmanager", "GetSecretValue", *more)

    return arrange


def _created(place):
    _ = place.service
    place.created()


def _suite(*tests, more="", settings=""):
    return f"suite: {{version: 1, name: orders{more}, tests: [{', '.join(tests)}]}}\n{settings}"


def _with_secret(name, key=""):
    return _suite(
        "{name: health, path: /health, headers: {Authorization: '{{ secrets.token }}'}}",
        more=f", secrets: {{token: {{secretsmanager: orders/{name}{key}}}}}",
    )


_ONE_TEST = _suite(_HEALTH)


def _scene(situation, title, arrange=_as_it_is, settings=_ONE_TEST, **keys):
    return Scene("smoke", situation, title, settings, arrange, **keys)


def _at(name, scheme="http", test=_HEALTH, more=""):
    return _suite(test, more=more, settings=f"endpoint: {scheme}://${name}")


_AGAIN = "nothing yet: it is asked again"
_ASK_GREEN = "look at green's log; nothing else is wrong"
_VERSION = "{path: /version, expect: {json: {image_tag: '{{ green.image_tag }}'}}, consecutive: 2, interval: 50ms, wait: 200ms}"
_LIST = "{name: list of orders, path: /orders, compare: {json: same_types}}"

SCENES = (
    _scene(Situation.PASSED, "all tests pass"),
    _scene(
        Situation.PASSED,
        "a warning",
        settings=_suite("{name: health, path: /health, warn: {headers: {Cache-Control: no-store}}}"),
    ),
    _scene(Situation.FAILED, "another status", _green(status=500, body={"error": "no database"}), todo=_ASK_GREEN),
    _scene(Situation.FAILED, "another value", _green(body={"status": "degraded"}), todo=_ASK_GREEN),
    _scene(
        Situation.FAILED,
        "one of several steps",
        _green("/orders", 201, {"id": 7}),
        _suite(
            "{name: order can be read back, steps: [{name: create, method: POST, path: /orders, expect: {status: 201},"
            " captures: {id: {json: id}}}, {name: read back, path: '/orders/{{ id }}'}]}"
        ),
        todo=_ASK_GREEN,
    ),
    _scene(
        Situation.FAILED,
        "too slow",
        _slow(0.3),
        _suite("{name: health, path: /health, expect: {max_latency: 100ms}}"),
        todo=_ASK_GREEN,
    ),
    _scene(
        Situation.FAILED,
        "not often enough",
        _now_and_then,
        _suite("{name: health, path: /health, repeat: {count: 20, min_success: 95%}}"),
        todo=_ASK_GREEN,
    ),
    _scene(
        Situation.FAILED,
        "another type than with blue",
        _both("/orders", {"items": [{"quantity": 2}]}, {"items": [{"quantity": "2"}]}),
        _suite(_LIST),
        todo="mend green, or name the field under compare.ignore",
    ),
    _scene(
        Situation.FAILED,
        "another version answers",
        _green("/version", body={"image_tag": "1"}),
        _suite(_HEALTH, more=f", identity: {_VERSION}"),
        todo="the listener reaches blue, or the image was built with the wrong version",
    ),
    _scene(
        Situation.FAILED,
        "breach of a schema",
        settings=_suite(
            "{name: health, path: /health, expect: {json_schema: {type: object, required: [region],"
            " properties: {status: {type: integer}}}}}"
        ),
        todo=_ASK_GREEN,
    ),
    _scene(
        Situation.FAILED,
        "a redirect to another host",
        _green("/old", 302, b"", Location="https://shop.example.com/"),
        _suite("{name: old address, path: /old, follow_redirects: true}"),
        todo="let green redirect to a path, or expect the location with redirect_to",
    ),
    _scene(
        Situation.FAILED,
        "the login before all tests",
        _green("/login", 401, {}),
        _suite(_HEALTH, more=", setup: [{name: log in, method: POST, path: /login}]"),
        todo=_ASK_GREEN,
    ),
    _scene(
        Situation.FAILED,
        "several tests",
        _green(status=503),
        _suite(_HEALTH, "{name: ready, path: /ready}"),
        todo=_ASK_GREEN,
    ),
    _scene(
        Situation.FAILED, "the rule answers itself", _maintenance, todo="let the test rule forward to green's group"
    ),
    _scene(Situation.FAILED, "no test listener", _without_test_rule),
    _scene(
        Situation.FAILED,
        "no such container",
        settings=_suite(_HEALTH, settings="container: web"),
        todo="correct `container`",
    ),
    _scene(
        Situation.FAILED,
        "no rule for test traffic",
        settings=_suite(_HEALTH, settings="endpoint: http://orders.shop:80\nservice_connect: true"),
    ),
    _scene(
        Situation.FAILED,
        "no blue in a first deployment",
        _created,
        _suite("{name: as blue, path: '/{{ blue.image_tag }}'}"),
    ),
    _scene(
        Situation.FAILED,
        "no such secret",
        _secret(),
        _with_secret("missing"),
        todo="create it, or correct its name in the suite",
    ),
    _scene(
        Situation.FAILED,
        "no such key in a secret",
        _secret(plain='{"user": "smoke"}'),
        _with_secret("plain", ", key: password"),
        todo="store the value under this key, or correct `key`",
    ),
    _scene(
        Situation.INCONCLUSIVE,
        "a suite that is not done",
        _slow(0.3),
        _suite(
            "{name: health, path: /health, timeout: 3s}",
            "{name: health again, path: /health, timeout: 3s}",
            more=", concurrency: 1",
        ),
        seconds=3.7,
        todo="nothing; a longer time-out of the function would make it quicker",
    ),
    _scene(
        Situation.INCONCLUSIVE,
        "a proof that is not done",
        _green("/version", body={"image_tag": "2"}),
        _suite(
            _HEALTH,
            more=f", identity: {_VERSION.replace('2, interval: 50ms, wait: 200ms', '5, interval: 2s, wait: 1m')}",
        ),
        seconds=4,
        todo="nothing; a longer time-out of the function would make it quicker",
    ),
    _scene(
        Situation.ERROR,
        "nobody listens",
        lambda place: place.call("nobody", closed_port()),
        _at("nobody"),
    ),
    _scene(
        Situation.ERROR,
        "nothing comes back",
        _rude(_silent),
        _at("rude", test="{name: health, path: /health, timeout: 200ms}"),
        todo="look at green's log: it took the request, and hangs",
    ),
    _scene(Situation.ERROR, "a reset", _rude(_reset), _at("rude"), todo=_AGAIN),
    _scene(
        Situation.ERROR,
        "a reply that is cut short",
        _rude(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")),
        _at("rude"),
        todo=_AGAIN,
    ),
    _scene(
        Situation.ERROR,
        "what is no HTTP",
        _rude(answering(b"SSH-2.0-OpenSSH_9.6\r\n")),
        _at("rude"),
        todo="is it the right port?",
    ),
    _scene(Situation.ERROR, "no TLS", lambda place: place.serve("plain"), _at("plain", "https")),
    _scene(
        Situation.ERROR,
        "a certificate that nobody trusts",
        _tls("orders.example.com", trusted=False),
        _at("secure", "https", more=", target: {host: orders.example.com}"),
        todo="give the listener a certificate of a public authority",
    ),
    _scene(Situation.ERROR, "a certificate for another name", _tls("orders.example.com"), _at("secure", "https")),
    _scene(
        Situation.ERROR,
        "a reply of AWS that makes no sense",
        _troubled("garble", "elbv2", "DescribeRules", b"<r/>"),
        todo=_AGAIN,
    ),
    _scene(
        Situation.THROTTLED, "throttled", _troubled("fail", "elbv2", "DescribeListeners", "Throttling"), todo=_AGAIN
    ),
    _scene(Situation.THROTTLED, "a secret is throttled", _secret("fail"), _with_secret("slow"), todo=_AGAIN),
    _scene(Situation.DENIED, "denied", _troubled("deny", "elbv2", "DescribeLoadBalancers")),
    _scene(Situation.DENIED, "a secret is denied", _secret("deny"), _with_secret("denied")),
    _scene(Situation.SKIPPED, "production of a first deployment", _created, stage=PRE),
)

BLUNDERS = (
    Blunder("smoke", "no suite", "post_test_traffic_shift:\n  smoke: {tags: [critical]}"),
    Blunder(
        "smoke",
        "a word of another tool",
        "post_test_traffic_shift:\n  smoke:\n    suite: {version: 1, name: s, tests: [{name: a, url: /health, expect: {code: 200}}]}",
    ),
    Blunder(
        "smoke",
        "no test with the tag",
        f"post_test_traffic_shift:\n  smoke:\n    tags: [critcal]\n    suite: {{version: 1, name: s, tests: [{_HEALTH}]}}",
        todo="give tests a tag, or leave out `tags`",
    ),
    Blunder(
        "smoke",
        "a template that names nothing",
        "post_test_traffic_shift:\n  smoke:\n    suite: {version: 1, name: s, tests: [{name: a, path: '/{{ gren.image_tag }}'}]}",
    ),
)
