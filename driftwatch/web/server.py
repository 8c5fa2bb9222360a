"""How does the application meet the network?

One event loop in a thread of its own. The port is open once the Server exists: what comes before
`start` waits. A client that is slow, or silent, costs a connection for a bounded time.
"""

import asyncio
import logging
import socket
import ssl
import threading

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from driftwatch.nouns.errors import ConfigurationError, Transient
from driftwatch.web.limits import limited
from driftwatch.web.routes import Served, build
from driftwatch.web.settings import ServerSettings, parse_address

PATIENCE = 30.0
CONNECTIONS = 64
HEAD_BYTES = 16 * 1024
LEAVE = 2


class Server:
    """A listening server, at `address`; `start` it once, `stop` it in any case."""

    def __init__(
        self, settings: ServerSettings, app: ASGIApp, *, patience: float = PATIENCE
    ) -> None:
        config = _configured(settings, limited(app), patience)
        self._server = uvicorn.Server(config)
        self._socket = _listening(settings.address)
        host, port = self._socket.getsockname()[:2]
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer what is under way, and leave the port."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(LEAVE + 3)
        self._socket.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


def serve(settings: ServerSettings, served: Served) -> Server:
    """Listen at the configured address; nothing is answered before `start`."""
    return Server(settings, build(served))


def _listening(address: str) -> socket.socket:
    host, port = parse_address(address)
    try:
        family, _, _, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(
            place[:2], family=family, backlog=128, dualstack_ipv6=host == "::"
        )
    except OSError as error:
        message = (
            f"server.address {address}: {error.strerror}; stop what listens there, or configure "
            "another address"
        )
        raise Transient(message) from None


def _configured(settings: ServerSettings, app: ASGIApp, patience: float) -> uvicorn.Config:
    tls = settings.tls
    config = uvicorn.Config(
        app,
        http=_patient(patience),
        loop="asyncio",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level=logging.ERROR,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=LEAVE,
        h11_max_incomplete_event_size=HEAD_BYTES,
        ssl_certfile=None if tls is None else tls.certificate,
        ssl_keyfile=None if tls is None else tls.key,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        message = f"server.tls: certificate and key cannot be used: {error}; both are PEM files"
        raise ConfigurationError(message) from None
    return config


def _patient(patience: float) -> type[H11Protocol]:
    """Make the protocol: each exchange, from request to the answer's last byte, has its time.

    Where there are too many connections, the one that has gone longest without completing an
    exchange is dropped: those who hold connections open cannot keep a probe out.
    """
    waiting: dict[H11Protocol, None] = {}

    class Patient(H11Protocol):
        _deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._begin()
            if len(waiting) > CONNECTIONS:
                longest = next(iter(waiting))
                del waiting[longest]  # its end is told only later, after others that come now
                longest.transport.abort()

        def on_response_complete(self) -> None:
            self._begin()
            super().on_response_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._end()
            super().connection_lost(exc)

        def _begin(self) -> None:
            self._end()
            waiting[self] = None
            self._deadline = self.loop.call_later(patience, self.transport.abort)

        def _end(self) -> None:
            waiting.pop(self, None)
            if self._deadline is not None:
                self._deadline.cancel()

    return Patient
