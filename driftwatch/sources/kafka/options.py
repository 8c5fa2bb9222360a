"""What does kafka-python have to be told, by the settings and by how driftwatch reads?"""

from typing import Any

from driftwatch.nouns.settings import microseconds
from driftwatch.outbound.brokers import PROXY, security
from driftwatch.sources.kafka.settings import KafkaSettings

PATIENCE = 3.0  # seconds for one question to the cluster
FRAME = 64 * 1024  # what a response holds beside the records


def common(settings: KafkaSettings) -> dict[str, Any]:
    """Give the options of every connection."""
    return {
        "bootstrap_servers": list(settings.brokers),
        "client_id": "driftwatch",
        "proxy_url": f"{PROXY}://",
        "bootstrap_timeout_ms": PATIENCE * 1000,
        "request_timeout_ms": 30_000,
        "reconnect_backoff_max_ms": 5_000,
        "metadata_max_age_ms": microseconds(settings.check) // 1000,
        "receive_message_max_bytes": settings.max_record + FRAME,
        **security(settings),
    }


def reading(settings: KafkaSettings, instance: str) -> dict[str, Any]:
    """Give the options of the connection that reads as a member of the group."""
    session = microseconds(settings.session) // 1000
    return {
        "group_id": settings.group,
        "group_instance_id": instance,
        "session_timeout_ms": session,
        "heartbeat_interval_ms": min(3000, session // 3),
        "auto_offset_reset": "none",
        "enable_auto_commit": False,
        "isolation_level": "read_committed",
        "allow_auto_create_topics": False,
        "fetch_max_bytes": settings.fetch_bytes,
        "max_partition_fetch_bytes": settings.partition_bytes,
        "metrics_enabled": False,
    }
