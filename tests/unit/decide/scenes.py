"""Verdicts made of plain numbers, and a store that keeps alerts as JSON."""

import dataclasses
import json
from collections.abc import Mapping, Sequence

import numpy as np

from detectors.comparison import Compared
from driftwatch.decide.rules import decide
from driftwatch.decide.settings import AlertSettings
from driftwatch.nouns.judgements import (
    AlertKey,
    AlertState,
    Opened,
    State,
    Transition,
    Verdicts,
)
from driftwatch.nouns.records import Population

HOUR = 3_600_000_000
START = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z


def compared(
    values: Sequence[float], rows: int | Sequence[int] = 1000, p: Sequence[float] | None = None
) -> Compared:
    statistic = np.array(values, dtype=np.float64)
    nothing = np.full(len(values), np.nan)
    n = np.broadcast_to(np.array(rows, dtype=np.int64), statistic.shape)
    return Compared(
        statistic=statistic,
        p_value=nothing if p is None else np.array(p, dtype=np.float64),
        low=nothing,
        high=nothing,
        n=n,
        m=np.full(len(values), 10_000),
        undefined=np.where(np.isnan(statistic), 3, 0).astype(np.int8),
    )


def verdicts(
    boundary: int,
    statistics: Mapping[str, Compared],
    roles: Sequence[str],
    *,
    version: str = "3",
    length: int = HOUR,
    segment: str = "",
) -> Verdicts:
    names = []
    for role in roles:
        names.append(f"{role[0]}{sum(name[0] == role[0] for name in names)}")
    return Verdicts(
        population=Population("fraud", version, segment),
        reference="ref-1",
        window="1h" if length == HOUR else "1d",
        start=boundary - length,
        end=boundary,
        rows=1000,
        features=tuple(names),
        roles=tuple(roles),
        statistics=statistics,
    )


class Judged:
    """Judges one boundary after the other, saving the alerts as JSON in between."""

    def __init__(self, *rules: object, reference: str = "ref-1") -> None:
        self.settings = AlertSettings.model_validate_json(json.dumps({"rules": rules}))
        self.reference = reference
        self.alerts: dict[AlertKey, AlertState] = {}
        self.told: list[Transition] = []

    def look(
        self,
        hour: float,
        values: Sequence[float] | None,
        *,
        rows: int | Sequence[int] = 1000,
        p: Sequence[float] | None = None,
        statistic: str = "psi",
        roles: Sequence[str] | None = None,
        length: int = HOUR,
    ) -> list[Transition]:
        boundary = START + int(hour * HOUR)
        seen = []
        if values is not None:
            of = {statistic: compared(values, rows, p)}
            seen = [verdicts(boundary, of, roles or ["feature"] * len(values), length=length)]
        return self.judge(boundary, seen)

    def judge(self, boundary: int, seen: Sequence[Verdicts]) -> list[Transition]:
        opened = Opened("fraud", None, boundary, boundary, dict(self.alerts))
        references = {("fraud", "3"): self.reference}
        alerts, transitions = decide(opened, seen, self.settings, references)
        for alert in alerts:
            self.alerts[alert.key] = restored(saved(alert))
        self.told += transitions
        return list(transitions)

    def state(self, alert: str = "CovariateShift") -> State:
        return self.alerts[AlertKey("fraud", "3", alert)].state


def saved(alert: AlertState) -> str:
    return json.dumps(dataclasses.asdict(alert), allow_nan=False)


def restored(text: str) -> AlertState:
    fields = json.loads(text)
    return AlertState(
        **fields | {"key": AlertKey(**fields["key"]), "state": State(fields["state"])}
    )
