"""How is a message mailed?

Its Message-ID is the message's id, so that a mailbox which got it twice can tell.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from driftwatch.notify.form_settings import TemplateSettings
from driftwatch.notify.forms import Writer
from driftwatch.notify.words import summary, text
from driftwatch.nouns.messages import Answer, Message, Rendered
from driftwatch.nouns.settings import Duration
from driftwatch.outbound.mail import Login, Postbox, Security
from driftwatch.outbound.redaction import hide

LONGEST = timedelta(seconds=60)
LINE = 200  # characters of a subject
_PORTS: Mapping[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
Mailbox = Annotated[str, StringConstraints(pattern=r"^[!-?A-~]+@[A-Za-z0-9.-]+$")]


class MailSettings(TemplateSettings):
    """People who are mailed."""

    kind: Literal["email"] = "email"
    host: str = Field(pattern=r"^[A-Za-z0-9._:-]+$", description="The mail server.")
    port: int | None = Field(
        None, ge=1, le=65535, description="587 for starttls, 465 for tls, else 25 if not given."
    )
    security: Security = Field("starttls", description="How the connection is kept private.")
    username: str | None = Field(None, description="Who we are to the server.")
    password: SecretStr | None = None
    sender: Mailbox = Field(description="From whom.")
    to: tuple[Mailbox, ...] = Field(strict=False, min_length=1, description="To whom.")
    timeout: Duration = Field(
        timedelta(seconds=15), description="Longest time of a whole exchange, at most 60s."
    )
    ca: Path | None = Field(
        None, strict=False, description="Certificates of the authorities to trust, PEM."
    )
    cert: Path | None = Field(None, strict=False, description="Our own certificate, PEM.")
    key: Path | None = Field(None, strict=False, description="Its key, where `cert` has none.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not timedelta(seconds=1) <= self.timeout <= LONGEST:
            message = "the timeout is not between 1s and 60s"
            raise ValueError(message)
        if (self.username is None) != (self.password is None):
            message = "username and password belong together: give both, or neither"
            raise ValueError(message)
        if self.password is not None and self.security == "none":
            message = "a password is sent over starttls or tls only"
            raise ValueError(message)
        return self

    def build(
        self, *, clock: Callable[[], int], environment: Mapping[str, str], folder: Path
    ) -> "MailEndpoint":
        """Make the endpoint; ConfigurationError if one of its files cannot be used."""
        writer = self.tried(folder)
        files = {name: getattr(self, name) for name in ("ca", "cert", "key")}
        postbox = Postbox(
            self.host,
            self.port or _PORTS[self.security],
            security=self.security,
            login=Login(self.username, self.password.get_secret_value())
            if self.username and self.password
            else None,
            seconds=self.timeout.total_seconds(),
            **{name: folder / path for name, path in files.items() if path},
        )
        return MailEndpoint(self, writer, postbox)


class MailEndpoint:
    """Mails messages."""

    def __init__(self, settings: MailSettings, writer: Writer, postbox: Postbox) -> None:
        self.name = settings.name
        self.longest = settings.timeout.total_seconds()
        self._settings, self._writer, self._postbox = settings, writer, postbox
        password = settings.password
        self._secrets = [password.get_secret_value()] if password else []

    def __repr__(self) -> str:
        """Show the name only."""
        return f"MailEndpoint({self.name!r})"

    def render(self, message: Message, attempt_at: int) -> Rendered:
        """Make the mail, the same every time: its date is that of what happened."""
        told = self._writer.document(message)
        mail = EmailMessage(policy=SMTP)
        domain = self._settings.sender.rpartition("@")[2]
        mail["Message-ID"] = f"<{message.id}@{domain}>"
        mail["Date"] = datetime.fromtimestamp(message.at // 10**6, UTC)
        mail["From"], mail["To"] = self._settings.sender, ", ".join(self._settings.to)
        mail["Subject"] = "".join(c if c.isprintable() else " " for c in summary(told))[:LINE]
        mail["Auto-Submitted"] = "auto-generated"
        made = self._writer.write(message).body.decode() if self._writer.template else text(told)
        mail.set_content(made)
        body = mail.as_bytes()
        settings = self._settings
        port = settings.port or _PORTS[settings.security]
        return Rendered("MAIL", f"smtp://{settings.host}:{port}", {}, body)

    def send(self, rendered: Rendered) -> Answer:
        """Give it to the mail server."""
        said = self._postbox.send(self._settings.sender, self._settings.to, rendered.body)
        return Answer(250, said)

    def hide(self, rendered: Rendered, text: str) -> str:
        """Take what is secret out of a text that belongs to a mail."""
        return hide(text, self._secrets)

    def close(self) -> None:
        """Do nothing: a connection ends with its mail."""
