"""Where do we listen, and who may change what?"""

import ipaddress
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, SecretStr

from driftwatch.nouns.settings import Settings

_ADDRESS = re.compile(r"(?:\[(?P<six>[^\]]*)\]|(?P<host>[^:\[\]]*)):(?P<port>[0-9]{1,5})")
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_SHORTEST_TOKEN = 16


def parse_address(text: str) -> tuple[str, int]:
    """Read host and port of an address such as 0.0.0.0:9464, [::]:9464 or localhost:9464."""
    found = _ADDRESS.fullmatch(text)
    if found is None or int(found["port"]) > 65535 or not _is_host(found["host"], found["six"]):
        message = (
            f"{text!r} is not an address; write host and port as in 0.0.0.0:9464, "
            "127.0.0.1:9464 or [::1]:9464"
        )
        raise ValueError(message)
    return found["host"] or found["six"], int(found["port"])


def _is_host(host: str | None, six: str | None) -> bool:
    if six is not None:
        return _is_ip(six, 6)
    if host is None:
        return False
    return _is_ip(host, 4) or (bool(_NAME.fullmatch(host)) and not host[-1].isdigit())


def _is_ip(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False


def _address(text: str) -> str:
    parse_address(text)
    return text


def _token(token: SecretStr) -> SecretStr:
    value = token.get_secret_value()
    if len(value) < _SHORTEST_TOKEN or not value.isascii() or not value.isprintable():
        message = f"a token has at least {_SHORTEST_TOKEN} printable ASCII characters"
        raise ValueError(message)
    return token


class TlsSettings(Settings):
    """The server's certificate, as PEM files; read anew by a reload."""

    certificate: Annotated[Path, Field(strict=False)] = Field(
        description="The certificate with its chain."
    )
    key: Annotated[Path, Field(strict=False)] = Field(description="Its private key.")


class ServerSettings(Settings):
    """The server of metrics, probes and the API."""

    model_config = ConfigDict(hide_input_in_errors=True)

    address: Annotated[str, AfterValidator(_address)] = Field(
        "0.0.0.0:9464", description="Host and port to listen on; [::]:9464 takes IPv4 as well."
    )
    token: Annotated[SecretStr, AfterValidator(_token)] | None = Field(
        None, description="What a caller that changes state must show; without it none may."
    )
    tls: TlsSettings | None = Field(None, description="Serve HTTPS.")
    max_series: int = Field(
        10_000, ge=100, description="Most series of one model's features; the rest is dropped."
    )
    min_rows: int = Field(
        30, ge=1, description="A statistic that rests on fewer rows is not exported."
    )
