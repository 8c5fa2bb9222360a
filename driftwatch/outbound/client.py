"""How does anything leave this process over HTTP?

The one client. It bounds a whole exchange, not each read: a receiver that drips a byte a second
is cut off at the total time-out. It follows no redirect, reads little of the answer, keeps no
connection, and none of its errors holds anything of a URL but scheme and host.
"""

import logging
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import httpcore

from driftwatch.nouns.errors import ConfigurationError, Transient
from driftwatch.nouns.messages import Rendered
from driftwatch.outbound.deadline import Backend, Deadline
from driftwatch.outbound.proxy import basic, proxy_for, without_user
from driftwatch.outbound.redaction import ANSWER_BYTES, redact

# At DEBUG the library writes the headers of answers, and a receiver may echo our secrets in them.
logging.getLogger("httpcore").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Reply:
    """The beginning of an answer; header names are lower case. The text is not yet scrubbed."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    text: str = field(repr=False)


class Outbound:
    """Sends requests to one destination, the way its settings say.

    `ca` replaces the trusted authorities, `cert` and `key` show who we are; renewed files are
    taken up by the next exchange. Without `proxy` the usual environment variables hold.
    """

    def __init__(
        self,
        *,
        timeout: float,
        ca: Path | None = None,
        cert: Path | None = None,
        key: Path | None = None,
        proxy: str | None = None,
        environment: Mapping[str, str] = MappingProxyType({}),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timeout = timeout
        self._files = (ca, cert, key)
        self._proxy = proxy
        self._environment = environment
        self._monotonic = monotonic
        self._trust: tuple[object, ssl.SSLContext] | None = None
        if any(self._files):
            try:
                self._context()
            except Transient as error:
                raise ConfigurationError(str(error)) from None

    def __repr__(self) -> str:
        """Show nothing: the settings hold secrets."""
        return "Outbound()"

    def send(self, rendered: Rendered, most: int = ANSWER_BYTES) -> Reply:
        """Make the exchange; any status is a Reply, and Transient says that none came.

        Of the answer `most` bytes are read.
        """
        shown = redact(rendered.url)
        deadline = Deadline(self._monotonic() + self._timeout, self._monotonic)
        try:
            return self._exchange(rendered, deadline, most)
        except httpcore.TimeoutException:
            message = f"{shown} did not answer within {self._timeout:g} s"
        except (httpcore.NetworkError, httpcore.ProxyError, OSError) as error:
            message = f"{shown} could not be reached: {_cause(error)}"
        except httpcore.LocalProtocolError:
            message = f"{shown} cannot be sent this: a header holds a character HTTP forbids"
        except httpcore.ProtocolError:
            message = f"{shown} did not answer in HTTP"
        # The library's errors quote what was sent and received; none of that may go further.
        raise Transient(message) from None

    def _exchange(self, rendered: Rendered, deadline: Deadline, most: int) -> Reply:
        headers = [*rendered.headers.items(), *basic("Authorization", rendered.url)]
        with (
            self._pool(rendered.url, deadline) as pool,
            pool.stream(
                rendered.method,
                without_user(rendered.url),
                headers=[(k.encode("ascii"), v.encode("utf-8")) for k, v in headers],
                content=None if rendered.method == "GET" else rendered.body,
            ) as response,
        ):
            body = _beginning(response.iter_stream(), most)
            return Reply(
                response.status,
                {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in response.headers},
                body.decode("utf-8", "replace"),
            )

    def _pool(self, url: str, deadline: Deadline) -> httpcore.ConnectionPool:
        context = self._context() if urlsplit(url).scheme == "https" else None
        proxy = proxy_for(url, self._proxy, self._environment)
        backend = Backend(deadline)
        if proxy is None:
            return httpcore.ConnectionPool(
                ssl_context=context, max_keepalive_connections=0, network_backend=backend
            )
        return httpcore.HTTPProxy(
            without_user(proxy),
            proxy_headers=basic("Proxy-Authorization", proxy),
            ssl_context=context,
            max_keepalive_connections=0,
            network_backend=backend,
        )

    def _context(self) -> ssl.SSLContext:
        """Give the TLS settings, made anew when one of their files has changed."""
        ca, cert, key = self._files
        try:
            stamp = [_stamp(path) for path in self._files if path]
            if self._trust is None or self._trust[0] != stamp:
                context = _authorities(ca)
                if cert:
                    context.load_cert_chain(cert, key)
                self._trust = (stamp, context)
        except OSError as error:
            names = ", ".join(str(path) for path in self._files if path)
            message = f"cannot use the TLS files {names}: {error.strerror or error}"
            raise Transient(message) from None
        return self._trust[1]


def _beginning(chunks: Iterable[bytes], most: int) -> bytes:
    """Read the first bytes of an answer; the rest stays unread and the connection is closed.

    The status has come: an answer that breaks off or dawdles after it counts as it stands.
    """
    read = b""
    with suppress(httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        for chunk in chunks:
            read += chunk
            if len(read) >= most:
                break
    return read[:most]


def _cause(error: BaseException) -> str:
    """Say what went wrong below HTTP, in the words of the system."""
    inner = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    if isinstance(inner, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({inner.verify_message})"
    if isinstance(inner, ssl.SSLError):
        return f"TLS failed ({inner.reason})"
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror
    if isinstance(error, httpcore.ProxyError):
        return f"the proxy answered {str(error)[:3]}"
    return "the connection broke"


def _authorities(ca: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca) if ca else httpcore.default_ssl_context()


def _stamp(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino
