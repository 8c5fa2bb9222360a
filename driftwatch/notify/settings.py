"""Which kinds of endpoint are there?"""

from typing import Annotated

from pydantic import Field

from driftwatch.notify.alertmanager import AlertmanagerSettings
from driftwatch.notify.kafka import KafkaTopicSettings
from driftwatch.notify.mail import MailSettings
from driftwatch.notify.preset import PresetSettings
from driftwatch.notify.webhook import WebhookSettings

# The one list: configuration, schema and tests read it.
AnyEndpoint = Annotated[
    WebhookSettings | PresetSettings | KafkaTopicSettings | MailSettings | AlertmanagerSettings,
    Field(discriminator="kind"),
]
