"""Who may read what is said of retrainings, and who may say anything?"""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from driftwatch.nouns.errors import Transient
from driftwatch.web.limits import BODY_BYTES
from driftwatch.web.routes import Served, build
from driftwatch.web.server import Server
from driftwatch.web.settings import ServerSettings

TOKEN = "0123456789abcdef"
PATH = "/api/v1/retraining"
SIGNED = {"authorization": f"Bearer {TOKEN}"}


class Retrainings:
    """Knows one retraining, or is away."""

    def __init__(self) -> None:
        self.called: list[tuple[str, int]] = []
        self.asked: list[tuple[str | None, int]] = []
        self.away = False

    def listed(self, model: str | None, limit: int) -> Mapping[str, Any]:
        self._look()
        self.asked.append((model, limit))
        return {"retrainings": [{"id": "r1"}]}

    def shown(self, id_: str) -> Mapping[str, Any] | None:
        self._look()
        return {"id": id_} if id_ == "r1" else None

    def call(self, id_: str, body: bytes) -> tuple[int, Mapping[str, Any]]:
        self._look()
        self.called.append((id_, len(body)))
        return 202, {"id": id_}

    def _look(self) -> None:
        if self.away:
            message = "the store is away"
            raise Transient(message)


class Plain:
    """Metrics and health of which nothing is asked here."""

    def scrape(self, accept: str) -> tuple[str, bytes]:
        return accept, b""

    def live(self) -> tuple[bool, Mapping[str, Any]]:
        return True, {}

    def ready(self) -> Mapping[str, Any]:
        return {}


@pytest.fixture
def retrainings() -> Retrainings:
    return Retrainings()


@pytest.fixture
def client(retrainings: Retrainings) -> Iterator[httpx.Client]:
    plain = Plain()
    served = Served(plain, plain, token=SecretStr(TOKEN), retrainings=retrainings)
    server = Server(ServerSettings(address="127.0.0.1:0"), build(served))
    server.start()
    with httpx.Client(base_url=f"http://{server.address}", trust_env=False) as found:
        yield found
    server.stop()


def test_who_sits_on_the_machine_reads_without_a_token(
    client: httpx.Client, retrainings: Retrainings
) -> None:
    assert client.get(PATH).json() == {"retrainings": [{"id": "r1"}]}
    assert client.get(PATH, params={"model": "fraud", "limit": 3}).status_code == 200
    assert retrainings.asked == [(None, 100), ("fraud", 3)]
    assert client.get(f"{PATH}/r1").json() == {"id": "r1"}
    assert client.get(f"{PATH}/r2").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "driftwatch.example"},  # a page whose name was bent to this machine
        {"x-forwarded-for": "203.0.113.7"},
        {"forwarded": "for=203.0.113.7"},
        {"via": "1.1 proxy"},
        {"x-real-ip": "203.0.113.7"},
    ],
)
def test_who_comes_from_elsewhere_needs_the_token(
    client: httpx.Client, headers: Mapping[str, str]
) -> None:
    for path in (PATH, f"{PATH}/r1"):
        assert client.get(path, headers=headers).status_code == 401
        assert client.get(path, headers={**headers, **SIGNED}).status_code == 200


def test_nobody_says_anything_without_the_token(
    client: httpx.Client, retrainings: Retrainings
) -> None:
    assert client.post(f"{PATH}/r1", content=b"{}").status_code == 401
    wrong = {"authorization": "Bearer 0123456789abcdeX"}
    assert client.post(f"{PATH}/r1", content=b"{}", headers=wrong).status_code == 401
    assert retrainings.called == []
    assert client.post(f"{PATH}/r1", content=b"{}", headers=SIGNED).status_code == 202


def test_a_call_may_bring_a_profile_and_nothing_else_may_be_so_large(
    client: httpx.Client, retrainings: Retrainings
) -> None:
    large = b"x" * (BODY_BYTES + 1)
    assert client.post(f"{PATH}/r1", content=large, headers=SIGNED).status_code == 202
    assert retrainings.called == [("r1", len(large))]
    assert client.post("/-/reload", content=large, headers=SIGNED).status_code == 413


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "9" * 30, "\u0663"])
def test_a_limit_out_of_bounds_is_refused(client: httpx.Client, limit: str) -> None:
    assert client.get(PATH, params={"limit": limit}).status_code == 400


def test_while_the_store_is_away_that_is_said(
    client: httpx.Client, retrainings: Retrainings
) -> None:
    retrainings.away = True
    answers = [
        client.get(PATH),
        client.get(f"{PATH}/r1"),
        client.post(f"{PATH}/r1", content=b"{}", headers=SIGNED),
    ]
    assert {answer.status_code for answer in answers} == {503}
    assert answers[0].json() == {"error": "the store is away"}
