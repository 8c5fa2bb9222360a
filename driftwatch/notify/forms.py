"""In which forms can the same facts be sent?"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from driftwatch.notify import prometheus
from driftwatch.notify.payload import document, written
from driftwatch.notify.samples import sample
from driftwatch.notify.words import summary, text
from driftwatch.nouns.errors import ConfigurationError, Permanent
from driftwatch.nouns.messages import Message

if TYPE_CHECKING:
    from driftwatch.notify.template import Template

Form = Literal["json", "cloudevents", "cloudevents-binary", "alertmanager"]
JSON = "application/json"
PLAIN = "text/plain"
_SPECVERSION = "1.0"
SOME_TIME = 1_700_000_000 * 10**6
# What a template may use. `payload` is what the form `json` has.
NAMES = frozenset({"payload", "data", "id", "type", "summary", "text"})
# What CloudEvents let stand in a header as it is.
_PLAIN = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')


@dataclass(frozen=True, slots=True)
class Written:
    """A body, and what has to be said beside it; the names of `beside` bear no prefix."""

    content_type: str
    body: bytes
    beside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Writer:
    """Writes messages for one endpoint: in a form, or by a template instead."""

    form: Form
    receiver: str
    category_values: bool = False
    template: "Template | None" = None
    content_type: str = JSON

    def write(self, message: Message) -> Written:
        """Write a message; Permanent where its template fails."""
        told = self.document(message)
        if self.template is not None:
            body = self.template.render(context(told)).encode()
            check_json(self.content_type, body)
            return Written(self.content_type, body)
        if self.form == "cloudevents":
            event = {**_attributes(told), "datacontenttype": JSON, "data": _data(told)}
            return Written("application/cloudevents+json", written(event))
        if self.form == "cloudevents-binary":
            beside = {name: quote(value, _PLAIN) for name, value in _attributes(told).items()}
            return Written(JSON, written(_data(told)), beside)
        if self.form == "alertmanager":
            return Written(JSON, written(prometheus.body(told, self.receiver, {})))
        return Written(JSON, written(told))

    def document(self, message: Message) -> dict[str, Any]:
        """Give what this endpoint may be told."""
        return document(message, category_values=self.category_values)


def context(told: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a template may use of a message."""
    return {
        "payload": told,
        "data": told["data"],
        "id": told["id"],
        "type": told["type"],
        "summary": summary(told),
        "text": text(told),
    }


def template_in(text: str | None, file: Path | None, folder: Path, name: str) -> "Template | None":
    """Read an endpoint's template, if it has one; ConfigurationError if it cannot be used."""
    if text is None and file is None:
        return None
    from driftwatch.notify.template import Template  # noqa: PLC0415 - its library is heavy

    if file is None:
        return Template(text or "", f"template of {name}", NAMES)
    try:
        return Template((folder / file).read_text(encoding="utf-8"), str(file), NAMES)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        message = f"the template {file} cannot be read: {why}"
        raise ConfigurationError(message) from None


def tried(writer: Writer, kinds: Iterable[str]) -> None:
    """Write a sample of each kind; ConfigurationError if a template makes nothing of one."""
    for kind in kinds:
        try:
            writer.write(sample(kind, "msg_sample", SOME_TIME))
        except Permanent as error:
            message = f"{error} (of a message of the kind {kind})"
            raise ConfigurationError(message) from None


def check_json(content_type: str, body: bytes) -> None:
    """Refuse a body that is said to be JSON and is none."""
    if content_type.partition(";")[0].strip() != JSON:
        return
    try:
        json.loads(body)
    except ValueError as error:
        message = f"the template makes no {JSON}: {error}"
        raise Permanent(message) from None


def _attributes(told: Mapping[str, Any]) -> dict[str, str]:
    """Give the attributes of a CloudEvent: the source is the model, the subject its version."""
    data = told["data"]
    return {
        "specversion": _SPECVERSION,
        "id": told["id"],
        "source": quote(str(data.get("model", "driftwatch"))),
        "type": told["type"],
        "subject": str(data.get("version", "")) or "none",
        "time": told["timestamp"],
    }


def _data(told: Mapping[str, Any]) -> dict[str, Any]:
    delayed = {key: told[key] for key in ("delayed_by",) if key in told}
    return {**told["data"], **delayed}
