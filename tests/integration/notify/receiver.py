"""A real receiver of webhooks on 127.0.0.1, which can be told to behave badly."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came; header names are lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


Reaction = Callable[[BaseHTTPRequestHandler, Received], None]


@dataclass(slots=True)
class Receiver:
    """Where it listens, what it was sent, and how it reacts (by default 200, `thanks`)."""

    url: str
    react: Reaction
    received: list[Received] = field(default_factory=list)

    def ids(self) -> list[str]:
        return [r.headers["webhook-id"] for r in self.received]


@contextmanager
def listening(
    react: Reaction | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    """Listen on a free port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {k.lower(): v for k, v in self.headers.items()}
            request = Received(self.path, headers, body)
            receiver.received.append(request)
            receiver.react(self, request)

        do_CONNECT = do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Say nothing: that clients hang up is what is tested."""

    server = Quiet(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    port = server.server_address[1]
    receiver = Receiver(f"{scheme}://127.0.0.1:{port}/hooks/retrain", react or answer(200))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer(status: int, text: str = "thanks", **headers: str) -> Reaction:
    """Answer with a status, a text and headers (underscores become dashes)."""

    def react(handler: BaseHTTPRequestHandler, _: Received) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(text.encode())))
        handler.end_headers()
        handler.wfile.write(text.encode())

    return react


def raw(data: bytes) -> Reaction:
    """Write just these bytes, and hang up."""

    def react(handler: BaseHTTPRequestHandler, _: Received) -> None:
        handler.wfile.write(data)
        handler.close_connection = True

    return react


def drip(before: bytes, every: float = 0.05) -> Reaction:
    """Write some bytes, and then one more ever so often, for half a minute."""

    def react(handler: BaseHTTPRequestHandler, _: Received) -> None:
        handler.wfile.write(before)
        for _ in range(int(30 / every)):
            handler.wfile.write(b"x")
            time.sleep(every)

    return react


def in_turn(*reactions: Reaction) -> Reaction:
    """React in one way after the other; the last one stays."""
    left = list(reactions)

    def react(handler: BaseHTTPRequestHandler, request: Received) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler, request)

    return react


def echo(handler: BaseHTTPRequestHandler, request: Received) -> None:
    """Refuse, and say all that was sent."""
    lines = [f"{k}: {v}" for k, v in request.headers.items()]
    answer(500, "\n".join([request.path, *lines]))(handler, request)
