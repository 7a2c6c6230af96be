"""One listener: it accepts connections, asks the rules for each request, and relays or answers itself."""

import contextlib
import random
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler
from typing import Any

from rehearsal.load_balancer.answers import Answer, fixed_response, own_error, redirect
from rehearsal.load_balancer.body import BodyError, incoming_body
from rehearsal.load_balancer.configuration import Configuration
from rehearsal.load_balancer.exchange import Destination, Exchange, Observer
from rehearsal.load_balancer.rules import Request, UnknownConditionError, choose_rule, choose_target_group
from rehearsal.load_balancer.upstream import Headers, Target, end_to_end
from rehearsal.serving import StoppableServer

_PIECE = 64 * 1024
# SO_LINGER on, for zero seconds: closing sends RST instead of FIN.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class Listener(StoppableServer, socketserver.TCPServer):
    """A listening port that obeys the rules of one elbv2 listener.

    Args:
        bind: The address to listen on; the port is a free one.
        configuration: Where rules and targets are looked up, at each request.
        rng: Chance, for weights and among targets.
        target_timeout: How long a target may be silent, in seconds.
        observer: Is told of each request for which a target was chosen.

    Attributes:
        observer: See above.
        arn: The elbv2 listener; to be set before `start()`.
        port: The port.
    """

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self,
        bind: str,
        configuration: Configuration,
        rng: random.Random,
        target_timeout: float,
        observer: Observer,
    ) -> None:
        self.observer = observer
        self._configuration = configuration
        self._rng = rng
        self._resets = 0
        self._resets_lock = threading.Lock()
        self.target_timeout = target_timeout
        self.arn = ""
        super().__init__((bind, 0), _Handler)
        self.port = int(self.server_address[1])

    def reset_next(self, connections: int) -> None:
        """Accept and reset so many of the next connections."""
        with self._resets_lock:
            self._resets = connections

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve an accepted connection, or reset it when that is what was asked for."""
        with self._resets_lock:
            to_be_reset = self._resets > 0
            self._resets -= to_be_reset
        if to_be_reset:
            request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            request.close()
        else:
            super().process_request(request, client_address)

    def route(self, request: Request) -> Answer | Destination:
        """What the rules say: an answer, or the target that shall give it."""
        try:
            rule = choose_rule(self._configuration.rules(self.arn), request)
        except UnknownConditionError as error:
            return Answer(HTTPStatus.NOT_IMPLEMENTED, str(error).encode(), "text/plain")
        if rule is None:
            return own_error(HTTPStatus.SERVICE_UNAVAILABLE)
        # Authentication may come before it; the action that answers is always the last.
        action = max(rule["Actions"], key=lambda candidate: int(candidate.get("Order", 1)))
        match action["Type"]:
            case "forward":
                group = choose_target_group(action, self._rng)
                targets = self._configuration.targets(group) if group else []
                if group is None or not targets:
                    return own_error(HTTPStatus.SERVICE_UNAVAILABLE)
                return Destination(group, *self._rng.choice(targets))
            case "fixed-response":
                return fixed_response(action["FixedResponseConfig"])
            case "redirect":
                return redirect(action["RedirectConfig"], request, self.port)
            case unknown:
                return Answer(
                    HTTPStatus.NOT_IMPLEMENTED, f"action {unknown!r} is not known here".encode(), "text/plain"
                )


class _Handler(BaseHTTPRequestHandler):
    server: Listener
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60  # the idle time-out of an Application Load Balancer

    def _serve(self) -> None:
        request = Request(self.command, self.path, tuple(self.headers.items()), self.client_address[0])
        try:
            body = incoming_body(self.headers, self.rfile)
            route = self.server.route(request)
            answer = route if isinstance(route, Answer) else self._relay(request, route, body)
            # What is left unread would be taken for the next request, or turn the closing into a reset.
            for _ in body or ():
                pass
        except BodyError:
            self.close_connection = True
            answer = own_error(HTTPStatus.BAD_REQUEST)
        if answer is not None:
            self._answer(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815 - http.server's names

    def _relay(self, request: Request, destination: Destination, body: Iterator[bytes] | None) -> Answer | None:
        """Let the target answer; what is returned is the load balancer's own answer when it does not."""
        exchange = Exchange(self.server.arn, destination.target_group_arn)
        # Told before the client has its answer, so that whoever has that finds it counted.
        with contextlib.closing(
            Target(destination.address, destination.port, timeout=self.server.target_timeout)
        ) as target:
            try:
                target.connect()
                exchange = exchange.connected()
                # A duplicate, because http.client drops its socket when the target announces the end.
                with target.sock.dup() as line, self.server.watching(line):
                    target.send_request(request.method, request.target, self._forwarded(request), body)
                    sent = time.monotonic()
                    reply = target.getresponse()
                    with reply:
                        exchange = exchange.answered(reply.status, time.monotonic() - sent)
                        self.server.observer(exchange)
                        self._pass_on(reply)
            except BodyError:
                self.server.observer(exchange.refused(HTTPStatus.BAD_REQUEST))
                raise
            except TimeoutError:
                return self._refuse(exchange, HTTPStatus.GATEWAY_TIMEOUT)
            except (OSError, HTTPException):
                return self._refuse(exchange, HTTPStatus.BAD_GATEWAY)
            except ValueError:
                return self._refuse(exchange, HTTPStatus.BAD_REQUEST)
        return None

    def _refuse(self, exchange: Exchange, status: HTTPStatus) -> Answer:
        if exchange.status is None:  # or it was told already, and it is the client who has gone
            self.server.observer(exchange.refused(status))
        return own_error(status)

    def _forwarded(self, request: Request) -> Headers:
        set_here = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-port"}
        return [
            *((name, value) for name, value in request.headers if name.lower() not in set_here),
            ("X-Forwarded-For", ", ".join([*request.values("x-forwarded-for"), request.source_ip])),
            ("X-Forwarded-Proto", "http"),
            ("X-Forwarded-Port", str(self.server.port)),
        ]

    def _pass_on(self, reply: HTTPResponse) -> None:
        """Stream the target's reply to the client. From here on nothing else can be answered, only broken off."""
        whole = self.command == "HEAD" or reply.status in _BODILESS
        length = None if reply.chunked else reply.length
        chunked = not whole and length is None and self.request_version == "HTTP/1.1"
        self.close_connection = self.close_connection or (not whole and length is None and not chunked)
        self.send_response_only(reply.status, reply.reason)
        for name, value in end_to_end(reply.getheaders()):
            if not (chunked and name.lower() == "content-length"):
                self.send_header(name, value)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        try:
            complete = self._stream(reply, chunked=chunked) >= (0 if whole else length or 0)
        except (OSError, HTTPException):
            complete = False
        if not complete:
            self.close_connection = True

    def _stream(self, reply: HTTPResponse, *, chunked: bool) -> int:
        sent = 0
        while piece := reply.read1(_PIECE):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            sent += len(piece)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")
        return sent

    def _answer(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        self.send_header("Server", "awselb/2.0")
        self.send_header("Date", self.date_time_string())
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        if answer.location is not None:
            self.send_header("Location", answer.location)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Tell nobody: the rehearsal's own view says what happens."""
