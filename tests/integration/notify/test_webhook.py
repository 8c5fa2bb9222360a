"""A webhook and a real receiver: what is sent, and what each answer means."""

import logging
import socket
import ssl
import subprocess
import time
from datetime import timedelta
from email.utils import formatdate
from pathlib import Path

import pytest
import standardwebhooks
from pydantic import SecretStr

from driftwatch.notify.relay import Refused
from driftwatch.notify.webhook import WebhookEndpoint, WebhookSettings
from driftwatch.nouns.errors import ConfigurationError, Gone, Transient
from driftwatch.nouns.messages import Message
from tests.integration.notify.receiver import (
    Reaction,
    Receiver,
    answer,
    drip,
    echo,
    listening,
    raw,
)
from tests.real.parts import free_port

OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
NOW = 1_700_000_000


def endpoint(url: str, folder: Path = Path(), environment: dict | None = None, **given: object):
    settings = {"name": "retrain", "url": url, "secret": OLD, "timeout": "2s", **given}
    if "secret_file" in given:
        del settings["secret"]
    return WebhookSettings.model_validate(settings).build(
        clock=lambda: NOW * 10**6, environment=environment or {}, folder=folder
    )


def message() -> Message:
    return Message("m-1", "firing", "fraud/3/CovariateShift", NOW * 10**6, {"features": ["ü"]})


def send(webhook: WebhookEndpoint):
    return webhook.send(webhook.render(message(), int(time.time() * 1e6)))


def failure(react: Reaction, **given: object) -> Transient:
    with listening(react) as receiver, pytest.raises(Transient) as raised:
        send(endpoint(receiver.url, **given))
    return raised.value


def verified(secret: str, receiver: Receiver) -> bool:
    """Say whether the reference library takes the last request."""
    last = receiver.received[-1]
    try:
        standardwebhooks.Webhook(secret).verify(last.body, dict(last.headers))
    except standardwebhooks.WebhookVerificationError:
        return False
    return True


def test_the_reference_library_verifies_what_a_receiver_gets() -> None:
    with listening() as receiver:
        said = send(endpoint(receiver.url))
        assert (said.status, said.text) == (200, "thanks")
        assert verified(OLD, receiver)
        assert not verified(NEW, receiver)
        assert receiver.received[0].headers["content-type"] == "application/json"
        assert receiver.received[0].path == "/hooks/retrain"


def test_both_keys_verify_while_keys_rotate() -> None:
    with listening() as receiver:
        send(endpoint(receiver.url, secret=[OLD, NEW]))
        assert verified(OLD, receiver)
        assert verified(NEW, receiver)


def test_keys_in_a_file_are_exchanged_without_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{OLD}\n")
    with listening() as receiver:
        webhook = endpoint(receiver.url, tmp_path, secret_file="keys")
        send(webhook)
        assert verified(OLD, receiver)
        file.write_text(f"{OLD}\n{NEW}\n")
        send(webhook)
        assert verified(OLD, receiver)
        assert verified(NEW, receiver)
        file.write_text(f"\n{NEW}\n")
        send(webhook)
        assert not verified(OLD, receiver)
        assert verified(NEW, receiver)


@pytest.mark.parametrize("content", ["", "not a key\n", "whsec_\xff\n", None])
def test_a_file_without_a_key_sends_nothing_and_says_so(
    tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "keys"
    file.write_text(OLD)
    with listening() as receiver:
        webhook = endpoint(receiver.url, tmp_path, secret_file="keys")
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content.encode("latin-1"))
        with pytest.raises(Transient, match="secret file"):
            send(webhook)
        with pytest.raises(ConfigurationError, match="secret file"):
            endpoint(receiver.url, tmp_path, secret_file="keys")
        assert receiver.received == []


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_taken(status: int) -> None:
    with listening(answer(status, "")) as receiver:
        assert send(endpoint(receiver.url)).status == status


@pytest.mark.parametrize("status", [300, 304, 400, 401, 403, 404, 409, 413, 422, 500, 501, 599])
def test_any_other_status_may_be_taken_later(status: int) -> None:
    refused = failure(answer(status, "" if status == 304 else "no"))
    assert isinstance(refused, Refused)
    assert refused.status == status
    assert refused.retry_after is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    with listening() as elsewhere:
        refused = failure(answer(status, "", location=elsewhere.url))
        assert isinstance(refused, Refused)
        assert refused.status == status
        assert elsewhere.received == []


def test_410_is_gone() -> None:
    with listening(answer(410)) as receiver, pytest.raises(Gone, match="410"):
        send(endpoint(receiver.url))


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("30", 30),
        ("0", 0),
        (formatdate(NOW + 90, usegmt=True), 90),
        (formatdate(NOW - 90, usegmt=True), -90),
        ("Sun, 06 Nov 1994 08:49:37", None),
        ("9" * 400, 1e10),
        ("-5", 5),
        ("1.5", 5),
        ("tomorrow", 5),
        ("", 5),
        ("Mon, 99 Foo 2020 99:99:99 GMT", 5),
    ],
)
def test_a_throttling_receiver_says_for_how_long(
    status: int, asked: str, seconds: float | None
) -> None:
    wanted = failure(answer(status, "slow down", retry_after=asked)).retry_after
    assert wanted is not None
    if seconds is None:
        assert wanted < 0
    elif seconds == 1e10:
        assert wanted >= 1e10
    else:
        assert wanted == seconds


def test_a_receiver_that_is_not_there_may_come_back() -> None:
    with pytest.raises(Transient, match="could not be reached: Connection refused"):
        send(endpoint(f"http://127.0.0.1:{free_port()}/hook"))


@pytest.mark.parametrize(
    "react",
    [
        drip(b""),
        drip(b"HTTP/1.1 200 OK\r\nx-"),
        drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 3),
        lambda *_: time.sleep(3),
    ],
    ids=["status", "headers", "interim", "silence"],
)
def test_a_slow_receiver_is_cut_off_at_the_time_out_of_the_whole(react: Reaction) -> None:
    began = time.monotonic()
    problem = failure(react, timeout="500ms")
    assert 0.4 < time.monotonic() - began < 1.5
    assert "within 0.5 s" in str(problem)


def test_a_receiver_that_took_it_and_then_dawdles_has_taken_it() -> None:
    began = time.monotonic()
    with listening(drip(b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\nfine")) as receiver:
        said = send(endpoint(receiver.url, timeout="500ms"))
    assert said.status == 200
    assert said.text.startswith("fine")
    assert time.monotonic() - began < 1.5


def test_a_receiver_that_took_it_and_breaks_off_has_taken_it() -> None:
    with listening(raw(b"HTTP/1.1 202 OK\r\ncontent-length: 99\r\n\r\nfi")) as receiver:
        assert send(endpoint(receiver.url)).status == 202


def test_little_of_a_long_answer_is_read_and_less_is_kept() -> None:
    with listening(answer(200, "long " * 2_000_000)) as receiver:
        said = send(endpoint(receiver.url))
    assert len(said.text) == 200


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x00\xff" * 100,
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"a" * 300_000,
    ],
    ids=["nothing", "bytes", "ssh", "no status", "endless line"],
)
def test_what_is_not_http_is_a_failure(garbage: bytes) -> None:
    problem = failure(raw(garbage))
    assert not isinstance(problem, Refused)
    assert (
        "did not answer in HTTP" in str(problem)
        or "connection broke" in str(problem).lower()
        or "reset" in str(problem)
    )


def test_answers_are_kept_as_one_printable_line() -> None:
    with listening(answer(200, "a\r\nb\x1b[31m\t c")) as receiver:
        assert send(endpoint(receiver.url)).text == "a b [31m c"


SECRETS = {
    "path": "T0PATHTOKEN/B0SECOND",
    "query": "Qu3ryS3cret",
    "user": "us3rname",
    "password": "p4ssw0rd",
    "header": "h34derS3cret",
}


@pytest.mark.parametrize(
    "react", [echo, answer(200), answer(410), raw(b"junk"), drip(b"")], ids=lambda _: ""
)
def test_no_secret_is_in_an_error_an_answer_a_repr_or_a_log(
    react: Reaction, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with listening(react) as receiver:
        host = receiver.url.removeprefix("http://").split("/")[0]
        url = (
            f"http://{SECRETS['user']}:{SECRETS['password']}@{host}"
            f"/services/{SECRETS['path']}?token={SECRETS['query']}"
        )
        bearer = {"authorization": f"Bearer {SECRETS['header']}"}
        settings = {"name": "x", "url": url, "secret": [OLD, NEW], "headers": bearer}
        given = WebhookSettings.model_validate({**settings, "timeout": "300ms"})
        webhook = given.build(clock=lambda: 0, environment={}, folder=Path())
        rendered = webhook.render(message(), NOW * 10**6)
        try:
            said = repr(webhook.send(rendered))
        except (Transient, Gone) as error:
            said = f"{error!r} {error} {error.__cause__!r} {error.__suppress_context__}"
    seen = " ".join([said, repr(given), repr(webhook), repr(rendered), caplog.text])
    assert receiver.received[0].path.endswith(SECRETS["query"])
    for secret in (*SECRETS.values(), *SECRETS["path"].split("/"), OLD, NEW, OLD[6:], NEW[6:]):
        assert secret not in seen


def test_a_user_in_the_address_logs_in() -> None:
    with listening() as receiver:
        send(endpoint(receiver.url.replace("http://", "http://me:s%40t@")))
        assert receiver.received[0].headers["authorization"] == "Basic bWU6c0B0"


def test_a_configured_proxy_is_asked_for_the_whole_address_and_logged_in_to() -> None:
    with listening() as proxy:
        via = proxy.url.replace("http://", "http://me:pw@").removesuffix("/hooks/retrain")
        send(endpoint("http://ci.example/hook?a=1", proxy=via))
        (request,) = proxy.received
        assert request.path == "http://ci.example/hook?a=1"
        assert request.headers["proxy-authorization"] == "Basic bWU6cHc="
        assert request.headers["host"] == "ci.example"


def test_a_proxy_that_refuses_is_named_without_its_password() -> None:
    with listening(answer(407)) as proxy:
        via = proxy.url.replace("http://", "http://me:pa55word@")
        with pytest.raises(Transient, match="the proxy answered 407") as raised:
            send(endpoint("https://ci.example/hook", proxy=via))
    assert "pa55word" not in str(raised.value)


def test_the_environment_names_proxies_but_not_for_this_host() -> None:
    with listening() as proxy, listening() as receiver:
        environment = {"http_proxy": proxy.url, "NO_PROXY": "spared.example"}
        send(endpoint("http://ci.example/hook", environment=environment))
        send(endpoint(receiver.url, environment=environment))
        assert [r.path for r in proxy.received] == ["http://ci.example/hook"]
        assert len(receiver.received) == 1


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an authority, and a certificate that it signed for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("tls")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    issuer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"]
    for command in (
        ["req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ours"],
        ["req", *key, "-keyout", "own.key", "-out", "own.csr", "-subj", "/CN=own"],
        ["x509", "-req", "-in", "own.csr", "-out", "own.pem", *issuer],
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    return folder


def _server(certificates: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "own.pem", certificates / "own.key")
    return context


def test_a_receiver_of_an_own_authority_is_trusted_when_told_so(certificates: Path) -> None:
    with listening(tls=_server(certificates)) as receiver:
        assert send(endpoint(receiver.url, certificates, ca="ca.pem")).status == 200
        with pytest.raises(Transient, match="certificate is not trusted"):
            send(endpoint(receiver.url))


def test_renewed_tls_files_are_taken_up_without_a_restart(
    certificates: Path, tmp_path: Path
) -> None:
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes((certificates / "own.pem").read_bytes())
    with listening(tls=_server(certificates)) as receiver:
        webhook = endpoint(receiver.url, tmp_path, ca="trusted.pem")
        with pytest.raises(Transient, match="certificate is not trusted"):
            send(webhook)
        trusted.write_bytes((certificates / "ca.pem").read_bytes())
        assert send(webhook).status == 200
        trusted.unlink()
        with pytest.raises(Transient, match="cannot use the TLS files"):
            send(webhook)


def test_we_show_our_certificate_to_a_receiver_that_asks_for_it(certificates: Path) -> None:
    server = _server(certificates)
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_verify_locations(certificates / "ca.pem")
    ours = {"ca": "ca.pem", "cert": "own.pem", "key": "own.key"}
    with listening(tls=server) as receiver:
        assert send(endpoint(receiver.url, certificates, **ours)).status == 200
        with pytest.raises(Transient):
            send(endpoint(receiver.url, certificates, ca="ca.pem"))


def test_tls_files_that_cannot_be_used_are_refused_at_once(certificates: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"missing\.pem"):
        endpoint("https://127.0.0.1/", certificates, ca="missing.pem")
    with pytest.raises(ConfigurationError, match="names"):
        endpoint("https://127.0.0.1/", certificates, cert="names")


def test_a_receiver_without_tls_is_not_mistaken_for_one_with_it() -> None:
    with listening() as receiver, pytest.raises(Transient, match="TLS failed"):
        send(endpoint(receiver.url.replace("http://", "https://")))


def test_a_handshake_that_never_ends_is_cut_off(certificates: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(Transient, match="within"):
            send(endpoint(url, certificates, ca="ca.pem", timeout="500ms"))
        assert time.monotonic() - began < 1.5


def test_settings_hold_the_total_time() -> None:
    given = WebhookSettings.model_validate({"name": "a", "url": "https://h", "secret": OLD})
    assert given.timeout == timedelta(seconds=15)
    assert given.secret == (SecretStr(OLD),)
