"""What do the transactions look like that a simulated model takes for fraud or not?"""

from typing import Any

import numpy as np

from driftwatch.nouns.records import Bool, Float64, Int64

FRAUD = (0.03, 0.20)  # of all transactions, before and after the drift
MERCHANTS = (
    "grocery",
    "fuel",
    "restaurant",
    "travel",
    "electronics",
    "fashion",
    "games",
    "pharmacy",
)
COUNTRIES = ("DE", "FR", "NL", "ES", "IT", "PL", "GB", "US")
DEVICES = ("phone", "browser", "tablet", "terminal")
_MERCHANT_SHARE = np.array([0.30, 0.16, 0.16, 0.06, 0.09, 0.11, 0.06, 0.06])
_COUNTRY_SHARE = np.array([0.46, 0.15, 0.11, 0.08, 0.07, 0.05, 0.05, 0.03])
_COUNTRY_DRIFTED = np.array([0.22, 0.12, 0.08, 0.07, 0.06, 0.19, 0.06, 0.20])
_DEVICE_SHARE = np.array([0.55, 0.25, 0.05, 0.15])


def transactions(rng: np.random.Generator, moved: Bool, frequent: Bool) -> dict[str, Any]:
    """Make one column a feature, the model's score, and whether it is fraud.

    Amounts and countries are others where they have `moved`; frauds are `frequent` or rare. The
    score of a fraud is what it is for any other, unless amounts have moved.
    """
    n = len(moved)
    fraud = rng.random(n) < np.where(frequent, FRAUD[1], FRAUD[0])
    amount = np.exp(rng.normal(3.4 + 0.8 * moved + 0.5 * fraud, 0.9))
    age = rng.gamma(2.0, 300.0, n) * np.where(fraud, 0.3, 1.0)
    distance = np.where(rng.random(n) < 0.4, 0.0, rng.exponential(np.where(fraud, 220.0, 40.0)))
    risk = rng.beta(np.where(fraud, 4.0, 1.5), 6.0)
    recent = rng.poisson(np.where(fraud, 7.0, 2.5))
    payee = rng.random(n) < np.where(fraud, 0.6, 0.1)
    logit = (
        -6.2
        + 7 * risk
        + 0.004 * distance
        - 0.0015 * age
        + 0.28 * recent
        + 1.6 * payee
        + 0.2 * np.log(amount)
    )
    country = np.where(moved, _drawn(rng, n, _COUNTRY_DRIFTED), _drawn(rng, n, _COUNTRY_SHARE))
    return {
        "amount": amount.round(2),
        "account_age_days": age.round(1),
        "distance_km": distance.round(1),
        "ip_risk": risk.round(4),
        "transactions_24h": recent,
        "minutes_since_login": rng.exponential(35.0, n).round(1),
        "new_payee": payee,
        "card_present": rng.random(n) < 0.35,
        "merchant": np.take(MERCHANTS, _drawn(rng, n, _MERCHANT_SHARE)),
        "country": np.take(COUNTRIES, country),
        "device": np.take(DEVICES, _drawn(rng, n, _DEVICE_SHARE)),
        "score": 1 / (1 + np.exp(-logit)),
        "fraud": fraud,
    }


def _drawn(rng: np.random.Generator, n: int, shares: Float64) -> Int64:
    return rng.choice(len(shares), n, p=shares)
