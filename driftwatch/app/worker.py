"""How does a thread go on, whatever its work raises?"""

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger("driftwatch")

Going = Callable[[], bool]
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)


class Worker:
    """One named thread. Its work is called again, after a pause, if it raises.

    `work` is given a function that says whether to go on; each call of it is a heartbeat. `failed`
    is told what it raised.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Going], None],
        beat: Callable[[str], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self.name = name
        self._work, self._beat, self._failed = work, beat, failed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to leave; `join` waits for that."""
        self._stopping.set()

    def join(self, timeout: float) -> bool:
        """Wait until it has left; False if it has not."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> bool:
        """Sleep, but not past `stop`; True if it was stopped."""
        return self._stopping.wait(seconds)

    def _going(self) -> bool:
        self._beat(self.name)
        return not self._stopping.is_set()

    def _run(self) -> None:
        failures = 0
        while self._going():
            try:
                self._work(self._going)
                failures = 0
            except Exception as error:
                log.exception("thread.failed", thread=self.name)
                self._failed(error)
                self.wait(PAUSES[min(failures, len(PAUSES) - 1)])
                failures += 1
