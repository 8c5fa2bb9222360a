"""What can be configured?

Each part's settings stand beside the part; here they are put together.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from detectors.kinds import DEFAULTS, AnyDetector
from driftwatch.decide.policy_settings import RetrainingSettings
from driftwatch.decide.settings import AlertSettings
from driftwatch.decode.json import JsonFormat
from driftwatch.notify.settings import AnyEndpoint
from driftwatch.nouns.settings import Duration, Settings
from driftwatch.reference.settings import ReferenceSettings, SegmentSettings
from driftwatch.sources.kafka import KafkaSettings
from driftwatch.sources.simulate import SimulateSettings
from driftwatch.store.settings import StoreSettings
from driftwatch.web.settings import ServerSettings
from driftwatch.window.settings import WindowSettings

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$")]
_CRON_FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 0, 6),
)
_CRON_PART = re.compile(r"(?:\*|(\d+)(?:-(\d+))?|[a-z]{3}(?:-[a-z]{3})?)(?:/[1-9]\d*)?")


class _Kinds:
    """Let a thing of a union be given by its kind alone, as in `format: json`."""

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(_of_kind, handler(source))

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "description": "Its kind."}, handler(core)]}


def _of_kind(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


Detector = Annotated[AnyDetector, Field(discriminator="kind"), _Kinds()]


class ModelSettings(Settings):
    """A model that is watched; what it does not override, the whole configuration says."""

    name: Name = Field(
        description="The model's name, as its records and its profiles have it: at most 64 "
        "letters, digits, dots, dashes and underscores."
    )
    reference: ReferenceSettings = Field(description="What the model is trusted on.")
    window: WindowSettings | None = Field(
        None, description="Settings of `window` that are others for this model."
    )
    detectors: tuple[Detector, ...] | None = Field(
        None, strict=False, min_length=1, description="Instead of `detectors`."
    )
    alerts: AlertSettings | None = Field(None, description="Instead of `alerts`.")
    segments: SegmentSettings | None = Field(None, description="Instead of `segments`.")


class ReadSettings(Settings):
    """What any source's records are, and what is kept of those that were rejected."""

    format: Annotated[JsonFormat, _Kinds()] = Field(
        default_factory=JsonFormat, description="How a record is written; a kind, or its settings."
    )
    models: tuple[Name, ...] = Field(
        (),
        strict=False,
        description="The models whose records come from here; all models if empty. A model is "
        "judged once each of its sources has come far enough.",
    )
    keep_payload: int = Field(
        1024,
        ge=0,
        le=1024,
        description="Bytes of a rejected record that are kept, to be looked at; 0 keeps none.",
    )


class KafkaEntry(ReadSettings, KafkaSettings):
    """Topics of a Kafka cluster, read as one consumer group."""


class SimulateEntry(ReadSettings, SimulateSettings):
    """A simulated stream of a fraud model, first quiet, then drifting."""


SourceEntry = KafkaEntry | SimulateEntry


class IntakeSettings(Settings):
    """How often what was read is put into the store, and how much is read at once."""

    every: Duration = Field(timedelta(seconds=10), description="Append at least so often.")
    records: int = Field(100_000, ge=1, description="Append after so many records.")
    poll: int = Field(5_000, ge=1, description="Read at most so many records at once.")

    @model_validator(mode="after")
    def _moves(self) -> Self:
        if not self.every:
            message = "every 0s would append without pause; write it as in 10s"
            raise ValueError(message)
        return self


class ScheduleSettings(Settings):
    """When a tick looks for boundaries to judge; which ones there are is the window's affair."""

    evaluate: Duration | None = Field(
        None, description="Look so often. 1m, if neither this nor cron is given."
    )
    cron: str | None = Field(
        None,
        description="Look when this says (minute, hour, day of month, month, day of week; UTC).",
        examples=["*/5 * * * *"],
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.evaluate is not None and self.cron is not None:
            message = "evaluate and cron are both given; keep one"
            raise ValueError(message)
        if self.evaluate is not None and not self.evaluate:
            message = "evaluate 0s would look without pause; write it as in 1m"
            raise ValueError(message)
        if self.cron is not None:
            _check_cron(self.cron)
        return self

    @property
    def interval(self) -> timedelta | None:
        """How often to look; None where cron says when."""
        return None if self.cron is not None else self.evaluate or timedelta(minutes=1)


class LogSettings(Settings):
    """What the daemon says on standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least that is said."
    )
    format: Literal["console", "json"] = Field(
        "json", description="One JSON object a line, or lines for people."
    )


@dataclass(frozen=True, slots=True)
class Watched:
    """A model with all that holds for it, its own settings before the common ones."""

    name: str
    reference: ReferenceSettings
    window: WindowSettings
    detectors: tuple[AnyDetector, ...]
    alerts: AlertSettings
    segments: SegmentSettings


class Config(Settings):
    """The whole configuration."""

    models: tuple[ModelSettings, ...] = Field(
        strict=False, min_length=1, description="The models that are watched."
    )
    sources: tuple[Annotated[SourceEntry, Field(discriminator="kind")], ...] = Field(
        strict=False, min_length=1, description="Where records come from."
    )
    window: WindowSettings = Field(
        WindowSettings(), description="How event time is cut, and how long we wait for it."
    )
    intake: IntakeSettings = Field(
        IntakeSettings(), description="How what was read gets into the store."
    )
    schedule: ScheduleSettings = Field(ScheduleSettings(), description="When to judge.")
    detectors: tuple[Detector, ...] = Field(
        DEFAULTS,
        strict=False,
        min_length=1,
        description="The statistics that are computed, the estimates of the classes' shares, and "
        "the tests of all columns at once; each a kind, or its settings.",
    )
    alerts: AlertSettings = Field(AlertSettings(), description="What becomes an alert.")
    segments: SegmentSettings = Field(
        SegmentSettings(), description="Whose rows are watched apart too, inside the same budget."
    )
    retraining: RetrainingSettings = Field(
        RetrainingSettings(), description="When a training is asked for, and what becomes of it."
    )
    endpoints: tuple[AnyEndpoint, ...] = Field(
        (), strict=False, description="Where alerts are sent."
    )
    store: StoreSettings = Field(description="Where the state is kept.")
    server: ServerSettings = Field(
        ServerSettings(), description="Where metrics, probes and the API are served."
    )
    log: LogSettings = Field(LogSettings(), description="What the daemon says.")

    @property
    def watched(self) -> tuple[Watched, ...]:
        """Every model with the settings that hold for it."""
        return tuple(
            Watched(
                name=model.name,
                reference=model.reference,
                window=model.window or self.window,
                detectors=model.detectors or self.detectors,
                alerts=model.alerts or self.alerts,
                segments=model.segments or self.segments,
            )
            for model in self.models
        )


def _check_cron(text: str) -> None:
    fields = text.split()
    if len(fields) != len(_CRON_FIELDS):
        message = f"{text!r} has {len(fields)} fields, not 5; write it as in */5 * * * *"
        raise ValueError(message)
    for value, (name, low, high) in zip(fields, _CRON_FIELDS, strict=True):
        for part in value.split(","):
            found = _CRON_PART.fullmatch(part)
            numbers = [int(n) for n in found.groups() if n] if found else []
            if found is None or any(not low <= n <= high for n in numbers):
                message = f"{part!r} is not a {name} of cron ({low} to {high}), in {text!r}"
                raise ValueError(message)
