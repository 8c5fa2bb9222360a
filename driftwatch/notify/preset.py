"""How is a message sent to the API of some tool, as a preset describes it?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self, get_args

from pydantic import Field, SecretStr, model_validator

from driftwatch import __version__
from driftwatch.notify.form import PresetForm, preset, read
from driftwatch.notify.forms import JSON, NAMES, SOME_TIME, check_json, context
from driftwatch.notify.http import Address, Courier, HttpSettings, Statuses
from driftwatch.notify.payload import document
from driftwatch.notify.routing import RouteSettings
from driftwatch.notify.samples import sample
from driftwatch.notify.template import Template
from driftwatch.nouns.errors import ConfigurationError, Permanent
from driftwatch.nouns.messages import Answer, Message, Rendered, Search
from driftwatch.outbound.redaction import hide, redact, secrets_of

Ours = Literal[
    "airflow",
    "airflow2",
    "argo_events",
    "github_dispatch",
    "github_workflow",
    "gitlab",
    "kubeflow",
    "pagerduty",
    "slack",
    "teams",
]
BRIEF = 20  # features in `brief`
_USED = NAMES | {"brief", "episode", "token", "values"}


class PresetSettings(RouteSettings, HttpSettings):
    """The API of a tool, as one of our presets or a file describes it."""

    kind: Ours | Literal["preset"]
    file: Path | None = Field(
        None, strict=False, description="The preset, where `kind` is preset: a file of your own."
    )
    url: Address | None = Field(None, description="Where to; shown to nobody.")
    token: SecretStr | None = Field(None, min_length=1, description="What lets us in there.")
    values: Mapping[str, str] = Field(
        default_factory=dict, description="What else the preset wants to know."
    )
    search: bool = Field(
        True, description="Look whether a message was taken before sending it, where that can be."
    )

    @model_validator(mode="before")
    @classmethod
    def _sends_what_it_is_for(cls, given: Any) -> Any:
        if isinstance(given, dict) and "send" not in given and given.get("kind") in get_args(Ours):
            return {**given, "send": preset(given["kind"]).sends}
        return given

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.kind == "preset") != (self.file is not None):
            message = "give a file with the kind preset, and with no other"
            raise ValueError(message)
        if self.kind != "preset":
            self._check(preset(self.kind))
        return self

    def build(
        self, *, clock: Callable[[], int], environment: Mapping[str, str], folder: Path
    ) -> "PresetEndpoint":
        """Make the endpoint; ConfigurationError if a file or a template cannot be used."""
        form = read(folder / self.file) if self.file else preset(str(self.kind))
        try:
            self._check(form)
        except ValueError as error:
            message = f"endpoint {self.name}: {error}"
            raise ConfigurationError(message) from None
        courier = Courier(
            self,
            secrets=self._secrets(),
            statuses=Statuses(form.accepts, form.known, form.refuses),
            clock=clock,
            environment=environment,
            folder=folder,
        )
        endpoint = PresetEndpoint(self, form, courier)
        endpoint.try_on(self.send)
        return endpoint

    def _secrets(self) -> Sequence[str]:
        token = [self.token.get_secret_value()] if self.token else []
        return [*token, *(secrets_of(self.url.get_secret_value()) if self.url else ())]

    def _check(self, form: PresetForm) -> None:
        """Raise ValueError if the preset wants what is not given, or does not know what is."""
        if absent := [name for name in form.needs if getattr(self, name) is None]:
            message = f"{absent[0]} is missing; {self.kind} needs it"
            raise ValueError(message)
        if self.url is None and form.url is None:
            message = "url is missing; the preset names none"
            raise ValueError(message)
        known = ", ".join(sorted(form.values)) or "none"
        if unknown := sorted(self.values.keys() - form.values.keys()):
            message = f"values.{unknown[0]} is not known; known: {known}"
            raise ValueError(message)
        needed = {name for name, default in form.values.items() if default is None}
        if missing := sorted(needed - self.values.keys()):
            message = f"values.{missing[0]} is missing; {self.kind} needs it"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, eq=False)
class _Templates:
    """The templates of a form."""

    path: Template
    headers: Mapping[str, Template]
    body: Template
    search: Template | None = field(default=None)


class PresetEndpoint:
    """Sends messages the way that a form says."""

    def __init__(self, settings: PresetSettings, form: PresetForm, courier: Courier) -> None:
        self.name = settings.name
        self.longest = settings.timeout.total_seconds() * (1 if form.search is None else 2)
        self._settings, self._form, self._courier = settings, form, courier
        self._url = settings.url.get_secret_value() if settings.url else form.url or ""
        self._token = settings.token.get_secret_value() if settings.token else ""
        self._headers = {k: v.get_secret_value() for k, v in settings.headers.items()}
        self._values = {**form.values, **settings.values}
        self._templates = _compiled(form, str(settings.file or f"preset {settings.kind}"))
        self._shown = redact(self._url) if settings.url else self._url
        self._hidden = (*secrets_of(self._url), self._token, *self._headers.values())

    def __repr__(self) -> str:
        """Show the name only."""
        return f"PresetEndpoint({self.name!r})"

    def render(self, message: Message, attempt_at: int) -> Rendered:
        """Make the request, the same every time; Permanent where the preset makes nothing of it."""
        try:
            return self._rendered(message)
        except Permanent as error:  # Jinja's errors may quote what was looked for.
            raise Permanent(hide(str(error), self._hidden)) from None

    def send(self, rendered: Rendered) -> Answer:
        """Send it, unless a search finds that it was taken."""
        return self._courier.send(rendered)

    def hide(self, rendered: Rendered, text: str) -> str:
        """Take what is secret out of a text that belongs to a request."""
        return hide(text, self._hidden)

    def close(self) -> None:
        """Do nothing: connections end with their exchange."""

    def try_on(self, kinds: Sequence[str]) -> None:
        """Make a sample of each kind; ConfigurationError if that cannot be done."""
        for kind in kinds:
            try:
                self.render(sample(kind, "msg_sample", SOME_TIME), SOME_TIME)
            except Permanent as error:
                message = f"endpoint {self.name}: {error} (of a message of the kind {kind})"
                raise ConfigurationError(message) from None

    def _rendered(self, message: Message) -> Rendered:
        told = document(message, category_values=self._settings.category_values)
        used = {
            **context(told),
            "brief": _brief(told),
            "episode": _episode(told),
            "token": self._token,
            "values": self._values,
        }
        made = self._templates
        headers = {
            "user-agent": f"driftwatch/{__version__}",
            **{name: text.render(used) for name, text in made.headers.items()},
            **self._headers,
        }
        headers = {name: value for name, value in headers.items() if value}
        body = made.body.render(used, self._form.largest).encode()
        check_json(headers.get("content-type", JSON), body)
        search = None
        if made.search is not None and self._settings.search:
            path = made.search.render(used)
            search = Search(self._address(path), headers, message.id, self._shown + path)
        path = made.path.render(used)
        url = self._address(path)
        for name, value in headers.items():
            _check(value, f"the header {name}")
        return Rendered(self._form.method, url, headers, body, search, self._shown + path)

    def _address(self, path: str) -> str:
        url = self._url.rstrip("/") + path if path else self._url
        if " " in url:
            message = "the address comes out with blanks; write values in it with | path"
            raise Permanent(message)
        _check(url, "the address")
        return url


def _compiled(form: PresetForm, place: str) -> _Templates:
    headers = {
        name.lower(): Template(text, f"{place}, header {name}", _USED)
        for name, text in form.headers.items()
    }
    search = Template(form.search.path, f"{place}, search", _USED) if form.search else None
    path = Template(form.path, f"{place}, path", _USED)
    return _Templates(path, headers, Template(form.body, f"{place}, body", _USED), search)


def _check(text: str, what: str) -> None:
    """Refuse what HTTP forbids in an address or a header, without showing it."""
    if not text.isascii() or not text.isprintable() or text != text.strip():
        message = f"{what} comes out with characters that HTTP forbids, or blanks around it"
        raise Permanent(message)


def _brief(told: Mapping[str, Any]) -> dict[str, Any]:
    """Give the facts with few features, where an API takes little."""
    data = _fewer(told["data"])
    if "alerts" in data:
        data["alerts"] = [_fewer(alert) for alert in data["alerts"]]
    return {**told, "data": data}


def _fewer(told: Mapping[str, Any]) -> dict[str, Any]:
    features = {key: told[key][:BRIEF] for key in ("features",) if key in told}
    return {**told, **features}


def _episode(told: Mapping[str, Any]) -> str:
    """Name what a firing and its resolved have in common; other messages stand alone."""
    data = told["data"]
    if "state" not in data:
        return str(told["id"])
    return f"{data['model']}/{data['version']}/{data['alert']}#{data['ordinal']}"
