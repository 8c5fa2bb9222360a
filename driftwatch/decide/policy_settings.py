"""When does an alert ask for a retraining, and when for a person?"""

from datetime import timedelta
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from driftwatch.decide.settings import Severity
from driftwatch.nouns.settings import Duration, Settings

Family = Literal["covariate", "prior", "concept", "quality", "multivariate"]
Answer = Literal["retrain", "investigate", "nothing"]
ValueAlert = Literal["CovariateShift", "PriorShift", "ConceptShift"]


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        message = f"{text!r} is not an address such as https://driftwatch.example:9464"
        raise ValueError(message)
    return text.rstrip("/")


class Answers(Settings):
    """What a firing alert is answered with; what is not said of it does not matter."""

    alert: ValueAlert | None = Field(None, description="The kind of alert.")
    family: Family | None = Field(None, description="The family of what was found.")
    severity: Severity | None = Field(None, description="This severity, or a higher one.")
    effect: float | None = Field(
        None, ge=0, description="An effect of this size, or a larger one, on any feature."
    )
    answer: Answer = Field(
        "retrain", description="retrain, investigate (call a person), or nothing."
    )


class SoundSettings(Settings):
    """Largest changes of quality, as Cohen's h, with which data are fit to be trained on."""

    missing: float = Field(0.1, ge=0, description="Of the share of missing values.")
    unseen: float = Field(0.1, ge=0, description="Of the share of categories never seen before.")
    out_of_range: float = Field(
        0.2,
        ge=0,
        description="Of the share of numbers outside the reference's range. Sound values that "
        "shift leave it too, so it is wider.",
    )


class TakeoverSettings(Settings):
    """By what a new version is known to have taken over."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    share: float = Field(
        0.6,
        gt=0.5,
        le=1,
        description="The share of the model's rows that it carries; a shadow has half of them.",
    )
    rows: int = Field(500, ge=1, description="The least rows of a window that say so.")
    lasting: Duration = Field(
        timedelta(hours=1), alias="for", description="For how long, by event time."
    )


class RetrainingSettings(Settings):
    """When a retraining is asked for, and what becomes of it."""

    settle: Duration = Field(
        timedelta(minutes=10), description="For how long, by event time, alerts must fire first."
    )
    cool_down: Duration = Field(
        timedelta(hours=24),
        description="For so long after a training, and after an empty store, none is asked for.",
    )
    times_out: Duration = Field(
        timedelta(hours=24), description="A training of which nothing was heard is over after this."
    )
    expires: Duration = Field(
        timedelta(hours=24), description="A request that nobody took is void after this."
    )
    provisional: bool = Field(
        False,
        description="Whether drift from a learned reference, which nobody has looked at, asks for "
        "one too.",
    )
    sound: SoundSettings = Field(SoundSettings(), description="Data fit to be trained on.")
    takeover: TakeoverSettings = Field(TakeoverSettings(), description="When a version is live.")
    rules: tuple[Answers, ...] = Field(
        (Answers(),),
        strict=False,
        description="How alerts are answered; the first that fits counts, none means nothing.",
    )
    address: Annotated[str, AfterValidator(_address)] | None = Field(
        None, description="Where pipelines reach this daemon; links in messages begin with it."
    )

    @model_validator(mode="after")
    def _moves(self) -> Self:
        for name in ("times_out", "expires"):
            if not getattr(self, name):
                message = f"{name} 0s would end a retraining at once; write it as in 24h"
                raise ValueError(message)
        return self
