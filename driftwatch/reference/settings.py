"""Where do a model's profiles lie, and are those that are not there learned?"""

from dataclasses import replace
from typing import Self

from pydantic import Field, field_validator, model_validator

from driftwatch.nouns.profiles import Profile
from driftwatch.nouns.segments import MOST
from driftwatch.nouns.settings import Settings

PLACE = "{version}"


class LearnSettings(Settings):
    """Of what the profile of a version is learned that has none."""

    rows: int = Field(
        50_000,
        ge=1_000,
        le=1_000_000,
        description="Rows that it is made of, a uniform sample of all that came in.",
    )
    days: int = Field(
        7,
        ge=1,
        le=90,
        description="Whole days of event time, in UTC, that they come from; the day on which the "
        "version was first seen is left out. If that gives too few rows, more days.",
    )


class ReferenceSettings(Settings):
    """The reference of a model: profile files, or learned of what comes in, or both.

    A file is taken where there is one; what was learned is taken for versions without.
    """

    path: str | None = Field(
        None,
        min_length=1,
        description="The profile's file, relative to the configuration file. With {version} in it "
        "there is one file for each version, and new ones are found while the daemon runs.",
        examples=["profiles/fraud-{version}.json"],
    )
    learn: LearnSettings | None = Field(
        None,
        description="Learn a provisional profile of a version that has none.",
        examples=[{"rows": 50_000, "days": 7}],
    )

    @field_validator("path")
    @classmethod
    def _has_one_place(cls, path: str | None) -> str | None:
        rest = (path or "").replace(PLACE, "", 1)
        if "{" in rest or "}" in rest:
            message = f"{path!r} may hold {PLACE} once, and no other braces"
            raise ValueError(message)
        return path

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        if self.path is None and self.learn is None:
            message = (
                "neither path nor learn is given; write {path: profiles/fraud-{version}.json}, or "
                "{learn: {rows: 50000, days: 7}} to learn one of what comes in"
            )
            raise ValueError(message)
        return self


class SegmentSettings(Settings):
    """Whose rows are watched apart too, each against its own part of the reference."""

    columns: tuple[str, ...] = Field(
        (),
        strict=False,
        description="Columns whose most frequent values in the reference are segments, the rest "
        "is `other`; profiles count those that they were built with by --segment.",
        examples=[["country"]],
    )
    most: int = Field(10, ge=1, le=MOST, description="Values of each column, at most.")

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if len(set(self.columns)) < len(self.columns):
            message = f"{', '.join(self.columns)} name a column twice; keep one"
            raise ValueError(message)
        if self.most * len(self.columns) > MOST:
            message = (
                f"{self.most} values of {len(self.columns)} columns are more than {MOST} segments; "
                f"write most: {MOST // len(self.columns)} or less"
            )
            raise ValueError(message)
        return self

    def watched(self, profile: Profile) -> Profile:
        """Give a profile with just these of its segments."""
        counted = {family.column: family for family in profile.segments}
        chosen = [counted[column] for column in self.columns if column in counted]
        return replace(profile, segments=tuple(family.first(self.most) for family in chosen))
