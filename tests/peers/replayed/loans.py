"""When does a replay of NannyML's car loans page, and what does it name?

The second half of the analysis rows has drifted, by their documentation. Which columns did is
worked out from the rows: Kolmogorov-Smirnov of numbers, chi-square of the rest, before against
after, with the largest p-value of a true change a millionth. Seven rows come in an hour.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from pyarrow import Table, csv
from scipy import stats

from driftwatch.reference.choices import Choices, ColumnRole
from tests.peers.replayed.case import HOUR, Case, features, fired, named
from tests.simulations.table import Row, at_most, beyond

CHANGE = 25_000
AFTER = 1_000  # rows replayed after the change, six days
P = 1e-6
WITHIN = 48.0  # hours, some 330 rows, for changes of Cohen's h .5 and more
FEATURES = (
    "car_value",
    "salary_range",
    "debt_to_income_ratio",
    "loan_length",
    "repaid_loan_on_prev_car",
    "size_of_downpayment",
    "driver_tenure",
)
ROLES: Mapping[str, ColumnRole] = {
    "timestamp": "time",
    "y_pred": "prediction",
    "y_pred_proba": "score",
    "id": "id",
}


def rows(data: Path, folder: Path) -> Iterator[Row]:
    """Replay the analysis rows against the reference rows."""
    choices = Choices(
        roles=ROLES, dropped=frozenset({"repaid"}), fallback=("peer", "1"), rows="heldout"
    )
    reference, analysis = (data / f"synthetic_car_loan_{s}.csv" for s in ("reference", "analysis"))
    folder.mkdir(parents=True, exist_ok=True)
    case = Case.of(folder, reference, choices, pane="1h", step="6h")
    found = case.replay(_begun(analysis, folder))
    table = csv.read_csv(analysis)
    change = int(np.datetime64(table["timestamp"][CHANGE].as_py(), "us").astype(np.int64))
    pages = fired(found)
    early = [page for page in pages if page.boundary <= change]
    yield at_most("car loans: pages before row 25,000", len(early), 0, "pages")
    late = named([page for page in pages if page.boundary > change], "CovariateShift")
    delay = (late[0].boundary - change) / HOUR if late else np.inf
    yield at_most("car loans: CovariateShift after row 25,000", delay, WITHIN)
    moved = {name for name in FEATURES if _p_value(table, name) < P}
    at_first = features(late[0]) & set(FEATURES) if late else set()
    standing = [alert for alert in found.alerts if alert.key.alert == "CovariateShift"]
    at_last = {name for alert in standing for name in features(alert)} & set(FEATURES)
    yield beyond("car loans: columns named by the page", len(at_first), 0, "columns")
    still = len((at_first | at_last) - moved)
    yield at_most("car loans: columns named that stand still", still, 0, "columns")
    missed = len(moved - at_last)
    yield at_most("car loans: columns that moved, not named in six days", missed, 0, "columns")


def _begun(analysis: Path, folder: Path) -> Path:
    """Write the rows up to some after the change as they stand."""
    lines = analysis.read_text(encoding="utf-8").splitlines(keepends=True)
    path = folder / "begun.csv"
    path.write_text("".join(lines[: 1 + CHANGE + AFTER]), encoding="utf-8")
    return path


def _p_value(table: Table, name: str) -> float:
    values = np.array(table[name].to_pylist())
    before, after = values[:CHANGE], values[CHANGE:]
    if values.dtype.kind == "f":
        return float(stats.ks_2samp(before, after, method="asymp").pvalue)
    kinds = np.unique(values)
    counts = [[np.count_nonzero(side == kind) for kind in kinds] for side in (before, after)]
    return float(stats.chi2_contingency(counts).pvalue)
