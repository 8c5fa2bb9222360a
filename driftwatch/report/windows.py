"""What was found in the last windows as a whole: the shares of the classes, and joint tests?"""

from collections.abc import Iterable, Iterator, Sequence

from detectors.prior import Estimated, Refused
from driftwatch.nouns.judgements import Verdicts
from driftwatch.report.document import Cell, Section, Shown

Row = tuple[Cell, ...]
_SHARES = ("version", "window", "estimator", "class", "share", "low", "high", "reference")
_TESTS = ("version", "window", "test", "statistic", "p value", "rows")
_WRITTEN: dict[str, Shown] = dict.fromkeys(("share", "low", "high", "reference"), "share")
_MOST = 50
_UNEXPLAINED = "something else than the shares moved too"


def shares(verdicts: Iterable[Verdicts]) -> Section:
    """Tell each class's share, or why there is none."""
    found = ((v, kind, e) for v in _whole(verdicts) for kind, e in v.priors.items())
    rows = tuple(row for v, kind, e in found for row in _estimate(v, kind, e))
    columns = (*_SHARES, "rows", "note")
    return Section("classes", columns, rows, "no shares were estimated", _WRITTEN, most=_MOST)


def joint_tests(verdicts: Iterable[Verdicts]) -> Section:
    """Tell what came of each test of many columns at once."""
    rows = tuple(
        (*_of(v), test, found.statistic, found.p_value, found.n)
        for v in _whole(verdicts)
        for test, found in v.discrepancies.items()
    )
    return Section("joint tests", _TESTS, rows, "no profile holds any", {"p value": "p"})


def _whole(verdicts: Iterable[Verdicts]) -> Sequence[Verdicts]:
    """Leave out segments, and put the shorter windows of a version first."""
    whole = (v for v in verdicts if not v.population.segment)
    return sorted(whole, key=lambda v: (v.population, v.end - v.start))


def _of(verdicts: Verdicts) -> tuple[str, str]:
    return f"{verdicts.population.model}/{verdicts.population.version}", verdicts.window


def _estimate(verdicts: Verdicts, kind: str, found: Estimated) -> Iterator[Row]:
    of = (*_of(verdicts), kind)
    if found.refused is not Refused.NOT_REFUSED:
        yield (*of, None, None, None, None, None, found.n, found.reason)
        return
    note = _UNEXPLAINED if found.explained is False else ""
    columns = (found.prior, found.low, found.high, found.reference)
    for k, name in enumerate(found.classes):
        yield (*of, name, *(float(column[k]) for column in columns), found.n, note)
