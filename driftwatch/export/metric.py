"""What is a metric, and which labels do many of them share?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

SECOND = 10**6


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as Prometheus shows it; `name` carries `_total` or `_info` where they are due."""

    name: str
    type: Literal["gauge", "counter", "info"]
    help: str
    labels: tuple[str, ...] = ()


VERSION = ("model", "version")
SEGMENT = (*VERSION, "segment")
WINDOW = (*VERSION, "window")
FEATURE = (*WINDOW, "feature", "role")
CLASS = (*WINDOW, "estimator", "class")


def as_markdown(metrics: Sequence[Metric]) -> str:
    """Write the table of metrics that docs/metrics.md holds."""
    rows = ["| metric | type | labels | meaning |", "|---|---|---|---|"]
    rows += [f"| `{m.name}` | {m.type} | {', '.join(m.labels)} | {m.help} |" for m in metrics]
    return "\n".join(rows) + "\n"
