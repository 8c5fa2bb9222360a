"""What is the path of a record, from a source to a verdict?

Two halves that meet in the store: `ingest` runs in one thread a source, `tick` in one thread for
all models. They share no mutable object, and no queue stands between them.
"""

from driftwatch.pipeline.ingest import Format, Intake, Reading, Source, ingest
from driftwatch.pipeline.tick import Judge, Judging, judgement, tick

__all__ = [
    "Format",
    "Intake",
    "Judge",
    "Judging",
    "Reading",
    "Source",
    "ingest",
    "judgement",
    "tick",
]
