"""How does an Alertmanager know which alerts fire?

It is told again and again what fires, and for a while what does so no more: from the state of the
alerts, outside the outbox. An alert that is not heard of ends there by itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from driftwatch import __version__
from driftwatch.notify import prometheus
from driftwatch.notify.http import Address, Courier, HttpSettings, Statuses
from driftwatch.notify.payload import Kind, document, written
from driftwatch.nouns.errors import DriftwatchError
from driftwatch.nouns.judgements import AlertState, State
from driftwatch.nouns.messages import Answer, Message, Outcome, Rendered
from driftwatch.nouns.settings import Duration, microseconds
from driftwatch.outbound.redaction import redact, secrets_of
from driftwatch.report.times import show_time

PATH = "/api/v2/alerts"
LINGERS = 300 * 10**6  # how long what is resolved is told
MISSED = 4  # tellings that may be missed before an alert ends by itself
Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Labels = tuple[tuple[str, str], ...]


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else (value,)


class AlertmanagerSettings(HttpSettings):
    """An Alertmanager, or all of a cluster: each is told everything."""

    kind: Literal["alertmanager"] = "alertmanager"
    name: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="Its name everywhere.")
    urls: Annotated[tuple[Address, ...], BeforeValidator(_listed)] = Field(
        min_length=1, description="Where they are; /api/v2/alerts is added. One, or a list."
    )
    labels: Mapping[Label, str] = Field(
        default_factory=dict, description="Further labels of every alert."
    )
    every: Duration = Field(timedelta(seconds=30), description="How often it is told, at most 60s.")
    # It gets no messages: what it is told is the state.
    send: ClassVar[tuple[Kind, ...]] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not timedelta(seconds=1) <= self.every <= timedelta(seconds=60):
            message = "every is not between 1s and 60s"
            raise ValueError(message)
        return self

    def build(
        self, *, clock: Callable[[], int], environment: Mapping[str, str], folder: Path
    ) -> "AlertmanagerEndpoint":
        """Make the endpoint; ConfigurationError if one of its files cannot be used."""
        courier = Courier(
            self,
            secrets=[p for url in self.urls for p in secrets_of(url.get_secret_value())],
            statuses=Statuses(),
            clock=clock,
            environment=environment,
            folder=folder,
        )
        return AlertmanagerEndpoint(self, courier)


@dataclass(frozen=True, slots=True, eq=False)
class _Ended:
    """An alert that fires no more, and since when (wall time) we know."""

    alert: Mapping[str, Any]
    at: int


class AlertmanagerEndpoint:
    """Tells every Alertmanager of a cluster which alerts fire."""

    def __init__(self, settings: AlertmanagerSettings, courier: Courier) -> None:
        self.name = settings.name
        self.longest = settings.timeout.total_seconds() * len(settings.urls)
        self._urls = [url.get_secret_value().rstrip("/") + PATH for url in settings.urls]
        self._headers = {k: v.get_secret_value() for k, v in settings.headers.items()}
        self._labels, self._courier = settings.labels, courier
        self.every = settings.every.total_seconds()
        self._lasts = MISSED * microseconds(settings.every)
        self._firing: dict[Labels, Mapping[str, Any]] = {}
        self._ended: dict[Labels, _Ended] | None = None

    def __repr__(self) -> str:
        """Show the name only."""
        return f"AlertmanagerEndpoint({self.name!r})"

    def tell(self, states: Sequence[AlertState], now: int) -> bool:
        """Tell what fires and what has ended, if anything; raise what any of them does not take."""
        alerts = self.alerts(states, now)
        if alerts:
            self.send(self._posted(alerts))
        return bool(alerts)

    def alerts(self, states: Sequence[AlertState], now: int) -> list[Mapping[str, Any]]:
        """Give what is to be told, and remember it.

        What has ended is what was told to fire and does so no more, whatever became of it; when we
        begin, it is what is stored as resolved, for we may have ended before we told.
        """
        firing = dict(self._alert(s, now) for s in states if s.state is State.FIRING)
        if self._ended is None:
            told = (self._alert(s, now) for s in states if s.state is State.RESOLVED)
            self._ended = {labels: _Ended(alert, now) for labels, alert in told}
        gone = {k: _Ended(a, now) for k, a in self._firing.items() if k not in firing}
        kept = {k: e for k, e in self._ended.items() if k not in firing and e.at + LINGERS > now}
        self._ended, self._firing = {**kept, **gone}, firing
        until = show_time(now + self._lasts)
        return [
            *({**alert, "endsAt": until} for alert in firing.values()),
            *({**e.alert, "endsAt": show_time(e.at)} for e in self._ended.values()),
        ]

    def render(self, message: Message, attempt_at: int) -> Rendered:
        """Make the request that a message would be, for people to see and to try."""
        told = document(message)
        resolved = message.kind == "resolved"
        until = attempt_at if resolved else attempt_at + self._lasts
        alert = {
            "labels": prometheus.labels(told, self._labels),
            "annotations": prometheus.annotations(told),
            "startsAt": show_time(min(message.at, attempt_at)),
            "endsAt": show_time(until),
        }
        return self._posted([alert])

    def send(self, rendered: Rendered) -> Answer:
        """Send it to each, and raise what the first to refuse it says."""
        problem: DriftwatchError | None = None
        answer = Answer(200, "")
        for url in self._urls:
            try:
                answer = self._courier.send(replace(rendered, url=url))
            except DriftwatchError as error:
                problem = problem or error
        if problem is not None:
            raise problem
        return answer

    def hide(self, rendered: Rendered, text: str) -> str:
        """Take what is secret out of a text that belongs to a request."""
        return self._courier.hide(text)

    def close(self) -> None:
        """Do nothing: connections end with their exchange."""

    def _posted(self, alerts: Sequence[Mapping[str, Any]]) -> Rendered:
        headers = {
            "content-type": "application/json",
            "user-agent": f"driftwatch/{__version__}",
            **self._headers,
        }
        shown = redact(self._urls[0].removesuffix(PATH)) + PATH
        return Rendered("POST", self._urls[0], headers, written(list(alerts)), shown=shown)

    def _alert(self, state: AlertState, now: int) -> tuple[Labels, Mapping[str, Any]]:
        told = _told(state)
        labels = prometheus.labels(told, self._labels)
        alert = {
            "labels": labels,
            "annotations": prometheus.annotations(told),
            "startsAt": show_time(min(state.since, now)),
        }
        return tuple(sorted(labels.items())), alert


def _told(state: AlertState) -> dict[str, Any]:
    """Give a state as a message of it would be told."""
    features = [
        {**{k: v for k, v in entry.items() if v is not None}, "since": show_time(entry["since"])}
        for entry in state.evidence.get("features", ())
    ]
    resolved = state.state is State.RESOLVED
    return {
        "type": f"io.driftwatch.alert.{'resolved' if resolved else 'firing'}",
        "timestamp": show_time(state.since),
        "data": {
            "model": state.key.model,
            "version": state.key.version,
            "alert": state.key.alert,
            "severity": state.severity,
            "ordinal": state.ordinal,
            "features": features,
            "features_in_breach": len({entry["feature"] for entry in features}),
            "reference": {"fingerprint": state.reference},
        },
    }


def keep_telling(
    endpoint: AlertmanagerEndpoint,
    states: Callable[[], Sequence[AlertState]],
    *,
    clock: Callable[[], int],
    going: Callable[[], bool],
    wait: Callable[[float], object],
    say: Callable[[str], None],
    count: Callable[[str, Outcome], None],
) -> None:
    """Tell the state as often as configured, until `going` says no; `say` what is wrong.

    What came of each telling is counted; one that failed waits, for the next tells all again.
    """
    while going():
        try:
            problem = _told_once(endpoint, states(), clock(), count)
        except DriftwatchError as error:
            problem = str(error)
        say(problem)
        wait(endpoint.every)


def _told_once(
    endpoint: AlertmanagerEndpoint,
    states: Sequence[AlertState],
    now: int,
    count: Callable[[str, Outcome], None],
) -> str:
    try:
        told = endpoint.tell(states, now)
    except DriftwatchError as error:
        count(endpoint.name, Outcome.WAITING)
        return str(error)
    if told:
        count(endpoint.name, Outcome.DELIVERED)
    return ""
