"""What does quapy estimate from the same probabilities and labels?"""

import warnings

import numpy as np
import quapy.functional
from quapy.method.aggregative import ACC, EMQ, PACC

from tests.peers.theirs.exchange import answer, given


def solved(rates: np.ndarray, shares: np.ndarray) -> list[float]:
    """Solve for the shares of the classes, exactly, and clip them as quapy does."""
    estimate = ACC.solve_adjustment(
        class_conditional_rates=rates,
        unadjusted_counts=shares,
        method="inversion",
        solver="exact-raise",
    )
    return quapy.functional.normalize_prevalence(estimate, method="clip").tolist()


def main() -> None:
    warnings.simplefilter("ignore")
    found = {}
    for name in ("prior_2", "prior_3"):
        data = given(name)
        p, labels, now = data["reference"], data["labels"], data["current"]
        classes = np.arange(p.shape[1])
        rates = ACC.getPteCondEstim(classes, labels, p.argmax(axis=1))
        found[f"{name}/acc"] = solved(rates, np.bincount(now.argmax(axis=1)) / len(now))
        found[f"{name}/pacc"] = solved(PACC.getPteCondEstim(classes, labels, p), now.mean(axis=0))
        shares, _ = EMQ.EM(data["calibrated_prior"], data["calibrated_current"])
        found[f"{name}/emq"] = shares.tolist()
    answer(found)


if __name__ == "__main__":
    main()
