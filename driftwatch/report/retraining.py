"""What is there to say of retrainings: which were wanted, what held them, what became of them?"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from driftwatch.nouns.retraining import Decision, Reason, Retraining
from driftwatch.report.document import Document, Section
from driftwatch.report.times import show_if, show_time


def retrainings(found: Iterable[Retraining]) -> Document:
    """Tell how each retraining stands, and why."""
    columns = ("id", "version", "stage", "since", "why", "episode began", "ended", "led to")
    rows = tuple(
        (
            of.id,
            f"{of.model}/{of.version}",
            of.stage.value,
            show_time(of.decided_at),
            _why(of.reasons),
            show_time(of.began),
            show_if(of.ended),
            of.successor or None,
        )
        for of in found
    )
    return Document((Section("retrainings", columns, rows, "none was ever wanted"),))


def retraining(of: Retraining, decisions: Sequence[Decision]) -> Document:
    """Tell everything of one retraining."""
    fields = tuple(
        (name, value) for name, value in facts(of).items() if not isinstance(value, list | dict)
    )
    columns = ("at", "boundary", "stage", "why")
    told = tuple(
        (show_time(one.at), show_time(one.boundary), one.stage.value, _why(one.reasons))
        for one in decisions
    )
    return Document(
        (
            Section("retraining", ("what", "value"), fields, ""),
            Section("decisions", columns, told, "none is kept any more"),
        )
    )


def facts(of: Retraining, decisions: Iterable[Decision] | None = None) -> dict[str, Any]:
    """Give a retraining as JSON, with all that was decided of it if that is given."""
    told: dict[str, Any] = {
        "id": of.id,
        "model": of.model,
        "version": of.version,
        "reference": of.reference,
        "ordinal": of.ordinal,
        "stage": of.stage.value,
        "reasons": _reasons(of.reasons),
        "decided_at": show_time(of.decided_at),
        "boundary": show_time(of.boundary),
        "began": show_time(of.began),
        "ended": show_if(of.ended),
        "requested_at": show_if(of.requested_at),
        "expires_at": show_if(of.expires_at),
        "taken_at": show_if(of.taken_at),
        "finished_at": show_if(of.finished_at),
        "successor": of.successor or None,
        "taken_over_at": show_if(of.retired),
    }
    if decisions is not None:
        told["decisions"] = [_decision(one) for one in decisions]
    return told


def _decision(one: Decision) -> Mapping[str, Any]:
    return {
        "at": show_time(one.at),
        "boundary": show_time(one.boundary),
        "stage": one.stage.value,
        "reasons": _reasons(one.reasons),
    }


def _reasons(reasons: Iterable[Reason]) -> list[dict[str, str]]:
    return [{"code": reason.code, "text": reason.text} for reason in reasons]


def _why(reasons: Iterable[Reason]) -> str:
    return "; ".join(reason.text for reason in reasons)
