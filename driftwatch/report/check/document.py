"""How is what a check found laid out, for people and for programs?"""

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from detectors.prior import Estimated
from driftwatch import __version__
from driftwatch.nouns.checks import Checked, Side
from driftwatch.report.cells import show, show_share
from driftwatch.report.check import columns, tables
from driftwatch.report.check.schema import FORMAT, KIND
from driftwatch.report.document import Document, Section, Tone

_NAMED = 5  # features that the first sentence names


def document(checked: Checked) -> Document:
    """Lay out what a check found, the decision first."""
    order = tables.order(checked)
    derived = [j for j in order if tables.is_derived(checked, j)]
    own = order[: len(order) - len(derived)]
    shown = own + [j for j in derived if checked.judged.drifted[j]]
    names = {checked.columns[j][0] for j in own}
    drifted = {checked.columns[j][0] for j in shown} - names
    first = _verdict(checked, own, derived)
    lead = (first, *_prior(checked), _compared(checked), _rule(checked))
    return Document(
        title="driftwatch check",
        lead=lead,
        tone=_tone(checked),
        facts=_facts(checked, lead),
        sections=(
            columns.FEATURES.filled(tables.features(checked, own)),
            replace(columns.PRIOR.filled(tables.prior(checked)), folded=_is_unexplained(checked)),
            columns.NOTES.filled((note,) for note in checked.notes),
            _told_first(columns.DERIVED.filled(tables.features(checked, derived)), drifted),
            _told_first(columns.EVIDENCE.filled(tables.evidence(checked, shown)), names),
            _told_first(columns.QUANTILES.filled(tables.quantiles(checked, shown)), names),
            _told_first(columns.NUMBERS.filled(tables.numbers(checked, shown)), names),
            _told_first(columns.CATEGORIES.filled(tables.categories(checked, shown)), names),
            _told_first(columns.QUALITY.filled(tables.quality(checked, shown)), names),
            columns.JOINT.filled(tables.joint(checked)),
            columns.DATA.filled(tables.sides(checked)),
        ),
    )


def _told_first(section: Section, names: Collection[str]) -> Section:
    """Let people be shown the rows of some features only, which come first; of others, one."""
    rows = sum(row[0] in names for row in section.rows)
    return replace(section, most=max(1, min(rows, section.most or rows)))


def _tone(checked: Checked) -> Tone:
    if checked.verdict == "undecided":
        return ""
    return "bad" if checked.drifted else "good"


def _verdict(checked: Checked, own: list[int], derived: list[int]) -> str:
    """Say which columns have drifted, then how many of the features derived of several have."""
    said = [tables.verdict(checked.judged, j) for j in own]
    beside = [tables.verdict(checked.judged, j) for j in derived]
    undecided = said.count("undecided") + beside.count("undecided")
    if undecided == len(said) + len(beside):
        return "Nothing could be judged."
    rest = f"; {_features(undecided)} could not be judged" if undecided else ""
    named = [checked.columns[j][0] for j, v in zip(own, said, strict=True) if v == "drifted"]
    if named:
        which = _named_first(named)
        told = f"Drift in {len(named)} of {_features(len(said))}: {which}"
    else:
        told = f"No drift in {_features(len(said) - said.count('undecided'))}"
    return f"{told}{_beside(checked, derived, beside, alone=not named)}{rest}."


def _beside(checked: Checked, derived: list[int], said: list[str], *, alone: bool) -> str:
    named = [checked.columns[j][0] for j, v in zip(derived, said, strict=True) if v == "drifted"]
    if not named:
        return f", nor in {len(said)} derived of several columns" if said and alone else ""
    several = f"in {len(named)} of {len(said)} derived of several columns"
    return f", but drift {several}: {_named_first(named)}" if alone else f", and {several}"


def _named_first(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _features(number: int) -> str:
    return f"{number} feature{'s' if number != 1 else ''}"


def _prior(checked: Checked) -> list[str]:
    """Say what is to be expected of the rarest class, and whether that is to be believed."""
    found = checked.prior
    if found is None:
        return []
    if found.reason:
        return [f"The shares of the classes could not be estimated: {found.reason}."]
    if _is_unexplained(checked):
        return [_unexplained(found)]
    rarest = int(found.reference.argmin())
    was, now, low, high = (
        show_share(float(shares[rarest]))
        for shares in (found.reference, found.prior, found.low, found.high)
    )
    said = (
        f"Class {found.classes[rarest]}: {was} in the reference, now about {now} ({low} to {high})"
    )
    if found.explained is None:
        said += "; if that explains the scores cannot be tested"
    return [said + "."]


def _is_unexplained(checked: Checked) -> bool:
    return checked.prior is not None and checked.prior.explained is False


def _unexplained(found: Estimated) -> str:
    """Say that no shares of the classes are to be believed, by the test of the estimate's fit."""
    return (
        "The change of the scores is not explained by the shares of the classes: no mixture of "
        f"the reference's classes has such scores (p {show(found.p_value, 'p')}). The features or "
        "the model changed, and the estimated shares are not to be believed."
    )


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


def _facts(checked: Checked, lead: Sequence[str]) -> dict[str, Any]:
    gate = checked.gate
    return {
        "kind": KIND,
        "format": FORMAT,
        "program": f"driftwatch {__version__}",
        "verdict": checked.verdict,
        "lead": list(lead),
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
