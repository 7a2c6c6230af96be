"""Servers for the tests of the smoke engine."""

import ssl
from collections.abc import Iterator

import pytest
import trustme

from tests.unit.smoke.servers import App, RudeServers, serving

HOST = "orders.example.com"


@pytest.fixture
def app() -> Iterator[App]:
    """A polite HTTP server."""
    with serving() as app:
        yield app


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that nobody trusts by default."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_bundle(authority, tmp_path_factory) -> str:
    """The file in which the authority is trusted."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="session")
def server_context(authority) -> ssl.SSLContext:
    """TLS with a certificate for the host name only, not for the address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    return context


@pytest.fixture
def secure_app(server_context) -> Iterator[App]:
    """A polite HTTPS server."""
    with serving(server_context) as app:
        yield app


@pytest.fixture
def rude() -> Iterator[RudeServers]:
    """Servers that write what they like to the bare socket."""
    servers = RudeServers()
    yield servers
    servers.stop()
