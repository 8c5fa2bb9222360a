"""The server on a real socket: what it answers, whom it refuses, how it leaves."""

import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from driftwatch.nouns.errors import ConfigurationError, Transient
from driftwatch.web.routes import PIECE, Served, build
from driftwatch.web.server import CONNECTIONS, Server, serve
from driftwatch.web.settings import ServerSettings, TlsSettings

TOKEN = "0123456789abcdef"


@dataclass
class Shown:
    """What the server shows, and whether it was asked to reload."""

    body: bytes = b"driftwatch_test 1.0\n"
    alive: bool = True
    refused: str = ""
    reloads: int = 0
    accepted: list[str] = field(default_factory=list)

    def scrape(self, accept: str) -> tuple[str, bytes]:
        self.accepted.append(accept)
        return "text/plain; version=0.0.4; charset=utf-8", self.body

    def live(self) -> tuple[bool, Mapping[str, Any]]:
        return self.alive, {"threads": {}}

    def ready(self) -> Mapping[str, Any]:
        return {"problems": ["source kafka: no broker answers"]}

    def reload(self) -> None:
        if self.refused:
            raise ConfigurationError(self.refused)
        self.reloads += 1


Start = Callable[..., Server]


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def start(shown: Shown) -> Iterator[Start]:
    started: list[Server] = []

    def begin(
        *, token: str | None = TOKEN, patience: float = 30.0, settings: ServerSettings | None = None
    ) -> Server:
        secret = None if token is None else SecretStr(token)
        app = build(Served(shown, shown, shown.reload, secret))
        server = Server(settings or ServerSettings(address="127.0.0.1:0"), app, patience=patience)
        started.append(server)
        server.start()
        return server

    yield begin
    for server in started:
        server.stop()


def get(server: Server, path: str, **headers: str) -> httpx.Response:
    url = f"http://{server.address}{path}"
    return httpx.get(url, headers=headers, trust_env=False, timeout=10)


def post(server: Server, path: str, content: Any = b"", **headers: str) -> httpx.Response:
    url = f"http://{server.address}{path}"
    return httpx.post(url, content=content, headers=headers, trust_env=False, timeout=10)


def connected(server: Server) -> socket.socket:
    host, port = server.address.split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def test_the_root_names_every_path_that_is_answered(start: Start) -> None:
    answer = get(start(), "/")
    assert answer.status_code == 200
    named = dict(reversed(line.rsplit(maxsplit=1)) for line in answer.text.splitlines()[2:])
    assert named == {
        "/metrics": "GET",
        "/livez": "GET",
        "/readyz": "GET",
        "/-/reload": "POST",
    }


def test_metrics_are_served_in_the_format_that_the_scraper_accepts(
    start: Start, shown: Shown
) -> None:
    answer = get(start(), "/metrics", accept="application/openmetrics-text")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.content == shown.body
    assert shown.accepted == ["application/openmetrics-text"]


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, 5 * PIECE])
def test_an_answer_of_any_size_arrives_whole(start: Start, shown: Shown, size: int) -> None:
    shown.body = bytes(i % 251 for i in range(size))
    answer = get(start(), "/metrics")
    assert answer.content == shown.body
    assert answer.headers["content-length"] == str(size)


def test_the_server_does_not_say_what_it_runs_on(start: Start) -> None:
    assert set(get(start(), "/metrics").headers) == {"content-type", "content-length"}


def test_livez_fails_when_a_thread_is_dead(start: Start, shown: Shown) -> None:
    server = start()
    assert get(server, "/livez").status_code == 200
    shown.alive = False
    assert get(server, "/livez").status_code == 503


def test_readyz_says_what_is_wrong_and_does_not_fail_for_it(start: Start) -> None:
    answer = get(start(), "/readyz")
    assert answer.status_code == 200
    assert answer.json()["problems"] == ["source kafka: no broker answers"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/-/reload", 405),
        ("POST", "/metrics", 405),
        ("HEAD", "/metrics", 200),
        ("HEAD", "/readyz", 200),
    ],
)
def test_other_paths_and_methods(start: Start, method: str, path: str, status: int) -> None:
    server = start()
    url = f"http://{server.address}{path}"
    assert httpx.request(method, url, trust_env=False).status_code == status


def test_reload_needs_the_token(start: Start, shown: Shown) -> None:
    server = start()
    answer = post(server, "/-/reload", authorization=f"Bearer {TOKEN}")
    assert (answer.status_code, shown.reloads) == (202, 1)


@pytest.mark.parametrize(
    "header", ["", "Bearer", f"Bearer {TOKEN}x", TOKEN, f"Basic {TOKEN}", "Bearer é"]
)
def test_without_the_right_token_nothing_is_reloaded(
    start: Start, shown: Shown, header: str
) -> None:
    server = start()
    url = f"http://{server.address}/-/reload"
    headers = {b"authorization": header.encode("latin-1")} if header else {}
    answer = httpx.post(url, headers=headers, trust_env=False)
    assert (answer.status_code, shown.reloads) == (401, 0)
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer", "Bearer None", f"Bearer {TOKEN}"])
def test_where_no_token_is_configured_nobody_may_reload(
    start: Start, shown: Shown, header: str
) -> None:
    answer = post(start(token=None), "/-/reload", authorization=header)
    assert (answer.status_code, shown.reloads) == (403, 0)


def test_a_file_that_cannot_be_used_is_said_to_the_caller(start: Start, shown: Shown) -> None:
    shown.refused = "driftwatch.yaml:3: unknown key wibble"
    answer = post(start(), "/-/reload", authorization=f"Bearer {TOKEN}")
    assert (answer.status_code, answer.text) == (422, "driftwatch.yaml:3: unknown key wibble\n")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(start: Start) -> None:
    server = start()
    with closing(connected(server)) as wire:
        wire.sendall(b"POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n")
        assert wire.recv(4096).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("length", [b"9" * 5000, b"1" * 12])
def test_a_length_beyond_all_bounds_is_refused(start: Start, length: bytes) -> None:
    server = start()
    with closing(connected(server)) as wire:
        wire.sendall(
            b"POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n"
        )
        assert wire.recv(4096)[:12] in {b"HTTP/1.1 413", b"HTTP/1.1 400"}


def test_a_body_without_a_length_is_refused(start: Start) -> None:
    assert post(start(), "/-/reload", content=iter([b"x"])).status_code == 411


def test_a_head_that_is_too_large_is_refused(start: Start) -> None:
    server = start()
    with closing(connected(server)) as wire:
        wire.sendall(b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 40_000)
        assert wire.recv(4096).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /metrics HTTP/1.1\r\nHost:",
        b"POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
        b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /livez HT",
    ],
    ids=["silent", "half a head", "half a body", "half a second request"],
)
def test_a_client_that_stops_in_the_middle_is_cut_off(start: Start, sent: bytes) -> None:
    with closing(connected(start(patience=0.2))) as wire:
        wire.sendall(sent)
        with suppress(ConnectionResetError):
            while wire.recv(4096):
                pass
        assert is_cut_off(wire)


def test_a_client_that_does_not_read_is_cut_off(start: Start, shown: Shown) -> None:
    shown.body = b"x" * (512 * PIECE)  # more than the kernel's buffers take
    server = start(patience=0.5)
    open_now = server._server.server_state.connections
    with closing(connected(server)) as wire:
        wire.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        assert get(server, "/livez").status_code == 200
        assert len(open_now) >= 1
        give_up = time.monotonic() + 20
        while open_now and time.monotonic() < give_up:
            get(server, "/livez")
        assert not open_now


def test_those_who_hold_connections_open_keep_no_probe_out(start: Start) -> None:
    server = start()
    held = [connected(server) for _ in range(2 * CONNECTIONS)]
    try:
        assert get(server, "/livez").status_code == 200
        for wire in held[:CONNECTIONS]:
            assert is_cut_off(wire)
    finally:
        for wire in held:
            wire.close()


def is_cut_off(wire: socket.socket) -> bool:
    try:
        return wire.recv(1) == b""
    except ConnectionResetError:
        return True


def test_the_port_is_open_before_the_start_and_what_came_early_is_answered(shown: Shown) -> None:
    server = serve(ServerSettings(address="127.0.0.1:0"), Served(shown, shown))
    with closing(connected(server)) as early:
        early.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        server.start()
        assert early.recv(4096).startswith(b"HTTP/1.1 200 ")
    server.stop()


def test_the_port_is_free_after_the_end_even_with_a_client_connected(start: Start) -> None:
    server = start()
    with closing(connected(server)) as wire:
        wire.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.recv(4096)
        server.stop()
        again = start(settings=ServerSettings(address=server.address))
        assert get(again, "/livez").status_code == 200


def test_a_server_that_never_started_gives_its_port_back(shown: Shown) -> None:
    server = serve(ServerSettings(address="127.0.0.1:0"), Served(shown, shown))
    server.stop()
    again = serve(ServerSettings(address=server.address), Served(shown, shown))
    again.stop()
    assert again.address == server.address


def test_a_port_in_use_is_said_with_its_address(start: Start, shown: Shown) -> None:
    taken = start().address
    with pytest.raises(Transient, match=f"server.address {taken}: Address already in use"):
        serve(ServerSettings(address=taken), Served(shown, shown))


def test_ipv6_is_served(start: Start) -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 here")
    server = start(settings=ServerSettings(address="[::1]:0"))
    assert server.address.startswith("[::1]:")
    assert get(server, "/livez").status_code == 200


@pytest.fixture
def certificate(tmp_path: Path) -> TlsSettings:
    made = TlsSettings(certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(made.key), "-out", str(made.certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return made


def test_https_is_served_with_the_configured_certificate(
    start: Start, certificate: TlsSettings
) -> None:
    server = start(settings=ServerSettings(address="127.0.0.1:0", tls=certificate))
    port = server.address.rsplit(":", 1)[1]
    trusting = ssl.create_default_context(cafile=str(certificate.certificate))
    answer = httpx.get(f"https://localhost:{port}/livez", verify=trusting, trust_env=False)
    assert answer.status_code == 200
    with pytest.raises(httpx.TransportError):
        get(server, "/livez")


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_certificate_that_cannot_be_used_is_a_configuration_error(
    tmp_path: Path, shown: Shown, content: str | None
) -> None:
    tls = TlsSettings(certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem")
    if content is not None:
        tls.certificate.write_text(content)
        tls.key.write_text(content)
    with pytest.raises(ConfigurationError, match=r"server\.tls: certificate .* PEM"):
        serve(ServerSettings(address="127.0.0.1:0", tls=tls), Served(shown, shown))
