"""How does a list of values become the metric families of the client library?"""

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from driftwatch.export.names import Metric

Rows = Iterable[tuple[Sequence[str], float]]
END = b"# EOF\n"


def clean(label: str) -> str:
    """Make text that UTF-8 can hold: a name out of a JSON file may be half of a surrogate pair."""
    return label.encode("utf-8", "backslashreplace").decode()


def family(metric: Metric, rows: Rows) -> Family:
    """Make one family; the label values are in the order of the metric's labels."""
    if metric.type == "info":
        info = InfoMetricFamily(metric.name.removesuffix("_info"), metric.help)
        for labels, _ in rows:
            info.add_metric([], dict(zip(metric.labels, map(clean, labels), strict=True)))
        return info
    make = CounterMetricFamily if metric.type == "counter" else GaugeMetricFamily
    made = make(metric.name, metric.help, labels=metric.labels)
    for labels, value in rows:
        made.add_metric([clean(label) for label in labels], value)
    return made


class _Given:
    """Families as a collector."""

    def __init__(self, families: Sequence[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Family]:
        """Give them."""
        return self._families


def rendered(families: Sequence[Family], *, openmetrics: bool) -> bytes:
    """Write families as text, in OpenMetrics without the mark of its end."""
    registry = CollectorRegistry()
    registry.register(_Given(families))
    if openmetrics:
        text: bytes = generate_openmetrics(registry)  # type: ignore[no-untyped-call]
        return text.removesuffix(END)
    return generate_latest(registry)
