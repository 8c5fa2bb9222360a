"""Which addresses, tokens and files the server takes."""

import pytest
from pydantic import ValidationError

from driftwatch.web.settings import ServerSettings, parse_address

TOKEN = "0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("0.0.0.0:9464", "0.0.0.0", 9464),
        ("127.0.0.1:0", "127.0.0.1", 0),
        ("[::]:9464", "::", 9464),
        ("[::1]:65535", "::1", 65535),
        ("localhost:80", "localhost", 80),
        ("my-host.example:80", "my-host.example", 80),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, host: str, port: int) -> None:
    assert parse_address(text) == (host, port)
    assert ServerSettings(address=text).address == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":9464",
        "9464",
        "localhost",
        "localhost:",
        "localhost:http",
        "localhost:65536",
        "localhost:-1",
        "localhost:\uff19\uff14",
        "::1:9464",
        "[::1]",
        "[127.0.0.1]:80",
        "[fe80::zz]:80",
        "256.0.0.1:80",
        "1.2.3:80",
        "http://localhost:80",
        "local host:80",
        "localhost:80/metrics",
        "-x:80",
        "localhost:80\n",
    ],
)
def test_anything_else_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ValidationError, match=r"write host and port as in 0\.0\.0\.0:9464"):
        ServerSettings(address=text)


@pytest.mark.parametrize("token", ["", "short", "0123456789abcde", "0123456789abcdé\n", "x" * 15])
def test_a_weak_token_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(ValidationError, match="at least 16 printable ASCII") as refused:
        ServerSettings.model_validate({"token": token})
    assert not token or repr(token) not in str(refused.value)


def test_a_token_is_never_shown() -> None:
    settings = ServerSettings.model_validate({"token": TOKEN})
    assert settings.token is not None
    assert settings.token.get_secret_value() == TOKEN
    assert TOKEN not in repr(settings) + str(settings) + settings.model_dump_json()


def test_a_certificate_needs_its_key() -> None:
    with pytest.raises(ValidationError, match="key"):
        ServerSettings.model_validate({"tls": {"certificate": "server.pem"}})


def test_the_defaults_are_those_of_the_documents() -> None:
    settings = ServerSettings()
    assert (settings.address, settings.token, settings.tls) == ("0.0.0.0:9464", None, None)
    assert settings.max_series == 10_000
