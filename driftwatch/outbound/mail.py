"""How does a mail leave this process?

One connection a mail, which ends on time whatever the server does: smtplib's time-outs hold for one
read each, so a timer cuts the connection when the whole is over.
"""

import smtplib
import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from driftwatch.nouns.errors import ConfigurationError, Permanent, Transient

Security = Literal["starttls", "tls", "none"]
_NEVER = range(500, 600)  # what a server will not take tomorrow either


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are to the server."""

    username: str
    password: str = field(repr=False)


class Postbox:
    """Gives mails to one server, the way its settings say."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        security: Security,
        login: Login | None,
        seconds: float,
        ca: Path | None = None,
        cert: Path | None = None,
        key: Path | None = None,
    ) -> None:
        self._host, self._port, self._security = host, port, security
        self._login, self._seconds = login, seconds
        self._files = (ca, cert, key)
        if security != "none":
            self._context()

    def __repr__(self) -> str:
        """Show where it is only."""
        return f"Postbox({self._host}:{self._port})"

    def send(self, sender: str, to: Sequence[str], mail: bytes) -> str:
        """Give it a mail; says which addresses were refused, if not all were.

        Raises Transient, or Permanent if the server will never take the mail.
        """
        where = f"the mail server {self._host}:{self._port}"
        cut: list[smtplib.SMTP] = []
        over = threading.Event()
        timer = threading.Timer(self._seconds, _hang_up, [cut, over])
        timer.start()
        try:
            refused = self._give(cut, sender, to, mail)
        except smtplib.SMTPAuthenticationError as error:
            message = f"{where} does not know us: {error.smtp_code}"
            raise Transient(message) from None
        except smtplib.SMTPRecipientsRefused as error:
            codes = sorted({code for code, _ in error.recipients.values()})
            message = f"{where} refuses all addresses: {', '.join(map(str, codes))}"
            raise _sorted(message, codes) from None
        except smtplib.SMTPResponseException as error:
            message = f"{where} answered {error.smtp_code}"
            raise _sorted(message, [error.smtp_code]) from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            late = f" within {self._seconds:g} s" if over.is_set() else ""
            message = f"{where} took no mail{late}: {_cause(error)}"
            raise Transient(message) from None
        finally:
            timer.cancel()
        return f"it refuses {', '.join(sorted(refused))}" if refused else ""

    def _give(
        self, cut: list[smtplib.SMTP], sender: str, to: Sequence[str], mail: bytes
    ) -> Sequence[str]:
        context = None if self._security == "none" else self._context()
        if self._security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(timeout=self._seconds, context=context)
        else:
            server = smtplib.SMTP(timeout=self._seconds)
        cut.append(server)
        try:
            # The name that a certificate must bear.
            server._host = self._host  # type: ignore[attr-defined]  # noqa: SLF001
            server.connect(self._host, self._port)
            if self._security == "starttls":
                server.starttls(context=context)
            if self._login is not None:
                server.login(self._login.username, self._login.password)
            return list(server.sendmail(sender, to, mail))
        finally:
            # Whether the server says good-bye changes nothing.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _context(self) -> ssl.SSLContext:
        ca, cert, key = self._files
        try:
            context = ssl.create_default_context(cafile=ca)
            if cert:
                context.load_cert_chain(cert, key)
        except OSError as error:
            names = ", ".join(str(path) for path in self._files if path)
            message = f"cannot use the TLS files {names}: {error.strerror or error}"
            raise ConfigurationError(message) from None
        return context


def _hang_up(cut: Sequence[smtplib.SMTP], over: threading.Event) -> None:
    over.set()
    for server in cut:
        if server.sock is not None:
            with suppress(OSError):
                server.sock.shutdown(socket.SHUT_RDWR)


def _sorted(message: str, codes: Sequence[int]) -> Exception:
    return Permanent(message) if all(code in _NEVER for code in codes) else Transient(message)


def _cause(error: Exception) -> str:
    """Say what went wrong without what was said: servers quote what they were sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason})"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "it offers no STARTTLS, or no way to log in"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "the connection broke"
