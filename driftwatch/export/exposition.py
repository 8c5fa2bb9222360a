"""How are metrics written in the two text formats?

Counters and infos differ between the formats: the client library writes them. Gauges do not, and
there may be many thousands of them: they are written here, once for both.
"""

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from driftwatch.export.metric import Metric

Rows = Iterable[tuple[Sequence[str], float]]
Series = tuple[Metric, Rows]
END = b"# EOF\n"


def write_gauges(gauges: Iterable[Series]) -> bytes:
    """Write gauges with finite values; label values are in the order of the metric's labels."""
    escaped: dict[str, str] = {}
    lines = []
    for metric, rows in gauges:
        lines.append(f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} gauge\n")
        labels = ",".join(f'{label}="%s"' for label in metric.labels)
        line = f"{metric.name}{{{labels}}} %r\n" if labels else f"{metric.name} %r\n"
        for values, number in rows:
            for value in values:
                if value not in escaped:
                    escaped[value] = _escape(value)
            lines.append(line % (*[escaped[value] for value in values], float(number)))
    return "".join(lines).encode()


def write(series: Sequence[Series], *, openmetrics: bool) -> bytes:
    """Write metrics of every type, in OpenMetrics without the mark of its end."""
    registry = CollectorRegistry()
    registry.register(_Given([_family(metric, rows) for metric, rows in series]))
    if openmetrics:
        text: bytes = generate_openmetrics(registry)  # type: ignore[no-untyped-call]
        return text.removesuffix(END)
    return generate_latest(registry)


def _clean(label: str) -> str:
    """Make text that UTF-8 can hold: a name out of a JSON file may be half of a surrogate pair."""
    return label.encode("utf-8", "backslashreplace").decode()


def _escape(label: str) -> str:
    return _clean(label).replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _family(metric: Metric, rows: Rows) -> Family:
    if metric.type == "info":
        info = InfoMetricFamily(metric.name.removesuffix("_info"), metric.help)
        for labels, _ in rows:
            info.add_metric([], dict(zip(metric.labels, map(_clean, labels), strict=True)))
        return info
    make = CounterMetricFamily if metric.type == "counter" else GaugeMetricFamily
    made = make(metric.name, metric.help, labels=metric.labels)
    for labels, value in rows:
        made.add_metric([_clean(label) for label in labels], value)
    return made


class _Given:
    """Families as a collector."""

    def __init__(self, families: Sequence[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Family]:
        """Give them."""
        return self._families
