"""How is a message sent to a webhook of one's own?

Standard Webhooks: a signed POST, taken if and only if the answer is 2xx.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from driftwatch import __version__
from driftwatch.notify import payload
from driftwatch.notify.keys import Keys
from driftwatch.notify.relay import Refused
from driftwatch.notify.signature import key_of, sign
from driftwatch.nouns.errors import Gone
from driftwatch.nouns.messages import Answer, Message, Rendered
from driftwatch.nouns.settings import Duration, Settings
from driftwatch.outbound.client import Outbound, Reply
from driftwatch.outbound.redaction import redact, scrub, secrets_of

THROTTLED = frozenset({429, 502, 503, 504})
THROTTLE = 5.0  # seconds, where such an answer does not say for how long
LONGEST = timedelta(seconds=60)
_OURS = re.compile(r"webhook-.*|host|content-length|content-type|transfer-encoding|connection")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _address(url: SecretStr) -> SecretStr:
    """Check an address; what is wrong is said without showing it."""
    text = url.get_secret_value()
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fine = None
    if not fine or not text.isascii() or not text.isprintable() or " " in text:
        message = "not an address such as https://ci.example/hooks/retrain"
        raise ValueError(message)
    return url


def _secret(secret: SecretStr) -> SecretStr:
    key_of(secret.get_secret_value())
    return secret


Address = Annotated[SecretStr, AfterValidator(_address)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else (value,)


class WebhookSettings(Settings):
    """A webhook: where messages are sent, how they are signed, and which are."""

    kind: Literal["webhook"] = "webhook"
    name: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="Its name everywhere.")
    url: Address = Field(description="Where to; shown to nobody, for it may hold a token.")
    secret: Annotated[tuple[Secret, ...], BeforeValidator(_listed)] = Field(
        (),
        description="The key, whsec_ and base64. A list while keys rotate: each one signs.",
    )
    secret_file: Path | None = Field(
        None,
        strict=False,
        description="A file with one key a line, instead of `secret`; read again when it changes.",
    )
    send: tuple[payload.Kind, ...] = Field(
        ("firing", "resolved"), strict=False, min_length=1, description="The messages it gets."
    )
    timeout: Duration = Field(
        timedelta(seconds=15), description="Longest time of a whole exchange, at most 60s."
    )
    ca: Path | None = Field(
        None, strict=False, description="Certificates of the authorities to trust, PEM."
    )
    cert: Path | None = Field(None, strict=False, description="Our own certificate, PEM.")
    key: Path | None = Field(None, strict=False, description="Its key, where `cert` has none.")
    proxy: Address | None = Field(
        None, description="A proxy; without it HTTPS_PROXY, HTTP_PROXY and NO_PROXY hold."
    )
    headers: Mapping[str, SecretStr] = Field(
        default_factory=dict, description="Further headers, such as Authorization."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if bool(self.secret) == bool(self.secret_file):
            message = "every webhook is signed: give either secret or secret_file"
            raise ValueError(message)
        if not timedelta() < self.timeout <= LONGEST:
            message = "the timeout is not between 1s and 60s; receivers should answer within 15s"
            raise ValueError(message)
        if self.key and not self.cert:
            message = "key is given without cert"
            raise ValueError(message)
        for name, value in self.headers.items():
            _check_header(name, value.get_secret_value())
        return self

    def build(
        self, *, clock: Callable[[], int], environment: Mapping[str, str], folder: Path
    ) -> "WebhookEndpoint":
        """Make the endpoint; ConfigurationError if one of its files cannot be used.

        `clock` gives the wall time in microseconds, `environment` names proxies, and relative
        paths begin in `folder`, that of the configuration.
        """
        files = ("secret_file", "ca", "cert", "key")
        found = {name: folder / path for name in files if (path := getattr(self, name))}
        return WebhookEndpoint(self.model_copy(update=found), environment, clock)


class WebhookEndpoint:
    """Sends messages as Standard Webhooks."""

    def __init__(
        self, settings: WebhookSettings, environment: Mapping[str, str], clock: Callable[[], int]
    ) -> None:
        self.name = settings.name
        self.longest = settings.timeout.total_seconds()
        self._url = settings.url.get_secret_value()
        self._headers = {k: v.get_secret_value() for k, v in settings.headers.items()}
        self._keys = Keys([s.get_secret_value() for s in settings.secret], settings.secret_file)
        self._clock = clock
        self._outbound = Outbound(
            timeout=self.longest,
            ca=settings.ca,
            cert=settings.cert,
            key=settings.key,
            proxy=settings.proxy.get_secret_value() if settings.proxy else None,
            environment=environment,
        )

    def __repr__(self) -> str:
        """Show the name only."""
        return f"WebhookEndpoint({self.name!r})"

    def render(self, message: Message, attempt_at: int) -> Rendered:
        """Make the request of an attempt: the same body every time, signed for that moment."""
        body = payload.written(payload.document(message))
        seconds = attempt_at // 10**6
        headers = {
            "content-type": "application/json",
            "user-agent": f"driftwatch/{__version__}",
            **self._headers,
            "webhook-id": message.id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": sign(self._keys.current(), message.id, seconds, body),
        }
        waited = payload.waited(message, attempt_at)
        if waited is not None:
            headers["webhook-delayed-by"] = str(waited)
        return Rendered(method="POST", url=self._url, headers=headers, body=body)

    def send(self, rendered: Rendered) -> Answer:
        """Send it: 2xx is taken, 410 is Gone, anything else may be taken later."""
        reply = self._outbound.send(rendered)
        said = scrub(reply.text, [*secrets_of(self._url), *self._headers.values()])
        if 200 <= reply.status < 300:
            return Answer(reply.status, said)
        text = f"{redact(self._url)} answered {reply.status}" + (f": {said}" if said else "")
        if reply.status == 410:
            raise Gone(text)
        raise Refused(text, status=reply.status, retry_after=_retry_after(reply, self._clock()))

    def close(self) -> None:
        """Do nothing: connections end with their exchange."""


def _retry_after(reply: Reply, now: int) -> float | None:
    """Give the seconds for which to leave the receiver alone, if it is throttling us."""
    if reply.status not in THROTTLED:
        return None
    asked = reply.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked[:12])
    try:
        when = parsedate_to_datetime(asked)
    except (ValueError, TypeError, IndexError):
        return THROTTLE
    at = when if when.tzinfo else when.replace(tzinfo=UTC)
    return (at - datetime.fromtimestamp(now / 1e6, UTC)).total_seconds()


def _check_header(name: str, value: str) -> None:
    """Refuse a header that HTTP forbids or that is ours, without showing its value."""
    if not _HEADER.fullmatch(name):
        message = f"{name!r} is not the name of an HTTP header"
        raise ValueError(message)
    if _OURS.fullmatch(name.lower()):
        message = f"the header {name} is set by driftwatch itself"
        raise ValueError(message)
    if not value.isprintable() or not value.isascii() or value != value.strip():
        message = f"the header {name} holds a character that HTTP forbids, or blanks around it"
        raise ValueError(message)
