"""How is a Kafka cluster reached, by whoever reads there or writes?"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from driftwatch.nouns.settings import Settings

PROXY = "direct"  # the scheme under which the connection's own kind of socket is known
Address = Annotated[
    str, StringConstraints(pattern=r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$")
]
Topic = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,249}$")]


class TlsSettings(Settings):
    """TLS towards the brokers; `tls: {}` trusts the system's authorities."""

    ca: str | None = Field(None, description="File of the authorities to trust, PEM.")
    cert: str | None = Field(None, description="File of this client's certificate, PEM.")
    key: str | None = Field(None, description="File of the certificate's private key, PEM.")
    verify_hostname: bool = Field(
        True, description="Whether the certificate must bear the broker's name."
    )

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if (self.cert is None) != (self.key is None):
            message = "cert and key belong together: give both, or neither"
            raise ValueError(message)
        return self

    def within(self, folder: Path) -> "TlsSettings":
        """Let relative paths begin in a folder."""
        named = {name: getattr(self, name) for name in ("ca", "cert", "key")}
        files = {name: str(folder / path) for name, path in named.items() if path is not None}
        return self.model_copy(update=files)


class SaslSettings(Settings):
    """Who this client is."""

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    username: str = Field(min_length=1)
    password: SecretStr = Field(min_length=1)


class BrokerSettings(Settings):
    """A Kafka cluster, and who we are there."""

    brokers: tuple[Address, ...] = Field(
        strict=False, min_length=1, description="Some brokers of the cluster, as host:port."
    )
    tls: TlsSettings | None = None
    sasl: SaslSettings | None = None


def security(settings: BrokerSettings) -> dict[str, Any]:
    """Give the options of TLS and SASL."""
    options: dict[str, Any] = {"security_protocol": protocol(settings)}
    if settings.tls is not None:
        options |= {
            "ssl_check_hostname": settings.tls.verify_hostname,
            "ssl_cafile": settings.tls.ca,
            "ssl_certfile": settings.tls.cert,
            "ssl_keyfile": settings.tls.key,
        }
    if settings.sasl is not None:
        options |= {
            "sasl_mechanism": settings.sasl.mechanism,
            "sasl_plain_username": settings.sasl.username,
            "sasl_plain_password": settings.sasl.password.get_secret_value(),
        }
    return options


def protocol(settings: BrokerSettings) -> str:
    """Name the security protocol."""
    transport = "SSL" if settings.tls is not None else "PLAINTEXT"
    return transport if settings.sasl is None else f"SASL_{transport}"
