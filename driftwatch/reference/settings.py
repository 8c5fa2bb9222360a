"""Where do a model's profiles lie?"""

from pydantic import Field, field_validator

from driftwatch.nouns.settings import Settings

PLACE = "{version}"


class ReferenceSettings(Settings):
    """The reference of a model: one profile file, or one for each version."""

    path: str = Field(
        min_length=1,
        description="The profile's file, relative to the configuration file. With {version} in it "
        "there is one file for each version, and new ones are found while the daemon runs.",
        examples=["profiles/fraud-{version}.json"],
    )

    @field_validator("path")
    @classmethod
    def _has_one_place(cls, path: str) -> str:
        rest = path.replace(PLACE, "", 1)
        if "{" in rest or "}" in rest:
            message = f"{path!r} may hold {PLACE} once, and no other braces"
            raise ValueError(message)
        return path
