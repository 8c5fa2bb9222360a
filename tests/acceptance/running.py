"""The real daemon as a process of its own, and a receiver of its webhooks."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TOKEN = "a-token-of-the-tests"


class Daemon:
    """`driftwatch run` on a configuration file; killed and started at will."""

    def __init__(self, config: Path, environ: dict[str, str] | None = None) -> None:
        self.config = config
        self.environ = {**os.environ, **(environ or {})}
        self.log = config.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0
        self._begins = 0

    def start(self) -> None:
        assert self.process is None or self.process.poll() is not None
        self.starts += 1
        self._begins = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "driftwatch", "run", "-c", str(self.config)],
                stderr=log,
                stdout=log,
                env=self.environ,
            )

    def kill(self) -> None:
        self._send(signal.SIGKILL)
        assert self.process is not None
        self.process.wait(10)

    def freeze(self) -> None:
        self._send(signal.SIGSTOP)

    def wake(self) -> None:
        self._send(signal.SIGCONT)

    def stop(self) -> int:
        self._send(signal.SIGTERM)
        assert self.process is not None
        return self.process.wait(30)

    def _send(self, number: signal.Signals) -> None:
        assert self.process is not None, "it was never started"
        assert self.process.poll() is None, f"it ended by itself:\n{self.tail()}"
        self.process.send_signal(number)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def resident(self) -> int:
        """Give the memory in use, in KiB."""
        return self._status("VmRSS")

    def threads(self) -> int:
        """Give the number of threads."""
        return self._status("Threads")

    def _status(self, field: str) -> int:
        assert self.process is not None, "it was never started"
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        (line,) = [line for line in lines if line.startswith(f"{field}:")]
        return int(line.split()[1])

    def said(self, event: str) -> bool:
        """Say whether it has logged an event since its last start."""
        return f'"event": "{event}"'.encode() in self.log.read_bytes()[self._begins :]

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def end(self) -> None:
        """Leave nothing behind, whatever the test did."""
        if self.alive:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait(10)


class Receiver:
    """Takes webhooks whose signature is right; answers what `answer` says."""

    def __init__(self, answer: Callable[[int], int] = lambda _: 204, port: int = 0) -> None:
        self.messages: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.wrong = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = answer(len(receiver.ids))
                try:
                    Webhook(SECRET).verify(body, dict(self.headers.items()))
                except Exception:
                    receiver.wrong += 1
                    status = 400
                if status < 300:
                    receiver.messages.append(json.loads(body)["data"])
                    receiver.ids.append(self.headers["webhook-id"])
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


PATIENCE = (
    3  # a machine that runs other tests beside this one takes longer; no result depends on it
)


def wait_for(true: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until something is so; an assertion names it if it does not become so."""
    until = time.monotonic() + PATIENCE * seconds
    while not true():
        assert time.monotonic() < until, f"not within {seconds:g} s: {what}"
        time.sleep(0.25)


def wait_until_running(daemon: Daemon) -> None:
    """Wait until it has opened its store and begun, after its last start."""
    wait_for(lambda: daemon.said("running"), 60, f"it runs\n{daemon.tail()}")


def scrape(address: str) -> str:
    """Read the metrics; empty while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return ""


def kill_at_random(daemon: Daemon, rng: random.Random, longest: float) -> None:
    """Let it run for a random while, kill it, and start it again."""
    time.sleep(rng.uniform(0.2, longest))
    daemon.kill()
    daemon.start()
