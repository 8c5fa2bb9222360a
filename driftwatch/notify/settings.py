"""Which kinds of endpoint are there?"""

from driftwatch.notify.webhook import WebhookSettings

# The one list: configuration, schema and tests read it. A second kind makes it a union.
AnyEndpoint = WebhookSettings
