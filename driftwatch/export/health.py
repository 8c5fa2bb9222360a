"""Is every thread alive, and what is wrong outside?

What changes between two snapshots, told by any thread and read by the server's. A thread that has
stopped makes `/livez` fail; what is wrong outside is only ever said in the body of `/readyz`.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source stands: what is wrong in words (empty while all is well), its lag."""

    status: str = ""
    lag: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Beat:
    """A thread's last sign of life, by the wall clock (microseconds) and the monotonic one."""

    at: int
    tick: float
    limit: float

    def silent(self, tick: float) -> float:
        """Give the seconds since."""
        return tick - self.tick


class Health:
    """The board on which threads tell how they are.

    `monotonic` gives seconds that never jump, `now` the wall time in microseconds.
    """

    def __init__(self, *, monotonic: Callable[[], float], now: Callable[[], int]) -> None:
        self._monotonic = monotonic
        self._now = now
        self._lock = threading.Lock()
        self._beats: dict[str, Beat] = {}
        self._sources: dict[str, SourceState] = {}
        self._notices: dict[str, str] = {}
        self._durations: dict[str, float] = {}
        self._loaded: int | None = None

    def expect(self, thread: str, limit: float) -> None:
        """Begin to watch a thread, which is dead when it has not beaten for `limit` seconds."""
        with self._lock:
            self._beats[thread] = Beat(self._now(), self._monotonic(), limit)

    def beat(self, thread: str) -> None:
        """Take a sign of life; of a thread that nobody expects it is nothing."""
        with self._lock:
            if (last := self._beats.get(thread)) is not None:
                self._beats[thread] = Beat(self._now(), self._monotonic(), last.limit)

    def dismiss(self, thread: str) -> None:
        """Watch a thread no longer: it ended as it should."""
        with self._lock:
            self._beats.pop(thread, None)

    def source(self, name: str, state: SourceState | None) -> None:
        """Say how a source stands; None takes it off the board."""
        with self._lock:
            _put(self._sources, name, state)

    def notice(self, topic: str, text: str) -> None:
        """Say what people should know of a topic, such as store or reload; empty takes it back."""
        with self._lock:
            _put(self._notices, topic, text or None)

    def evaluated(self, model: str, seconds: float) -> None:
        """Say how long the last evaluation of a model took."""
        with self._lock:
            self._durations[model] = seconds

    def loaded(self) -> None:
        """Say that the configuration in the file is the one that runs."""
        with self._lock:
            self._loaded = self._now()
            self._notices.pop("reload", None)

    def not_loaded(self, text: str) -> None:
        """Say that the configuration in the file cannot be used, and why."""
        self.notice("reload", text)

    def beats(self) -> dict[str, Beat]:
        """Give the last sign of life of every thread that is watched."""
        with self._lock:
            return dict(self._beats)

    def sources(self) -> dict[str, SourceState]:
        """Give every source's state."""
        with self._lock:
            return dict(self._sources)

    def notices(self) -> dict[str, str]:
        """Give what people should know, by topic."""
        with self._lock:
            return dict(self._notices)

    def durations(self) -> dict[str, float]:
        """Give the seconds of each model's last evaluation."""
        with self._lock:
            return dict(self._durations)

    def loaded_at(self) -> int | None:
        """Give when the running configuration was loaded."""
        with self._lock:
            return self._loaded

    def live(self) -> tuple[bool, dict[str, Any]]:
        """Say if every thread is alive, with the body of /livez."""
        tick = self._monotonic()
        beats = self.beats()
        dead = {t: b for t, b in sorted(beats.items()) if b.silent(tick) > b.limit}
        body = {
            "status": "dead" if dead else "alive",
            "threads": {t: {"silent": round(b.silent(tick), 3)} for t, b in sorted(beats.items())},
            "problems": [
                f"thread {t} has not beaten for {b.silent(tick):.0f} s (limit {b.limit:g} s)"
                for t, b in dead.items()
            ],
        }
        return not dead, body

    def ready(self) -> dict[str, Any]:
        """Give the body of /readyz: what is wrong, which is never a reason to fail it."""
        sources, notices = self.sources(), self.notices()
        problems = [f"source {n}: {s.status}" for n, s in sorted(sources.items()) if s.status]
        problems += [f"{topic}: {text}" for topic, text in sorted(notices.items())]
        return {
            "status": "ready",
            "problems": problems,
            "sources": {
                name: {
                    "status": state.status or "ok",
                    "lag": dict(state.lag),
                    "lag_records": sum(state.lag.values()),
                }
                for name, state in sorted(sources.items())
            },
            "notices": notices,
        }


def _put(board: dict[str, T], name: str, value: T | None) -> None:
    if value is None:
        board.pop(name, None)
    else:
        board[name] = value
