"""What must driftwatch have counted, when all is read?

A stream is made of which everything is known: event times skewed between partitions, late records,
malformed ones of every kind, and a drift planted in two of 20 features. The truth is computed from
the raw values by other means than driftwatch's: a loop over records for lateness, histograms for
counts.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from detectors.summaries import Layout

MINUTE = 60_000_000
HOUR = 60 * MINUTE
NUMERIC = tuple(f"n{i:02d}" for i in range(14))
INTEGER = ("i00", "i01")
CATEGORICAL = ("c00", "c01", "c02")
BOOLEAN = ("b00",)
FEATURES = (*NUMERIC, *INTEGER, *CATEGORICAL, *BOOLEAN)
DRIFTING = ("n03", "c01")
WORDS = tuple(f"word-{i}" for i in range(12))
MODEL, VERSION = "fraud", "3"


@dataclass(frozen=True)
class Plan:
    """The stream to be made."""

    records: int
    begin: int
    partitions: int = 4
    hours: int = 30
    drift_hour: int = 20
    late: float = 0.01
    broken: float = 0.005
    lateness: int = 2 * MINUTE
    seed: int = 1

    @property
    def per_partition(self) -> int:
        return self.records // self.partitions


def one_record(at: int, **fields: object) -> bytes:
    """Make a sound record of a time; the fields given take the place of its own."""
    sound = {
        "time": at // 1000,
        "model": MODEL,
        "version": VERSION,
        "features": {"n00": 1.5, "c00": WORDS[0]},
        "prediction": "legit",
        "score": 0.5,
    }
    return json.dumps({**sound, **fields}).encode()


def malformed() -> dict[str, bytes | None]:
    """Give one record of each kind that must be rejected, by its reason."""
    good = (
        '{"time":1772409600000,"model":"fraud","version":"3","features":{"n00":1.5},'
        '"score":0.5,"prediction":"legit"}'
    )
    return {
        "not_json": good[:50].encode(),
        "not_an_object": b"[1,2,3]",
        "missing_field": good.replace('"time":1772409600000,', "").encode(),
        "wrong_type": good.replace("1.5", "true").encode(),
        "number_as_text": good.replace("1.5", '"1.5"').encode(),
        "not_finite": good.replace("1.5", "NaN").encode(),
        "time_unparseable": good.replace("1772409600000", '"yesterday"').encode(),
        "time_absurd": good.replace("1772409600000", "17.5").encode(),
        "time_in_future": good.replace("1772409600000", "4070908800000").encode(),
        "too_large": good.replace('"legit"', '"' + "x" * 5000 + '"').encode(),
        "too_deep": b'{"a":' * 500 + b"1" + b"}" * 500,
        "bad_utf8": good.replace("legit", "l\0git").encode().replace(b"\0", b"\xff"),
        "unknown_model": good.replace("fraud", "other").encode(),
        "tombstone": None,
    }


@dataclass(frozen=True)
class Part:
    """One partition: its bodies, and for each the truth."""

    bodies: list[bytes | None]
    times: np.ndarray
    reason: list[str]
    numbers: dict[str, np.ndarray]
    codes: dict[str, np.ndarray]

    def late(self, lateness: int, pane: int) -> np.ndarray:
        """Say which records are late, record by record in log order."""
        late, high = np.zeros(len(self.bodies), bool), None
        for i, (at, reason) in enumerate(zip(self.times.tolist(), self.reason, strict=True)):
            if reason:
                continue
            high = at if high is None else max(high, at)
            late[i] = (at // pane + 1) * pane <= high - lateness
        return late


class Truth:
    """The stream and what must be counted of it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.parts = [_part(plan, p) for p in range(plan.partitions)]

    @cached_property
    def late_rows(self) -> list[np.ndarray]:
        return [part.late(self.plan.lateness, MINUTE) for part in self.parts]

    @property
    def late(self) -> int:
        return int(sum(rows.sum() for rows in self.late_rows))

    @property
    def rejected(self) -> Counter[str]:
        return Counter(reason for part in self.parts for reason in part.reason if reason)

    @property
    def observations(self) -> int:
        """Records that are neither late nor rejected."""
        return self.plan.per_partition * self.plan.partitions - self.late - self.rejected.total()

    def kept(self) -> Iterator[tuple[Part, np.ndarray]]:
        """Give each partition with the rows that count."""
        for part, late in zip(self.parts, self.late_rows, strict=True):
            good = np.array([not reason for reason in part.reason])
            yield part, np.flatnonzero(good & ~late)

    def counts(self, layout: Layout, width: int) -> dict[int, np.ndarray]:
        """Give the counts of all cells by the start of the pane (of `width`), from raw values."""
        found: dict[int, np.ndarray] = {}
        for part, rows in self.kept():
            panes = part.times[rows] // width * width
            for pane in np.unique(panes):
                chosen = rows[panes == pane]
                made = np.concatenate(
                    [*self._numeric(layout, part, chosen), *self._words(layout, part, chosen)]
                )
                found[int(pane)] = found.get(int(pane), 0) + made
        return found

    def _numeric(self, layout: Layout, part: Part, rows: np.ndarray) -> Iterator[np.ndarray]:
        for feature in layout.numeric:
            values = part.numbers[feature.name][rows]
            bins = np.concatenate([[-np.inf], feature.edges, [np.inf]])
            inside = np.histogram(values[~np.isnan(values)], bins)[0]
            yield np.concatenate([inside, [0, int(np.isnan(values).sum())]])

    def _words(self, layout: Layout, part: Part, rows: np.ndarray) -> Iterator[np.ndarray]:
        for feature in layout.categorical:
            had = Counter(part.codes[feature.name][rows].tolist())
            known = [had.pop(word, 0) for word in feature.categories]
            missing = had.pop("", 0)
            assert set(had) <= {"never-seen"}, "the reference must have seen all other words"
            yield np.array([*known, 0, had.total(), missing])


def reference_rows(rows: int, begin: int) -> list[bytes]:
    """Make undrifted, well-formed rows in time order for the profile."""
    plan = Plan(
        records=rows,
        begin=begin,
        partitions=1,
        hours=48,
        drift_hour=1000,
        late=0,
        broken=0,
        seed=99,
    )
    return [body for body in _part(plan, 0, orderly=True).bodies if body is not None]


def _part(plan: Plan, partition: int, *, orderly: bool = False) -> Part:
    rng = np.random.default_rng([plan.seed, partition])
    n = plan.per_partition
    base = np.linspace(0, plan.hours * HOUR, n, endpoint=False).astype(np.int64)
    base += plan.begin + partition * 7 * MINUTE
    late = (rng.random(n) < plan.late) * 15 * MINUTE
    jitter = np.zeros(n) if orderly else rng.uniform(0, 30e6, n)
    times = (base - late - jitter.astype(np.int64)) // 1000 * 1000
    drifted = base >= plan.begin + plan.drift_hour * HOUR
    numbers = _numbers(rng, n, drifted)
    codes = _codes(rng, n, drifted, unseen=not orderly)
    score = rng.beta(2, 8, n).round(4)
    bodies: list[bytes | None] = list(_bodies(times, numbers, codes, score))
    reason = [""] * n
    kinds = list(malformed().items())
    for row in np.flatnonzero(rng.random(n) < plan.broken).tolist():
        reason[row], bodies[row] = kinds[int(rng.integers(len(kinds)))]
    numbers["score"] = score
    codes["prediction"] = np.where(score >= 0.5, "fraud", "legit")
    return Part(bodies, times, reason, numbers, codes)


def _numbers(rng: np.random.Generator, n: int, drifted: np.ndarray) -> dict[str, np.ndarray]:
    columns = {}
    for j, name in enumerate(NUMERIC):
        values = rng.normal(j, 1 + j % 3, n) if j % 2 else rng.lognormal(0, 0.5, n)
        if name == "n03":
            values = values + 2.0 * drifted
        values = values.round(4)
        values[rng.random(n) < 0.01] = np.nan
        columns[name] = values
    for name in INTEGER:
        columns[name] = rng.poisson(6, n).astype(np.float64)
    return columns


def _codes(
    rng: np.random.Generator, n: int, drifted: np.ndarray, *, unseen: bool
) -> dict[str, np.ndarray]:
    columns = {}
    share = np.linspace(2, 0.5, len(WORDS)) / np.linspace(2, 0.5, len(WORDS)).sum()
    for name in CATEGORICAL:
        drawn = rng.choice(len(WORDS), n, p=share)
        if name == "c01":
            drawn = np.where(drifted, rng.choice(len(WORDS), n, p=share[::-1]), drawn)
        words = np.array([*WORDS, "", "never-seen"], dtype=object)
        drawn = np.where(rng.random(n) < 0.02, len(WORDS), drawn)
        if unseen:
            drawn = np.where(rng.random(n) < 0.001, len(WORDS) + 1, drawn)
        columns[name] = words[drawn]
    columns["b00"] = np.where(rng.random(n) < 0.3, "true", "false").astype(object)
    return columns


def _bodies(
    times: np.ndarray,
    numbers: dict[str, np.ndarray],
    codes: dict[str, np.ndarray],
    score: np.ndarray,
) -> Iterator[bytes]:
    floats = [[_number(v) for v in numbers[name].tolist()] for name in NUMERIC]
    whole = [[f"{v:.0f}" for v in numbers[name].tolist()] for name in INTEGER]
    words = [[f'"{v}"' if v else "null" for v in codes[name].tolist()] for name in CATEGORICAL]
    names = [f'"{name}":%s' for name in FEATURES]
    form = '{"id":"%d","time":%d,"model":"fraud","version":"3","features":{' + ",".join(names)
    form += '},"prediction":"%s","score":%s}'
    columns = zip(*floats, *whole, *words, codes["b00"].tolist(), strict=True)
    for i, (at, s, row) in enumerate(
        zip((times // 1000).tolist(), score.tolist(), columns, strict=True)
    ):
        yield (form % (i, at, *row, "fraud" if s >= 0.5 else "legit", s)).encode()


def _number(value: float) -> str:
    return "null" if value != value else repr(value)
