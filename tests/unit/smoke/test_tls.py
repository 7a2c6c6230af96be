"""TLS: the name of the suite on a connection to the listener's address, and no certificate taken on trust."""

import ssl
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests
import trustme

from greenlight.endpoint import Endpoint, parse_endpoint
from greenlight.smoke import wire
from greenlight.smoke.client import Client
from greenlight.smoke.outgoing import Target
from tests.unit.smoke.conftest import HOST
from tests.unit.smoke.servers import answering, only_fault, read_request, run, serving

HEALTH = {"name": "health", "path": "/health"}
TARGET = {"host": HOST}


@pytest.fixture
def healthy(secure_app):
    """An HTTPS server that is healthy."""
    secure_app.answer("/health", body={"status": "ok"})
    return secure_app


def context_of(certificate):
    """Return TLS of a server with some certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def replies_of(endpoint, count, ca_bundle=None):
    """Return the replies to some requests of one client, one after another."""
    target = Target(endpoint, HOST, run_id="dep-1", version="1")
    request = requests.Request("GET", f"{endpoint.url}/health").prepare()
    with Client(target, ca_bundle) as client:
        return [client.exchange(request, seconds=5) for _ in range(count)]


def test_the_certificate_is_checked_for_the_name_of_the_target(healthy, ca_bundle):
    """The address is not in the certificate, the name of the target is: so it is right."""
    result = run(healthy.endpoint, HEALTH, target=TARGET, ca_bundle=ca_bundle)
    assert result.outcome == "passed", result.reason
    assert [HOST] == [seen.headers["Host"] for seen in healthy.seen]


def test_the_name_that_the_listener_demands_serves_as_well(healthy, ca_bundle):
    """Without a target the host of the listener's rule is the name."""
    result = run(replace(healthy.endpoint, host=HOST), HEALTH, ca_bundle=ca_bundle)
    assert result.outcome == "passed", result.reason


def test_the_name_is_sent_in_the_handshake(server_context, ca_bundle):
    """Listeners with several certificates choose by it."""
    asked = []
    server_context.sni_callback = lambda _, name, __: asked.append(name)
    try:
        with serving(server_context) as app:
            run(app.endpoint, HEALTH, target=TARGET, ca_bundle=ca_bundle)
    finally:
        server_context.sni_callback = None
    assert asked == [HOST]


def test_a_certificate_of_an_unknown_issuer_is_refused(healthy):
    """Nothing is sent to a server that cannot prove who it is."""
    fault = only_fault(run(healthy.endpoint, HEALTH, target=TARGET))
    assert fault.kind == "certificate"
    assert f"for {HOST} is not trusted" in fault.text
    assert healthy.seen == []


@pytest.mark.parametrize("keys", [{"target": {"host": "payments.example.com"}}, {}])
def test_a_certificate_for_another_name_is_refused(healthy, ca_bundle, keys):
    """The cure is in the message; without a target the address is the name, and no certificate has it."""
    result = run(healthy.endpoint, HEALTH, ca_bundle=ca_bundle, **keys)
    name = keys["target"]["host"] if keys else "127.0.0.1"
    assert result.outcome == "error"
    assert only_fault(result).kind == "certificate"
    assert f"is not for {name}; set target.host to the name that users ask for" in only_fault(result).text
    assert healthy.seen == []


@pytest.mark.parametrize(
    ("dates", "reason"),
    [
        ({"not_after": datetime(2020, 1, 1, tzinfo=UTC)}, "certificate has expired"),
        ({"not_before": datetime(2090, 1, 1, tzinfo=UTC)}, "certificate is not yet valid"),
    ],
    ids=["expired", "not yet valid"],
)
def test_a_certificate_of_another_time_is_refused(authority, ca_bundle, dates, reason):
    """The reason of OpenSSL is told."""
    with serving(context_of(authority.issue_cert(HOST, **dates))) as app:
        result = run(app.endpoint, HEALTH, target=TARGET, ca_bundle=ca_bundle)
        assert app.seen == []
    assert (result.outcome, only_fault(result).kind) == ("error", "certificate")
    assert reason in only_fault(result).text


def test_a_reply_knows_when_the_certificate_ends(authority, ca_bundle):
    """A certificate that ends soon is good until then; a connection that is used again still knows it."""
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    with serving(context_of(authority.issue_cert(HOST, not_after=ends))) as app:
        app.answer("/health")
        replies = replies_of(app.endpoint, 2, ca_bundle)
    assert [(200, ends.timestamp())] * 2 == [(reply.status, reply.certificate_ends) for reply in replies]
    assert len({seen.connection for seen in app.seen}) == 1


def test_a_new_connection_brings_its_own_certificate(authority, ca_bundle):
    """A listener may get another certificate in the middle of a run."""
    now = datetime.now(UTC).replace(microsecond=0)
    first, second = now + timedelta(days=3), now + timedelta(days=90)
    context = context_of(authority.issue_cert(HOST, not_after=first))

    def answer(_):
        authority.issue_cert(HOST, not_after=second).configure_cert(context)
        return 200, {"Connection": "close"}, b""

    with serving(context) as app:
        app.routes["/health"] = answer
        replies = replies_of(app.endpoint, 2, ca_bundle)
    assert [first.timestamp(), second.timestamp()] == [reply.certificate_ends for reply in replies]


def test_a_reply_over_plain_http_knows_of_no_certificate(app):
    """There is none."""
    app.answer("/health")
    (reply,) = replies_of(app.endpoint, 1)
    assert reply.certificate_ends is None


def test_a_listener_that_speaks_plain_http_is_told(app):
    """The most common mix-up of the two schemes."""
    endpoint = parse_endpoint(f"https://127.0.0.1:{app.port}")
    fault = only_fault(run(endpoint, HEALTH))
    assert fault.kind == "tls"
    assert "does not speak TLS; is it an HTTP listener?" in fault.text


def test_a_handshake_that_breaks_off_is_an_error(rude):
    """A listener that closes, as a cold one does now and then, is trouble of the transport."""
    plain = rude.start(lambda connection: connection.recv(100))
    fault = only_fault(run(replace(plain, scheme="https"), HEALTH))
    assert fault.kind == "tls"
    assert "no TLS handshake" in fault.text


def test_a_handshake_that_never_ends_does_not_hold_a_test(rude):
    """The handshake is part of the exchange."""
    silent = rude.start(lambda connection: [connection.recv(4096), connection.recv(4096)])
    fault = only_fault(run(replace(silent, scheme="https"), HEALTH | {"timeout": "300ms"}))
    assert fault.kind == "timeout"
    assert "timed out after 300 ms: no TLS handshake" in fault.text


def test_a_reply_that_drips_through_tls_does_not_hold_a_test(server_context, ca_bundle):
    """The deadline holds inside an encrypted connection as well."""
    with serving(server_context) as app:

        def drip(_):
            time.sleep(0.4)
            return 200, {}, b"late"

        app.routes["/health"] = drip
        fault = only_fault(run(app.endpoint, HEALTH | {"timeout": "200ms"}, target=TARGET, ca_bundle=ca_bundle))
    assert (fault.kind, fault.text) == ("timeout", "timed out after 200 ms: nothing came back")


def test_what_a_server_sends_too_much_through_tls_is_no_answer_to_the_next_request(rude, server_context, ca_bundle):
    """What OpenSSL has decrypted already does not show on the socket."""
    connections = []

    def behave(connection):
        connections.append(connection)
        with server_context.wrap_socket(connection, server_side=True) as secure:
            read_request(secure)
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" + b"x" * 12_000)
            read_request(secure)

    steps = [{"name": str(n), "path": "/", "expect": {"body": {"equals": "hello"}}} for n in range(2)]
    endpoint = replace(rude.start(behave), scheme="https")
    result = run(endpoint, {"name": "a", "steps": steps}, target=TARGET, ca_bundle=ca_bundle)
    assert result.outcome == "passed", result.reason
    assert len(connections) == 2


def test_the_authorities_are_read_once_for_all_connections(healthy, ca_bundle, monkeypatch):
    """Reading them costs 20 ms of CPU; requests does so for every connection."""
    reads, load = [], ssl.SSLContext.load_verify_locations

    def counting(context, *args, **kwargs):
        reads.append(args)
        load(context, *args, **kwargs)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counting)
    wire._read_context.cache_clear()
    tests = [{"name": str(number), "path": "/health"} for number in range(20)]
    for _ in range(2):
        result = run(healthy.endpoint, *tests, concurrency=20, target=TARGET, ca_bundle=ca_bundle)
        assert result.outcome == "passed", result.reason
    wire._read_context.cache_clear()
    assert len(reads) == 1


def test_the_check_of_names_stays_on_for_later_connections(healthy, ca_bundle):
    """A context is shared, so one connection must not loosen it for the next."""
    run(healthy.endpoint, HEALTH, target=TARGET, ca_bundle=ca_bundle)
    context = wire.tls_context(ca_bundle)
    assert (True, ssl.CERT_REQUIRED) == (context.check_hostname, context.verify_mode)


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost"])
def test_a_certificate_for_the_address_itself_is_right(authority, ca_bundle, address):
    """An endpoint without a name of its own is checked for its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(address).configure_cert(context)
    with serving(context) as app:
        app.answer("/health")
        endpoint = Endpoint(scheme="https", address=address, port=app.port)
        result = run(endpoint, HEALTH, ca_bundle=ca_bundle)
    assert result.outcome == "passed", result.reason


def test_the_environment_has_no_say_in_whom_to_trust_or_where_to_go(healthy, authority, tmp_path, monkeypatch):
    """Proxies, CA bundles and .netrc of the environment are not looked at."""
    mine = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(mine))
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(mine))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert only_fault(run(healthy.endpoint, HEALTH, target=TARGET)).kind == "certificate"


def test_a_proxy_of_the_environment_is_not_asked(app, monkeypatch):
    """A request through a proxy would carry the whole URL."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    app.answer("/health")
    assert run(app.endpoint, HEALTH).outcome == "passed"
    assert ["/health"] == [seen.path for seen in app.seen]


def test_a_bundle_that_is_not_there_is_an_error_of_the_caller(healthy):
    """Without authorities there is nothing to verify with, so nothing is run."""
    with pytest.raises(OSError, match="No such file"):
        run(healthy.endpoint, HEALTH, ca_bundle="/nowhere/ca.pem")


def test_another_authority_of_the_same_name_is_refused(healthy, tmp_path):
    """Trust is in the key, not in the name of the issuer."""
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    assert only_fault(run(healthy.endpoint, HEALTH, target=TARGET, ca_bundle=str(other))).kind == "certificate"


def test_plain_http_sends_the_name_of_the_target_as_host(app, rude):
    """Without TLS the name is in the Host header all the same, without a port."""
    app.answer("/health")
    run(app.endpoint, HEALTH, target=TARGET)
    assert app.seen[0].headers["Host"] == HOST
    run(app.endpoint, HEALTH)
    assert app.seen[1].headers["Host"] == f"127.0.0.1:{app.port}"
    refusing = rude.start(answering(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))
    assert run(refusing, HEALTH).outcome == "failed"
