"""What does the thread of an endpoint do?"""

import random
from collections.abc import Callable, Mapping
from pathlib import Path

from driftwatch.app.worker import Going
from driftwatch.export.health import Health
from driftwatch.notify.alertmanager import AlertmanagerEndpoint, keep_telling
from driftwatch.notify.relay import relay
from driftwatch.notify.settings import AnyEndpoint
from driftwatch.nouns.errors import ConfigurationError
from driftwatch.store import Store


def deliver(
    settings: AnyEndpoint,
    *,
    store: Store,
    health: Health,
    clock: Callable[[], int],
    environ: Mapping[str, str],
    folder: Path,
    going: Going,
    wait: Callable[[float], object],
) -> None:
    """Send what is due to an endpoint until `going` says no; what is wrong stands in `health`.

    Raises ConfigurationError where it cannot be built: a file of it may be mended, so the thread
    tries again.
    """

    def say(text: str) -> None:
        health.notice(f"endpoint {settings.name}", text)

    try:
        endpoint = settings.build(clock=clock, environment=environ, folder=folder)
    except ConfigurationError as error:
        say(str(error))
        raise
    say("")
    try:
        if isinstance(endpoint, AlertmanagerEndpoint):
            keep_telling(
                endpoint,
                store.alerts,
                clock=clock,
                going=going,
                wait=wait,
                say=say,
                count=store.count_delivery,
            )
        else:
            relay(endpoint, store, clock=clock, random=random.random, going=going, wait=wait)
    finally:
        endpoint.close()
        say("")


def unfit(settings: AnyEndpoint, environ: Mapping[str, str], folder: Path) -> str:
    """Say why an endpoint cannot be built as it is configured; empty if it can."""
    try:
        settings.build(clock=lambda: 0, environment=environ, folder=folder).close()
    except ConfigurationError as error:
        return f"endpoint {settings.name}: {error}"
    return ""
