"""How does an exchange end in time, whatever the other side does?

The time-outs of sockets hold for one call; a receiver that drips a byte a second satisfies each.
Here every step of a connection is given what is left of the whole. Only the look-up of a name is
left to the system's resolver, which has time-outs of its own.
"""

import errno
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import httpcore

CONNECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Deadline:
    """When an exchange is over, whatever it is doing."""

    at: float
    monotonic: Callable[[], float]

    def left(self, timeout: float | None = None) -> float:
        """Give the seconds that a step may take."""
        left = self.at - self.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if timeout is None else min(left, timeout)


class Backend(httpcore.NetworkBackend):
    """Opens connections that end at the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Try each address of the host in turn."""
        failure: Exception | None = None
        for address in _addresses(host, port):
            left = self._deadline.left(CONNECT_SECONDS)
            try:
                stream = self._sockets.connect_tcp(
                    address, port, left, local_address, socket_options
                )
                return Stream(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(OSError("the host has no address"))


class Stream(httpcore.NetworkStream):
    """A connection of which every step ends at the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what has come."""
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it."""
        # In slices, for the time-out of a write holds for each call to the socket.
        for start in range(0, len(buffer), 65536):
            self._stream.write(buffer[start : start + 65536], self._deadline.left(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Go on in TLS."""
        left = self._deadline.left(timeout)
        return Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Tell about the connection."""
        return self._stream.get_extra_info(info)


def _addresses(host: str, port: int) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError(errno.EINVAL, "the host's name is none that can be looked up") from None
    return list(dict.fromkeys(str(place[0]) for *_, place in found))
