"""How is what a check found laid out, for people and for programs?"""

import math
from typing import Any

from driftwatch import __version__
from driftwatch.nouns.checks import Checked, Side
from driftwatch.report.cells import show_share
from driftwatch.report.check import columns, tables
from driftwatch.report.check.schema import FORMAT, KIND
from driftwatch.report.document import Document, Tone

_NAMED = 5  # features that the first sentence names


def document(checked: Checked) -> Document:
    """Lay out what a check found, the decision first."""
    order = tables.order(checked)
    lead = (_verdict(checked, order), *_prior(checked), _compared(checked), _rule(checked))
    return Document(
        title="driftwatch check",
        lead=lead,
        tone=_tone(checked),
        facts=_facts(checked),
        sections=(
            columns.FEATURES.filled(tables.features(checked, order)),
            columns.PRIOR.filled(tables.prior(checked)),
            columns.NOTES.filled((note,) for note in checked.notes),
            columns.EVIDENCE.filled(tables.evidence(checked, order)),
            columns.QUANTILES.filled(tables.quantiles(checked, order)),
            columns.NUMBERS.filled(tables.numbers(checked, order)),
            columns.CATEGORIES.filled(tables.categories(checked, order)),
            columns.QUALITY.filled(tables.quality(checked, order)),
            columns.JOINT.filled(tables.joint(checked)),
            columns.DATA.filled(tables.sides(checked)),
        ),
    )


def _tone(checked: Checked) -> Tone:
    if checked.verdict == "undecided":
        return ""
    return "bad" if checked.drifted else "good"


def _verdict(checked: Checked, order: list[int]) -> str:
    said = [tables.verdict(checked.judged, j) for j in order]
    named = [checked.columns[j][0] for j, v in zip(order, said, strict=True) if v == "drifted"]
    undecided = said.count("undecided")
    rest = f"; {_features(undecided)} could not be judged" if undecided else ""
    if not named:
        judged = len(said) - undecided
        return f"No drift in {_features(judged)}{rest}." if judged else "Nothing could be judged."
    more = len(named) - _NAMED
    which = ", ".join(named[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"Drift in {len(named)} of {_features(len(said))}: {which}{rest}."


def _features(number: int) -> str:
    return f"{number} feature{'s' if number != 1 else ''}"


def _prior(checked: Checked) -> list[str]:
    """Say what is to be expected of the rarest class, and whether that is to be believed."""
    found = checked.prior
    if found is None:
        return []
    if found.reason:
        return [f"The shares of the classes could not be estimated: {found.reason}."]
    rarest = int(found.reference.argmin())
    was, now, low, high = (
        show_share(float(shares[rarest]))
        for shares in (found.reference, found.prior, found.low, found.high)
    )
    said = (
        f"Class {found.classes[rarest]}: {was} in the reference, now about {now} ({low} to {high})"
    )
    if found.explained is False:
        said += "; but a change of the classes' shares does not explain the current scores"
    return [said + "."]


def _compared(checked: Checked) -> str:
    current, reference = (
        f"{side.summary.rows:,} rows of {_named(side)}"
        for side in (checked.current, checked.reference)
    )
    return f"{current} against {reference}."


def _named(side: Side) -> str:
    if side.kind == "profile":
        return f"{side.model} {side.version} ({side.fingerprint[:19]})"
    return ", ".join(side.given)


def _rule(checked: Checked) -> str:
    gate = checked.gate
    changed = show_share(math.sin(min(math.pi / 4 + gate.tolerance / 2, math.pi / 2)) ** 2)
    harmless = f"a change as from 50.0% to {changed} is" if gate.tolerance else "no change is"
    return (
        f"At most {show_share(gate.alpha)} of what is called drift is chance; {harmless} harmless."
    )


def _facts(checked: Checked) -> dict[str, Any]:
    gate = checked.gate
    return {
        "kind": KIND,
        "format": FORMAT,
        "program": f"driftwatch {__version__}",
        "verdict": checked.verdict,
        "settings": {"alpha": gate.alpha, "tolerance": gate.tolerance, "delta": gate.delta},
        "reference": _side(checked.reference),
        "current": _side(checked.current),
        "prior_fit": _fit(checked),
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "kind": side.kind,
        "model": side.model,
        "version": side.version,
        "fingerprint": side.fingerprint,
        "rows": side.summary.rows,
        "lineage": dict(side.lineage),
    }


def _fit(checked: Checked) -> dict[str, Any] | None:
    found = checked.prior
    if found is None:
        return None
    return {
        "explained": found.explained,
        "p": found.p_value if math.isfinite(found.p_value) else None,
        "effect": found.effect if math.isfinite(found.effect) else None,
        "refused": found.reason,
        "rows": found.n,
    }
