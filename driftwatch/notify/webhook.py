"""How is a message sent to a webhook of one's own?

Standard Webhooks: a signed POST, taken if and only if the answer is 2xx.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from driftwatch import __version__
from driftwatch.notify import payload
from driftwatch.notify.form_settings import FormSettings
from driftwatch.notify.forms import Writer
from driftwatch.notify.http import Address, Courier, HttpSettings, Statuses
from driftwatch.notify.keys import Keys
from driftwatch.notify.signature import key_of, sign
from driftwatch.nouns.messages import Answer, Message, Rendered


def _secret(secret: SecretStr) -> SecretStr:
    key_of(secret.get_secret_value())
    return secret


Secret = Annotated[SecretStr, AfterValidator(_secret)]


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else (value,)


class WebhookSettings(FormSettings, HttpSettings):
    """A webhook: where messages are sent, how they are signed, and which are."""

    kind: Literal["webhook"] = "webhook"
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

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if bool(self.secret) == bool(self.secret_file):
            message = "every webhook is signed: give either secret or secret_file"
            raise ValueError(message)
        return self

    def build(
        self, *, clock: Callable[[], int], environment: Mapping[str, str], folder: Path
    ) -> "WebhookEndpoint":
        """Make the endpoint; ConfigurationError if one of its files cannot be used.

        `clock` gives the wall time in microseconds, `environment` names proxies, and relative
        paths begin in `folder`, that of the configuration.
        """
        keys = [secret.get_secret_value() for secret in self.secret]
        file = folder / self.secret_file if self.secret_file else None
        courier = Courier(
            self,
            secrets=keys,
            statuses=Statuses(),
            clock=clock,
            environment=environment,
            folder=folder,
        )
        writer = self.tried(folder)
        return WebhookEndpoint(self, writer, Keys(keys, file), courier)


class WebhookEndpoint:
    """Sends messages as Standard Webhooks."""

    def __init__(
        self, settings: WebhookSettings, writer: Writer, keys: Keys, courier: Courier
    ) -> None:
        self.name = settings.name
        self.longest = settings.timeout.total_seconds()
        self._url = settings.url.get_secret_value()
        self._headers = {k: v.get_secret_value() for k, v in settings.headers.items()}
        self._writer, self._keys, self._courier = writer, keys, courier

    def __repr__(self) -> str:
        """Show the name only."""
        return f"WebhookEndpoint({self.name!r})"

    def render(self, message: Message, attempt_at: int) -> Rendered:
        """Make the request of an attempt: the same body every time, signed for that moment."""
        made = self._writer.write(message)
        seconds = attempt_at // 10**6
        headers = {
            "content-type": made.content_type,
            "user-agent": f"driftwatch/{__version__}",
            **{f"ce-{name}": value for name, value in made.beside.items()},
            **self._headers,
            "webhook-id": message.id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": sign(self._keys.current(), message.id, seconds, made.body),
        }
        waited = payload.waited(message, attempt_at)
        if waited is not None:
            headers["webhook-delayed-by"] = str(waited)
        return Rendered(method="POST", url=self._url, headers=headers, body=made.body)

    def send(self, rendered: Rendered) -> Answer:
        """Send it: 2xx is taken, 410 is Gone, anything else may be taken later."""
        return self._courier.send(rendered)

    def hide(self, rendered: Rendered, text: str) -> str:
        """Take what is secret out of a text that belongs to a request."""
        return self._courier.hide(text)

    def close(self) -> None:
        """Do nothing: connections end with their exchange."""
