"""A real SMTP server gets the mails, or does not, and what each answer means."""

import contextlib
import email
import email.policy
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from driftwatch.notify.mail import MailEndpoint, MailSettings
from driftwatch.notify.samples import sample
from driftwatch.nouns.errors import ConfigurationError, Permanent, Transient
from tests.real.parts import free_port

AT = 1_700_000_000 * 10**6
PASSWORD = "hunter2-hunter2"
# The server of the kind tls is private all along, which it does not know.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


@dataclass
class Post:
    """What a mail server got, and what it is to answer."""

    port: int = 0
    mails: list[Any] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)  # by address, the answer
    answer: str = "250 OK"
    slow: float = 0.0

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        if self.answer.startswith("250"):
            self.mails.append(envelope)
        return self.answer


class Slow(socketserver.BaseRequestHandler):
    """A server that answers a byte at a time, for half a minute."""

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            for _ in range(600):
                self.request.sendall(b"2")
                time.sleep(0.05)


@contextmanager
def listening(**given: Any) -> Iterator[Post]:
    post = Post(port=free_port())
    controller = Controller(post, hostname="127.0.0.1", port=post.port, **given)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for 127.0.0.1 with its key in one file."""
    folder = tmp_path_factory.mktemp("tls")
    pem, key = folder / "cert.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(pem)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    pem.write_text(pem.read_text() + key.read_text())
    return pem


def context_of(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def endpoint(post: Post, folder: Path = Path(), **more: Any) -> MailEndpoint:
    given = {
        "name": "people",
        "host": "127.0.0.1",
        "port": post.port,
        "security": "none",
        "sender": "driftwatch@example.org",
        "to": ["ada@example.org", "bob@example.org"],
        "timeout": "2s",
    }
    settings = MailSettings.model_validate({**given, **more})
    return settings.build(clock=lambda: AT, environment={}, folder=folder)


def send(made: MailEndpoint, kind: str = "firing") -> str:
    return made.send(made.render(sample(kind, "msg_1", AT), AT)).text


def test_a_mail_bears_the_messages_id_and_goes_to_all() -> None:
    with listening() as post:
        assert send(endpoint(post)) == ""
    (got,) = post.mails
    assert got.rcpt_tos == ["ada@example.org", "bob@example.org"]
    mail = email.message_from_bytes(got.content, policy=email.policy.default)
    assert mail["message-id"] == "<msg_1@example.org>"
    assert mail["subject"] == "CovariateShift of fraud 3: amount psi 0.457"
    assert "psi of amount is 0.4567" in mail.get_content()


def test_a_mail_is_the_same_in_every_try() -> None:
    made = endpoint(Post(port=25))
    message = sample("retrain", "msg_1", AT)
    assert made.render(message, AT) == made.render(message, AT + 10**12)


def test_no_text_from_outside_becomes_a_header() -> None:
    facts = dict(sample("firing", "msg_1", AT).facts)
    feature = {**facts["features"][0], "feature": "x\r\nBcc: eve@example.org\r\n\r\nü"}
    message = sample("firing", "msg_1", AT)
    message = type(message)("msg_1", "firing", "o", AT, {**facts, "features": [feature]})
    with listening() as post:
        made = endpoint(post)
        made.send(made.render(message, AT))
    mail = email.message_from_bytes(post.mails[0].content, policy=email.policy.default)
    assert mail["bcc"] is None
    assert "Bcc: eve@example.org" in mail["subject"]


def test_the_text_can_be_ones_own() -> None:
    with listening() as post:
        send(endpoint(post, template="{{ summary }} <{{ data.model }}>"))
    assert b"<fraud>" in post.mails[0].content


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_connection_is_kept_private_and_the_password_is_known(
    security: str, certificate: Path
) -> None:
    def known(
        _server: Any, _session: Any, _envelope: Any, _mechanism: Any, data: Any
    ) -> AuthResult:
        fine = (data.login, data.password) == (b"us", PASSWORD.encode())
        return AuthResult(success=fine, handled=False)

    given = {"authenticator": known, "auth_required": True}
    if security == "tls":
        given |= {"ssl_context": context_of(certificate), "auth_require_tls": False}
    else:
        given |= {"tls_context": context_of(certificate), "require_starttls": True}
    settings = {"security": security, "ca": str(certificate), "username": "us"}
    with listening(**given) as post:
        send(endpoint(post, password=PASSWORD, **settings))
        assert len(post.mails) == 1
        with pytest.raises(Transient, match="does not know us: 535") as raised:
            send(endpoint(post, password=f"wrong-{PASSWORD}", **settings))
        assert PASSWORD not in str(raised.value)
        with pytest.raises(Transient, match="not trusted"):
            send(endpoint(post, security=security))
        assert len(post.mails) == 1


def test_a_server_without_starttls_gets_no_mail() -> None:
    with listening() as post, pytest.raises(Transient, match="offers no STARTTLS"):
        send(endpoint(post, security="starttls"))
    assert post.mails == []


@pytest.mark.parametrize(("answer", "kind"), [("451 later", Transient), ("554 never", Permanent)])
def test_an_answer_says_whether_to_try_again(answer: str, kind: type[Exception]) -> None:
    with listening() as post:
        post.answer = answer
        with pytest.raises(kind, match=answer[:3]):
            send(endpoint(post))


def test_an_address_that_is_refused_does_not_keep_the_others_waiting() -> None:
    with listening() as post:
        post.refuses = {"bob@example.org": "550 who?"}
        assert send(endpoint(post)) == "it refuses bob@example.org"
        assert [mail.rcpt_tos for mail in post.mails] == [["ada@example.org"]]
        post.refuses["ada@example.org"] = "550 who?"
        with pytest.raises(Permanent, match="refuses all addresses: 550"):
            send(endpoint(post))
        post.refuses["ada@example.org"] = "450 greylisted"
        with pytest.raises(Transient, match="450, 550"):
            send(endpoint(post))


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with pytest.raises(Transient, match="Connection refused"):
        send(endpoint(Post(port=free_port())))


def test_an_exchange_ends_on_time_whatever_the_server_does() -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Slow) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        began = time.monotonic()
        with pytest.raises(Transient, match="within 1 s"):
            send(endpoint(Post(port=server.server_address[1]), timeout="1s"))
        assert time.monotonic() - began < 10
        server.shutdown()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"username": "us"}, "username and password belong together"),
        ({"username": "us", "password": PASSWORD}, "over starttls or tls only"),
        ({"to": []}, "at least 1"),
        ({"to": ["nobody"]}, "pattern"),
        ({"sender": "a@b\nc"}, "pattern"),
        ({"template": "{{ nothing }}"}, "nothing is not known"),
        ({"timeout": "2m"}, "between 1s and 60s"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises((ValueError, ConfigurationError), match=says):
        endpoint(Post(port=25), **wrong)


def test_a_certificate_that_is_missing_is_refused_when_built(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot use the TLS files .*ca\.pem"):
        endpoint(Post(port=25), tmp_path, security="tls", ca="ca.pem")
