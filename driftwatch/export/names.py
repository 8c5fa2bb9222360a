"""What is each metric called, and what does it mean?

The one list of all metrics: the collector, the documents and the tests read it. No help text holds
a quote or a backslash, so that both text formats write it alike.
"""

from driftwatch.export.metric import CLASS, SEGMENT, VERSION, WINDOW, Metric
from driftwatch.export.statistics import P_VALUES, STATISTICS

WINDOW_ROWS = Metric(
    "driftwatch_window_rows", "gauge", "Rows in the last window that was judged.", WINDOW
)
WINDOW_END = Metric(
    "driftwatch_window_end_timestamp_seconds",
    "gauge",
    "Event time at which the last window that was judged ends.",
    WINDOW,
)
PRIOR = Metric(
    "driftwatch_prior_probability",
    "gauge",
    "Share of the class in the window: estimated from scores or predictions, or among the labels "
    "that came (estimator observed_shares).",
    CLASS,
)
PRIOR_LOWER = Metric(
    "driftwatch_prior_probability_lower",
    "gauge",
    "Lower end of the 95% interval of the share.",
    CLASS,
)
PRIOR_UPPER = Metric(
    "driftwatch_prior_probability_upper",
    "gauge",
    "Upper end of the 95% interval of the share.",
    CLASS,
)
PRIOR_REFERENCE = Metric(
    "driftwatch_prior_probability_reference",
    "gauge",
    "Share of the class among the labelled rows of the reference.",
    CLASS,
)
PRIOR_FIT = Metric(
    "driftwatch_prior_fit_p_value",
    "gauge",
    "Probability of scores as far from the best mixture of the classes, if only shares moved.",
    (*WINDOW, "estimator"),
)
PRIOR_EXPLAINED = Metric(
    "driftwatch_prior_fit_explained",
    "gauge",
    "1 if shares of the classes explain the scores of the window, 0 if something else moved.",
    (*WINDOW, "estimator"),
)
DISCREPANCY = Metric(
    "driftwatch_multivariate_mmd",
    "gauge",
    "Squared maximum mean discrepancy of window and reference, all columns (or a vector) at once.",
    (*WINDOW, "test"),
)
DISCREPANCY_P = Metric(
    "driftwatch_multivariate_mmd_p_value",
    "gauge",
    "Probability of a discrepancy as large without drift, 0.0001 at least.",
    (*WINDOW, "test"),
)
REFERENCE_INFO = Metric(
    "driftwatch_reference_info",
    "info",
    "The reference that a version is judged against; provisional if it was learned.",
    (*VERSION, "fingerprint", "provisional"),
)
LEARNING_ROWS = Metric(
    "driftwatch_learning_rows",
    "gauge",
    "Rows kept to learn the profile of a version that has none.",
    VERSION,
)
LEARNING_TIME = Metric(
    "driftwatch_learning_seconds",
    "gauge",
    "Event time, in whole days, from which such a profile can be learned.",
    VERSION,
)
ALERT_FIRING = Metric(
    "driftwatch_alert_firing",
    "gauge",
    "1 while the alert fires, 0 while it is inactive, pending or resolved.",
    (*VERSION, "alert", "severity"),
)
RETRAINING = Metric(
    "driftwatch_retraining_stage",
    "gauge",
    "1 for the stage of the version's last episode, while it goes on or a training is under way.",
    (*VERSION, "stage"),
)
RETRAINING_HELD = Metric(
    "driftwatch_retraining_held",
    "gauge",
    "1 for each reason that holds a retraining which is wanted.",
    (*VERSION, "reason"),
)
EVIDENCE = Metric(
    "driftwatch_evidence_ratio",
    "gauge",
    "The pager's evidence over that which pages, the most at the last boundary; 1 is a page.",
    (*VERSION, "family"),
)
SEGMENT_EVIDENCE = Metric(
    "driftwatch_segment_evidence_ratio",
    "gauge",
    "The pager's evidence on one segment over that which pages; 1 is a page.",
    (*SEGMENT, "family"),
)
WATERMARK = Metric(
    "driftwatch_watermark_timestamp_seconds",
    "gauge",
    "Event time before which nothing more is expected: panes up to here are closed.",
    ("model",),
)
BOUNDARY = Metric(
    "driftwatch_boundary_timestamp_seconds",
    "gauge",
    "Event time of the last boundary that was judged.",
    ("model",),
)
LAST_EVALUATION = Metric(
    "driftwatch_last_evaluation_timestamp_seconds",
    "gauge",
    "Time of the last judgement that was stored.",
    ("model",),
)
OUTBOX = Metric(
    "driftwatch_outbox_messages", "gauge", "Messages waiting for the endpoint.", ("endpoint",)
)
OUTBOX_OLDEST = Metric(
    "driftwatch_outbox_oldest_timestamp_seconds",
    "gauge",
    "When the oldest message waiting for the endpoint was made; absent while none waits.",
    ("endpoint",),
)
OUTBOX_DEAD = Metric(
    "driftwatch_outbox_dead_messages",
    "gauge",
    "Messages that were given up, kept to be sent again by hand.",
    ("endpoint",),
)
CIRCUIT_OPEN = Metric(
    "driftwatch_endpoint_circuit_open",
    "gauge",
    "1 while the endpoint failed so often that it is only probed.",
    ("endpoint",),
)
ENDPOINT_DISABLED = Metric(
    "driftwatch_endpoint_disabled",
    "gauge",
    "1 while nothing is sent until a person enables the endpoint (it answered 410).",
    ("endpoint",),
)
SERIES_DROPPED = Metric(
    "driftwatch_series_dropped",
    "gauge",
    "Series of the model that are not exported, since it has more than the limit.",
    ("model",),
)
SNAPSHOT = Metric(
    "driftwatch_snapshot_timestamp_seconds", "gauge", "When the exported state was read."
)
STORE_SIZE = Metric("driftwatch_store_size_bytes", "gauge", "Size of the store.")

STATE: tuple[Metric, ...] = (
    PRIOR,
    PRIOR_LOWER,
    PRIOR_UPPER,
    PRIOR_REFERENCE,
    PRIOR_FIT,
    PRIOR_EXPLAINED,
    DISCREPANCY,
    DISCREPANCY_P,
    WINDOW_ROWS,
    WINDOW_END,
    ALERT_FIRING,
    RETRAINING,
    RETRAINING_HELD,
    EVIDENCE,
    SEGMENT_EVIDENCE,
    LEARNING_ROWS,
    LEARNING_TIME,
    WATERMARK,
    BOUNDARY,
    LAST_EVALUATION,
    OUTBOX,
    OUTBOX_OLDEST,
    OUTBOX_DEAD,
    CIRCUIT_OPEN,
    ENDPOINT_DISABLED,
    SNAPSHOT,
    STORE_SIZE,
)

OBSERVATIONS = Metric(
    "driftwatch_observations_total", "counter", "Observations counted in a pane.", VERSION
)
SEGMENT_OBSERVATIONS = Metric(
    "driftwatch_segment_observations_total",
    "counter",
    "Observations of a segment counted in a pane.",
    SEGMENT,
)
LATE = Metric(
    "driftwatch_late_total",
    "counter",
    "Observations whose pane was closed: counted here and dropped.",
    VERSION,
)
UNJUDGED = Metric(
    "driftwatch_unjudged_total",
    "counter",
    "Observations of a version that has no reference.",
    VERSION,
)
UNLEARNED = Metric(
    "driftwatch_unlearned_total",
    "counter",
    "Observations of a version that has no reference, in records too large to learn one of.",
    VERSION,
)
SOURCE_RECORDS = Metric(
    "driftwatch_source_records_total", "counter", "Records read from the source.", ("source",)
)
REJECTED = Metric(
    "driftwatch_rejected_total",
    "counter",
    "Records that could not be decoded, by reason.",
    ("source", "reason"),
)
SKIPS = Metric(
    "driftwatch_source_skips_total",
    "counter",
    "Times that the source went on elsewhere than where it stood, by reason.",
    ("source", "reason"),
)
LOST = Metric(
    "driftwatch_source_lost_records_total",
    "counter",
    "Records that the source passed without reading, by reason.",
    ("source", "reason"),
)
DELIVERIES = Metric(
    "driftwatch_deliveries_total",
    "counter",
    "Attempts to deliver a message, or to tell an Alertmanager what fires, by result.",
    ("endpoint", "result"),
)
# By the kind of a Counter: the metric, and the Counter's fields that are its labels.
COUNTERS: dict[str, tuple[Metric, tuple[str, ...]]] = {
    "observations": (OBSERVATIONS, VERSION),
    "segment": (SEGMENT_OBSERVATIONS, (*VERSION, "reason")),
    "late": (LATE, VERSION),
    "unjudged": (UNJUDGED, VERSION),
    "unlearned": (UNLEARNED, VERSION),
    "received": (SOURCE_RECORDS, ("source",)),
    "rejected": (REJECTED, ("source", "reason")),
    "skipped": (SKIPS, ("source", "reason")),
    "lost": (LOST, ("source", "reason")),
    "delivery": (DELIVERIES, ("source", "reason")),
}

BUILD_INFO = Metric("driftwatch_build_info", "info", "The running release.", ("version",))
SOURCE_UP = Metric(
    "driftwatch_source_up", "gauge", "1 while nothing is wrong with the source.", ("source",)
)
SOURCE_LAG = Metric(
    "driftwatch_source_lag_records",
    "gauge",
    "Records between the source's position and the end of its log.",
    ("source", "partition"),
)
STORE_UP = Metric("driftwatch_store_up", "gauge", "1 if the store could be read for this scrape.")
HEARTBEAT = Metric(
    "driftwatch_heartbeat_timestamp_seconds",
    "gauge",
    "When the thread last said that it is alive.",
    ("thread",),
)
NOTICE = Metric(
    "driftwatch_notice",
    "gauge",
    "1 for each topic on which /readyz has something to say.",
    ("topic",),
)
EVALUATION_DURATION = Metric(
    "driftwatch_evaluation_duration_seconds",
    "gauge",
    "How long the last evaluation of the model took.",
    ("model",),
)
RELOAD_SUCCESSFUL = Metric(
    "driftwatch_config_last_reload_successful",
    "gauge",
    "0 while the configuration file could not be used and the one before it runs on.",
)
RELOAD_TIME = Metric(
    "driftwatch_config_last_reload_success_timestamp_seconds",
    "gauge",
    "When the running configuration was loaded.",
)
LIVE: tuple[Metric, ...] = (
    BUILD_INFO,
    STORE_UP,
    SERIES_DROPPED,
    SOURCE_UP,
    SOURCE_LAG,
    HEARTBEAT,
    NOTICE,
    EVALUATION_DURATION,
    RELOAD_SUCCESSFUL,
    RELOAD_TIME,
)


def every_metric() -> tuple[Metric, ...]:
    """Give all metrics, in the order in which they are served."""
    return (
        *STATISTICS.values(),
        *P_VALUES.values(),
        *STATE,
        REFERENCE_INFO,
        *(metric for metric, _ in COUNTERS.values()),
        *LIVE,
    )
