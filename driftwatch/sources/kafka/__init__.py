"""How is a Kafka topic read so that each record counts exactly once?

The truth about positions is in driftwatch's store, which moves them in the transaction that saves
the counts. Offsets committed to Kafka only tell other people how far reading has come, and where
an empty store begins. The answers for every offset:

| what is found at an assignment, or later | where reading goes on | counted as |
|---|---|---|
| nothing is stored, the group has committed an offset | the committed offset | |
| nothing is stored, nothing committed | `start`: earliest or latest | |
| the stored offset lies in the log (also one restored from a backup) | the stored offset | |
| the stored offset is older than the log's start | the log's start | expired, with their number |
| the stored offset is newer than the log's end: the log was cut | the log's end | truncated |
| the log was cut and has grown again while it was read | where it was cut | truncated |
| the topic was deleted and made again (its id differs) | the new log's earliest | recreated |
| the topic does not exist | waits for it; `status` says so | |
| a batch that is corrupt or too large, three times in a row | behind it | poison, with number |
| aborted transactions, control records | behind them: the span covers them | |
| an open transaction | waits before it, and does not stand at the log's end | |

Each is a span from the stored offset to where reading goes on, so that the store's compare-and-set
moves along; the second may be the smaller. The three tries of a poisonous batch are counted within
one process, a second apart: a restart between them costs three more tries and nothing else.

A record's arrival is its timestamp in the log: with `message.timestamp.type=LogAppendTime` that is
when the log took it, with CreateTime when its producer says that it was made.
"""

from driftwatch.outbound.brokers import SaslSettings, TlsSettings
from driftwatch.sources.kafka.settings import KafkaSettings

__all__ = ["KafkaSettings", "SaslSettings", "TlsSettings"]
