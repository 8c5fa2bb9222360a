"""What does a team's pipeline do with a request to train its model anew?

The demonstration's own: it checks who asks, fetches the records that the request names, makes the
profile of a new version of them, says so, and lets the new version answer. A real one trains too.
"""

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from driftwatch.notify.signature import SignatureError, key_of, verify
from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices
from driftwatch.reference.document import dump
from driftwatch.sources.simulate import SimulateSettings, Stream

ROLLOUT = timedelta(hours=2)  # of event time, from the call to the new version's first answer


class Receiver:
    """A pipeline's webhook: takes what is signed with its secret, and nothing else.

    `called` are the answers to its calls; a request whose id it knows is not followed again.
    """

    train: Callable[[Mapping[str, Any]], str]

    def __init__(self, secret: str) -> None:
        self.taken: list[dict[str, Any]] = []
        self.called: list[str] = []
        self.refused = 0
        self._key = key_of(secret)
        self._known: set[str] = set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(204 if receiver.take(headers, body) else 400)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: the story prints what matters."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/retrain"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Take a message if its signature is right; a forged copy of it must not pass."""
        if not self._is_signed(headers, body):
            return False
        document = json.loads(body)
        self.taken.append({"type": document["type"], "id": document["id"], **document["data"]})
        self.refused += not self._is_signed(headers, body[:-1] + b" ")
        new = document["id"] not in self._known
        self._known.add(document["id"])
        if new and document["type"] == "io.driftwatch.retraining.requested":
            threading.Thread(target=self._follow, args=(document,), daemon=True).start()
        return True

    def _follow(self, document: Mapping[str, Any]) -> None:
        self.called.append(self.train(document))

    def _is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        try:
            verify([self._key], headers, body, now=time.time())
        except SignatureError:
            return False
        return True

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class Trainer:
    """Trains on the demonstration's stream; `position` gives how far its event time has come."""

    def __init__(
        self,
        settings: SimulateSettings,
        folder: Path,
        token: str,
        position: Callable[[], datetime],
    ) -> None:
        self._stream = Stream(settings)
        self._names, self._version = settings.names(), settings.version
        self._folder, self._token, self._position = folder, token, position

    def train(self, document: Mapping[str, Any]) -> str:
        """Follow a request, and give what was answered to the call that it is done."""
        version = str(int(self._version) + 1)
        rows = self._folder / f"drifted-{version}.ndjson"
        rows.write_bytes(b"\n".join(self._fetched(document["data"]["data"], version)))
        built = datetime.now(UTC).isoformat()
        profile = build([rows], replace(Choices(), rows="production", built=built))
        answer = self._call(document["data"]["links"]["retraining"], version, dump(profile))
        self._deploy(version)
        return answer

    def _fetched(self, data: list[Mapping[str, Any]], version: str) -> list[bytes]:
        """Read just the offsets that the request names, as what the new version would see."""
        old, new = f'"version":"{self._version}"'.encode(), f'"version":"{version}"'.encode()
        places = [place for source in data for place in source["partitions"]]
        bodies = (
            body
            for place in places
            for body in self._stream.records(
                self._names.index(place["partition"]), place["first"], place["next"]
            )[0]
        )
        return [body.replace(old, new) for body in bodies if body.endswith(b"}")]

    def _call(self, address: str, version: str, profile: bytes) -> str:
        head = json.dumps({"state": "done", "version": version, "reason": "trained and tested"})
        request = urllib.request.Request(  # noqa: S310 - our own address
            address,
            data=head[:-1].encode() + b', "profile": ' + profile + b"}",
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return f"{answer.status} {answer.read().decode()}"

    def _deploy(self, version: str) -> None:
        since = self._position() + ROLLOUT
        path = self._folder / "deployments.txt"
        beside = path.with_suffix(".part")
        beside.write_text(f"{since.isoformat()} {version}\n")
        beside.replace(path)
