"""How is event time cut, and how long do we wait for it?"""

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from driftwatch.nouns.settings import Duration, Settings, show_duration

HOUR = timedelta(hours=1)


class WindowSettings(Settings):
    """Panes, windows and lateness, all by event time."""

    pane: Duration = Field(timedelta(minutes=1), description="Width of a pane; divides an hour.")
    lateness: Duration = Field(
        timedelta(minutes=2),
        description="How far behind its partition's newest event time a record may come.",
    )
    windows: tuple[Duration, ...] = Field(
        (HOUR, timedelta(hours=24)),
        strict=False,
        description="Lengths that are compared with the reference. Up to 1h they slide by `step`, "
        "longer ones are made of whole hours.",
    )
    step: Duration = Field(
        timedelta(minutes=1), description="Distance between boundaries; a multiple of the pane."
    )
    idle: Duration = Field(
        timedelta(minutes=1),
        description="A partition that has stood at the end of its log for so long is not waited "
        "for.",
    )
    ahead: Duration = Field(
        timedelta(hours=2),
        description="A partition so far ahead of the slowest one is paused.",
    )
    future: Duration = Field(
        timedelta(minutes=10),
        description="A record whose event time lies so far after its arrival is rejected.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not timedelta() < self.pane <= HOUR or HOUR % self.pane:
            message = f"pane {show_duration(self.pane)} does not divide an hour, as 1m or 5m do"
            raise ValueError(message)
        if self.step < self.pane or self.step % self.pane or HOUR % min(self.step, HOUR):
            message = (
                f"step {show_duration(self.step)} is not a multiple of the pane "
                f"{show_duration(self.pane)} that divides an hour"
            )
            raise ValueError(message)
        for window in self.windows:
            if window % (self.step if window <= HOUR else HOUR) or not window:
                message = (
                    f"window {show_duration(window)} is neither a multiple of the step up to 1h "
                    "nor a multiple of 1h"
                )
                raise ValueError(message)
        return self
