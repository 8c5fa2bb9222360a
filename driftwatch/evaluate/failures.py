"""What is said of a detector that fails? It is logged once, where it is left out."""

import structlog

from driftwatch.nouns.judgements import Subject, Window

log = structlog.get_logger("driftwatch")


def failed(kind: str, subject: Subject, window: Window, why: str) -> None:
    """Log that a detector failed on a window of a population."""
    log.error(
        "detector.failed",
        detector=kind,
        model=subject.population.model,
        version=subject.population.version,
        window=window.name,
        end=window.end,
        why=why,
    )
