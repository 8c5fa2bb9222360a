"""What do Evidently's tests say of each chunk?

They are called as its reports call them, one column at a time. TVD is its statistic alone: the
test around it draws 1,000 permutations of all rows.
"""

import warnings
from typing import Any

import pandas as pd
from evidently.legacy.calculations import stattests
from evidently.legacy.calculations.stattests import tvd_stattest
from evidently.legacy.core import ColumnType

from tests.peers.theirs.exchange import answer, chunks, columns, given, series

NUMBERS = {
    "psi": stattests.psi_stat_test,
    "kl_div": stattests.kl_div_stat_test,
    "jensenshannon": stattests.jensenshannon_stat_test,
    "hellinger": stattests.hellinger_stat_test,
    "wasserstein": stattests.wasserstein_stat_test,
    "ks": stattests.ks_stat_test,
    "anderson": stattests.anderson_darling_test,
    "cramer_von_mises": stattests.cramer_von_mises,
}
WORDS = {
    "psi": stattests.psi_stat_test,
    "kl_div": stattests.kl_div_stat_test,
    "jensenshannon": stattests.jensenshannon_stat_test,
    "hellinger": stattests.hellinger_stat_test,
    "chisquare": stattests.chi_stat_test,
    "g_test": stattests.g_test,
    "z": stattests.z_stat_test,
}
BINARY = {"z"}


def scores(
    tests: dict[str, Any], kind: ColumnType, reference: pd.Series, current: pd.Series
) -> dict[str, float | str]:
    """Run the tests that fit, each on copies, for some drop rows in place."""
    found: dict[str, float | str] = {}
    for name, test in tests.items():
        if name in BINARY and reference.nunique() != 2:
            continue
        try:
            said = test(reference.copy(), current.copy(), kind, None)
        except ValueError as problem:
            found[name] = str(problem)
        else:
            found[name] = float(said.drift_score)
    return found


def main() -> None:
    warnings.simplefilter("ignore")
    found: dict[str, list[float | str]] = {}
    for name in series():
        for column, reference, current in columns(given(name)):
            numeric = reference.dtype.kind == "f"
            tests = NUMBERS if numeric else WORDS
            kind = ColumnType.Numerical if numeric else ColumnType.Categorical
            before = pd.Series(reference)
            for chunk in chunks(current):
                now = pd.Series(chunk)
                said = scores(tests, kind, before, now)
                if not numeric:
                    said["tvd"] = float(tvd_stattest._total_variation_distance(before, now))
                for key, value in said.items():
                    found.setdefault(f"{name}/{column}/{key}", []).append(value)
    answer(found)


if __name__ == "__main__":
    main()
