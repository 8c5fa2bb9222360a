"""How far has long work come?"""

import sys
from typing import Any

_LINE_EVERY = 0.1  # of the way, where no bar can be drawn


class Progress:
    """A bar on a terminal, a line for each tenth of the way elsewhere; on standard error.

    `doing` is what the bar says; a line says that so much was `done` of `what`.
    """

    def __init__(self, doing: str, what: str, *, terminal: bool, done: str = "read") -> None:
        self._doing = doing
        self._what, self._done = what, done
        self._terminal = terminal
        self._told = 0.0
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> "Progress":
        if self._terminal:
            from rich.console import Console  # noqa: PLC0415 - heavy
            from rich.progress import Progress as Bar  # noqa: PLC0415

            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(self._doing)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """Show how far it has come."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total)
        elif done >= self._told + _LINE_EVERY * total:
            self._told = done
            print(f"{self._done} {done / total:.0%} of {self._what}", file=sys.stderr, flush=True)
