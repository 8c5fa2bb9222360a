"""What have all endpoints that are reached over HTTP in common?"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from driftwatch.notify.relay import Refused
from driftwatch.nouns.errors import Gone, Permanent
from driftwatch.nouns.messages import Answer, Rendered
from driftwatch.nouns.settings import Duration, Settings
from driftwatch.outbound.client import Outbound, Reply
from driftwatch.outbound.redaction import hide, redact, scrub, secrets_of

THROTTLED = frozenset({429, 502, 503, 504})
THROTTLE = 5.0  # seconds, where such an answer does not say for how long
LONGEST = timedelta(seconds=60)
SUCCESS = range(200, 300)
SEARCHED = 4 * 1024 * 1024  # bytes of the answer to a search
_OURS = re.compile(r"webhook-.*|ce-.*|host|content-length|transfer-encoding|connection")
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


Address = Annotated[SecretStr, AfterValidator(_address)]


class HttpSettings(Settings):
    """How an endpoint is reached over HTTP."""

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
    def _reachable(self) -> Self:
        if not timedelta() < self.timeout <= LONGEST:
            message = "the timeout is not between 1s and 60s; receivers should answer within 15s"
            raise ValueError(message)
        if self.key and not self.cert:
            message = "key is given without cert"
            raise ValueError(message)
        for name, value in self.headers.items():
            _check_header(name, value.get_secret_value())
        return self


@dataclass(frozen=True, slots=True)
class Statuses:
    """What the statuses of an endpoint's answers mean, beside those that all have in common."""

    accepts: Collection[int] = SUCCESS
    known: Collection[int] = field(default=())  # it has the message already
    refuses: Collection[int] = field(default=())  # and will never take it


class Courier:
    """Brings requests to one address, and says what an answer means without showing secrets."""

    def __init__(
        self,
        settings: HttpSettings,
        *,
        secrets: Collection[str],
        statuses: Statuses,
        clock: Callable[[], int],
        environment: Mapping[str, str],
        folder: Path,
    ) -> None:
        def found(path: Path | None) -> Path | None:
            return folder / path if path else None

        headers = [value.get_secret_value() for value in settings.headers.values()]
        self._secrets = (*secrets, *headers)
        self._statuses, self._clock = statuses, clock
        self._outbound = Outbound(
            timeout=settings.timeout.total_seconds(),
            ca=found(settings.ca),
            cert=found(settings.cert),
            key=found(settings.key),
            proxy=settings.proxy.get_secret_value() if settings.proxy else None,
            environment=environment,
        )

    def __repr__(self) -> str:
        """Show nothing: it holds secrets."""
        return "Courier()"

    def send(self, rendered: Rendered) -> Answer:
        """Send it, unless a search finds that it has been taken."""
        if rendered.search is not None:
            search = rendered.search
            asked = Rendered("GET", search.url, search.headers, b"", shown=search.shown)
            reply = self._outbound.send(asked, SEARCHED)
            if reply.status not in SUCCESS:
                raise self._problem(asked, reply)
            if search.sought in reply.text:
                return Answer(reply.status, f"it has {search.sought} already")
        reply = self._outbound.send(rendered)
        if reply.status in self._statuses.accepts or reply.status in self._statuses.known:
            return Answer(reply.status, self._said(rendered, reply))
        raise self._problem(rendered, reply)

    def hide(self, text: str) -> str:
        """Take our keys, tokens and headers out of a text."""
        return hide(text, self._secrets)

    def _problem(self, rendered: Rendered, reply: Reply) -> Exception:
        said = self._said(rendered, reply)
        text = f"{redact(rendered.url)} answered {reply.status}" + (f": {said}" if said else "")
        if reply.status == 410:
            return Gone(text)
        if reply.status in self._statuses.refuses:
            return Permanent(text)
        pause = _retry_after(reply, self._clock())
        return Refused(text, status=reply.status, retry_after=pause)

    def _said(self, rendered: Rendered, reply: Reply) -> str:
        # What is shown of an address holds no secret, so its words may stay.
        address = () if rendered.shown else secrets_of(rendered.url)
        return scrub(reply.text, [*self._secrets, *address])


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
    if _OURS.fullmatch(name.lower()) or name.lower() == "content-type":
        message = f"the header {name} is set by driftwatch itself"
        raise ValueError(message)
    if not value.isprintable() or not value.isascii() or value != value.strip():
        message = f"the header {name} holds a character that HTTP forbids, or blanks around it"
        raise ValueError(message)
