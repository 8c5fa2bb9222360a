"""Where do a record's fields stand, and what is acceptable in them?"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from driftwatch.nouns.settings import Settings

TimeUnit = Literal["auto", "s", "ms", "us"]


def split_path(value: Any) -> tuple[str, ...]:
    """Read a path: keys joined by dots, or a list of keys where a key itself holds a dot."""
    if value == "":
        return ()
    keys = value.split(".") if isinstance(value, str) else value
    if not isinstance(keys, list | tuple) or not all(isinstance(k, str) and k for k in keys):
        message = f"{value!r} is not a path; write it as in meta.time, or as a list of keys"
        raise ValueError(message)
    return tuple(keys)


def join_path(path: tuple[str, ...]) -> str | list[str]:
    """Write a path the way that `split_path` reads it."""
    return list(path) if any("." in key for key in path) else ".".join(path)


MaybePath = Annotated[
    tuple[str, ...],
    BeforeValidator(split_path),
    PlainSerializer(join_path, return_type=str | list[str]),
    WithJsonSchema({"type": ["string", "array"], "items": {"type": "string"}}),
]
Path = Annotated[MaybePath, Field(min_length=1)]


class RecordSettings(Settings):
    """Paths to the fields of a record (keys joined by dots), and what is acceptable in them."""

    time: Path = Field(("time",), description="Path to the event time.")
    time_unit: TimeUnit = Field(
        "auto",
        description="Unit of times that are numbers; auto tells it by their size. Texts are "
        "RFC 3339 with an offset.",
    )
    missing_time: Literal["reject", "arrival"] = Field(
        "reject",
        description="What becomes of a record without a time: rejected, or the time of its "
        "arrival is taken.",
    )
    earliest_year: int = Field(
        2000,
        ge=1973,
        le=2099,
        description="Event times before this year (or after 2099) are absurd.",
    )
    model: Path = Field(("model",), description="Path to the model's name.")
    default_model: str | None = Field(
        None, min_length=1, description="The model of records that do not name one."
    )
    version: Path = Field(("version",), description="Path to the model's version, a text.")
    default_version: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$",
        description="The version of records that do not name one.",
    )
    features: MaybePath = Field(
        ("features",),
        description='Path to the object that holds the features; "" if they stand at the top.',
    )
    prediction: Path = Field(("prediction",), description="Path to the prediction.")
    score: Path = Field(("score",), description="Path to the score.")
    scores: Path = Field(
        ("scores",),
        description="Path to the object with the probability of each class, where there are "
        "several.",
    )
    label: Path = Field(("label",), description="Path to the label, where it comes along.")
    id: Path = Field(("id",), description="Path to the id, for a column with the role key.")
    columns: dict[str, Path] = Field(
        {}, description="Paths of single columns, where they stand elsewhere than the others."
    )
    required: tuple[str, ...] = Field(
        (),
        strict=False,
        description="Columns (or keys beside them) without which a record is rejected.",
    )
    max_bytes: int = Field(
        1_000_000, ge=100, le=100_000_000, description="Larger records are rejected."
    )
    max_depth: int = Field(
        250, ge=4, le=500, description="Records nested more deeply are rejected."
    )
