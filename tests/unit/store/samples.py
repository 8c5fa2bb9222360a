"""What do the tests put into a store?"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from detectors.comparison import Compared
from detectors.multivariate import Discrepancy
from detectors.prior import Estimated, Refused
from driftwatch.nouns.judgements import (
    AlertKey,
    AlertState,
    Judgement,
    State,
    Transition,
    Verdicts,
)
from driftwatch.nouns.messages import Attempt, Message, Outcome
from driftwatch.nouns.records import (
    Delta,
    Part,
    Population,
    Position,
    Reason,
    RejectedRecord,
    Tally,
)
from driftwatch.store import Store

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FRAUD = Population("fraud", "3")
KEY = AlertKey("fraud", "3", "CovariateShift")
SHARES = Estimated(
    classes=("legit", "größer"),
    prior=np.array([0.1 + 0.2, 0.7]),
    low=np.array([0.0, 0.65]),
    high=np.array([0.35, 1.0]),
    reference=np.array([0.97, 0.03]),
    n=2**53 + 1,
    m=5000,
    refused=Refused.NOT_REFUSED,
    reason="",
    x2=7.25,
    df=8,
    p_value=5e-324,
    effect=0.25,
    variation=0.125,
    explained=False,
)
REFUSED = replace(
    SHARES,
    prior=np.full(2, np.nan),
    low=np.full(2, np.nan),
    high=np.full(2, np.nan),
    refused=Refused.NO_LABELS,
    reason="no labels have come",
    p_value=np.nan,
    explained=None,
)


def part(pane: int, rows: int = 10, population: Population = FRAUD, **changes: object) -> Part:
    body = f"{population.segment}@{pane}:{rows}".encode()
    return replace(Part(population, "f1", pane, rows, body), **changes)  # type: ignore[arg-type]


def delta(
    first: int = 0,
    next: int = 10,
    *,
    partition: str = "t-0",
    source: str = "kafka",
    position: Position | None = None,
    parts: tuple[Part, ...] = (),
    tallies: Mapping[Tally, int] | None = None,
    rejected: tuple[RejectedRecord, ...] = (),
) -> Delta:
    return Delta(
        source=source,
        span={partition: (first, next)},
        positions={partition: position or Position(next)},
        parts=parts,
        tallies=observed(parts) if tallies is None else tallies,
        rejected=rejected,
    )


def observed(parts: tuple[Part, ...]) -> dict[Tally, int]:
    counts: dict[Tally, int] = {}
    for p in parts:
        if not p.population.segment:
            tally = Tally("observations", p.pane, p.population.model, p.population.version)
            counts[tally] = counts.get(tally, 0) + p.rows
    return counts


def bad(offset: int, **changes: object) -> RejectedRecord:
    record = RejectedRecord("kafka", "t-0", offset, 5, Reason.NOT_JSON, "at byte 3", b"{", "fraud")
    return replace(record, **changes)  # type: ignore[arg-type]


def judgement(previous: int | None = None, boundary: int = MINUTE, **changes: object) -> Judgement:
    return replace(Judgement("fraud", previous, boundary, 1_000), **changes)  # type: ignore[arg-type]


def message(id: str = "m1", kind: str = "firing", order: str = "fraud/3/CovariateShift") -> Message:
    return Message(id, kind, order, MINUTE, {"features": ["amount"], "psi": 0.31})


def attempt(
    message: str = "m1", outcome: Outcome = Outcome.DELIVERED, at: int = 2_000, **changes: object
) -> Attempt:
    tried = Attempt(message, "people", at, outcome, 200, "ok")
    return replace(tried, **changes)  # type: ignore[arg-type]


def alert(state: State = State.FIRING, **changes: object) -> AlertState:
    told = AlertState(KEY, state, MINUTE, "f1", "critical", 2, {"since": {"psi/amount": 7}}, {})
    return replace(told, **changes)  # type: ignore[arg-type]


def transition(boundary: int = MINUTE, **changes: object) -> Transition:
    told = Transition(KEY, State.PENDING, State.FIRING, boundary, 2, "critical", "f1", {"n": 3})
    return replace(told, **changes)  # type: ignore[arg-type]


def verdicts(end: int = HOUR, window: str = "1h", population: Population = FRAUD) -> Verdicts:
    odd = np.array([0.1 + 0.2, np.nan, -0.0, np.inf, 5e-324])
    compared = Compared(
        statistic=odd,
        p_value=np.full(5, np.nan),
        low=-odd,
        high=odd[::-1],
        n=np.arange(5) + 2**53 + 1,
        m=np.full(5, 2**62),
        undefined=np.array([0, 1, 2, 3, 4], dtype=np.int8),
    )
    names = ("amount", "age", "größe", "country", "device")
    return Verdicts(
        population=population,
        reference="f1",
        window=window,
        start=end - HOUR,
        end=end,
        rows=1234,
        features=names,
        roles=("feature",) * 5,
        statistics={"psi": compared, "kolmogorov_smirnov": compared},
        priors={"histogram_likelihood": SHARES, "observed_shares": REFUSED},
        discrepancies={"mmd": Discrepancy(5e-324, 1e-4, 2**53 + 1, 7)},
    )


def committed(store: Store, *messages: Message, endpoints: tuple[str, ...] = ("people",)) -> None:
    """Commit a boundary that sends these messages."""
    before = store.snapshot(0).models.get("fraud")
    previous = None if before is None else before.boundary
    store.close("fraud", lambda _: 10 * DAY)
    boundary = MINUTE if previous is None else previous + MINUTE
    sent = tuple((m, endpoints) for m in messages)
    store.commit(judgement(previous, boundary, messages=sent))


def everything(store: Store) -> tuple[object, ...]:
    """Give all that a store shows, to see that nothing of it changed."""
    snapshot = store.snapshot(0)
    return (
        store.positions(),
        store.counters(),
        store.tallies(-(2**60), 2**60),
        store.refused("fraud", ["kafka", "http"], -(2**60), 2**60),
        store.rejected(10**6),
        store.panes("fraud", -(2**60), 2**60),
        store.hours("fraud", -(2**60), 2**60),
        store.transitions(10**6),
        store.deliveries(10**6),
        snapshot.alerts,
        snapshot.models,
        snapshot.outgoing,
    )
