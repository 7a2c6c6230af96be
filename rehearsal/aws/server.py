"""The AWS API on a local port, for boto3 clients in this process, in others and in containers."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, ClassVar, Self

import boto3
from botocore.config import Config
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import ThreadedWSGIServer

from rehearsal.aws import (
    alarms,
    calendars,
    codebuild,
    ecr,
    ecs,
    functions,
    metric_store,
    metrics,
    moment,
    simulation,
    tasks,
    told,
)
from rehearsal.aws.faults import Faults
from rehearsal.serving import StoppableServer

EVERY_ADDRESS = {"", "0.0.0.0", "::"}
# moto takes any credentials; these open nothing anywhere.
_CREDENTIAL = "rehearsal"


class AwsServerRunningError(RuntimeError):
    """When a second AWS API is started in one process, where moto keeps one state for all."""


class _QuietHandler(MotoRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Tell nobody: the rehearsal's own view says what happens."""


class _Server(StoppableServer, ThreadedWSGIServer):
    pass


class AwsServer:
    """moto's server with the missing ECS operations, as a context manager. It starts and ends with an empty state.

    Args:
        bind: The address to listen on. Only loopback by default: the API has no protection whatever.
        public_host: The host in `url`; needed when clients reach the server under another address than `bind`.
        region: The region that clients use.
        now: The time by which work is dated, in seconds since the epoch.

    Attributes:
        url: The endpoint URL.
        public_host: The host in it.
        region: The region.
        account_id: The account that all resources belong to.
        faults: Trouble to switch on, see `Faults`.

    Raises:
        AwsServerRunningError: On entry, when another one runs in this process.
        OSError: On entry, when the address cannot be bound.
    """

    _running: ClassVar[threading.Lock] = threading.Lock()

    def __init__(
        self,
        bind: str = "127.0.0.1",
        *,
        public_host: str | None = None,
        region: str = "eu-west-1",
        now: Callable[[], float] = time.time,
    ) -> None:
        self._bind = bind
        self._now = now
        self._time = contextlib.ExitStack()
        self.public_host = public_host or ("127.0.0.1" if bind in EVERY_ADDRESS else bind)
        self._session: Any = boto3.session.Session(_CREDENTIAL, _CREDENTIAL, region_name=region)
        self._clients: dict[str, Any] = {}
        self._clients_lock = threading.Lock()
        self.region = region
        self.account_id = DEFAULT_ACCOUNT_ID
        self.faults = Faults()
        self.url = ""

    def __enter__(self) -> Self:
        if not self._running.acquire(blocking=False):
            raise AwsServerRunningError(
                "an AWS API already runs in this process, and moto keeps one state for all: end that one first, or share it"
            )
        try:
            ecs.extend_moto()
            ecr.extend_moto()
            alarms.extend_moto()
            metrics.extend_moto()
            calendars.extend_moto()
            tasks.extend_moto()
            functions.extend_moto()
            codebuild.extend_moto()
            told.extend_moto()
            simulation.extend_moto()
            moment.extend_moto()
            _forget_all()
            application = self.faults.around(DomainDispatcherApplication(create_backend_app))
            with socket.create_server((self._bind, 0)) as listening:
                # By descriptor, because werkzeug ends the process when it cannot bind.
                self._server = _Server(self._bind, 0, application, handler=_QuietHandler, fd=listening.fileno())
        except BaseException:
            self._running.release()
            raise
        self._time.enter_context(moment.told_by(self._now))
        self._server.start()
        self.url = f"http://{self.public_host}:{self._server.port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self.faults.clear()
            for client in self._clients.values():
                client.close()
            self._clients.clear()
            self._server.stop()
            _forget_all()
        finally:
            self._time.close()
            self._running.release()

    def client(self, service: str) -> Any:
        """A boto3 client of this API, made once a service and closed with the server.

        Args:
            service: The service, as in `boto3.client`.
        """
        with self._clients_lock:
            if service not in self._clients:
                config = Config(
                    connect_timeout=2,
                    read_timeout=10,
                    retries={"mode": "standard", "total_max_attempts": 2},
                    proxies={},
                )
                self._clients[service] = self._session.client(service, endpoint_url=self.url, config=config)
            return self._clients[service]

    def environment(self) -> dict[str, str]:
        """The environment variables that make boto3 in another process or container talk to this API."""
        unproxied = [
            host for host in (os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), self.public_host) if host
        ]
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": _CREDENTIAL,
            "AWS_SECRET_ACCESS_KEY": _CREDENTIAL,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": ",".join(unproxied),
        }


def _forget_all() -> None:
    moto_api_backend.reset()
    metric_store.clear()
