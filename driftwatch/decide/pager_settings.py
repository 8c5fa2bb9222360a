"""How many false pages may there be, and of what size of change?"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from detectors.sequential.tuning import SHARES, Tuning
from driftwatch.nouns.settings import Duration, Settings, microseconds, show_duration

Family = Literal["covariate", "prior", "concept", "quality", "multivariate"]
Share = Annotated[float, Field(gt=0)]
HOUR = timedelta(hours=1)
LONGEST = timedelta(days=3660)


def _default_shares() -> dict[Family, float]:
    return {family: SHARES[family] for family in get_args(Family)}


class FalsePages(Settings):
    """The budget of false pages of one model, whatever its features, versions and segments."""

    count: Annotated[float, Field(strict=False)] = Field(1.0, gt=0, description="So many pages,")
    per: Duration = Field(timedelta(days=30), description="on average in so long.")

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not HOUR <= self.per <= LONGEST:
            shown = show_duration(self.per)
            message = f"per {shown} is not between 1h and 3660d; write it as in 30d"
            raise ValueError(message)
        if self.alpha > 1:
            message = (
                f"{self.count:g} false pages per {show_duration(self.per)} are more than one an "
                "hour; a budget is written as in {count: 1, per: 30d}"
            )
            raise ValueError(message)
        return self

    @property
    def alpha(self) -> float:
        """False pages an hour."""
        return self.count / (self.per / HOUR)


class PagerSettings(Settings):
    """The statistical pager: a budget of false pages, and the changes that do no harm."""

    false_pages: FalsePages | None = Field(
        None,
        description="The budget: at most so many false pages of a model, on average. One in 30d, "
        "if not given.",
    )
    tolerance: Annotated[float, Field(strict=False)] = Field(
        0.05,
        ge=0,
        lt=1,
        description="A change of any share that is no harm, as Cohen's h; 0.05 is half a percent "
        "at a share of 1%, 2.5 percent at one of a half.",
    )
    shares: Mapping[Family, Annotated[Share, Field(strict=False)]] = Field(
        default_factory=_default_shares,
        min_length=1,
        strict=False,
        description="How the budget is shared among the families of alerts; families that are not "
        "named, or have nothing to watch, have none.",
    )
    phi: Annotated[float, Field(strict=False)] | None = Field(
        None,
        ge=1,
        le=10_000,
        description="How many times more counts vary than those of independent rows, as when so "
        "many rows come of one request. Not given, it is measured on the profile's blocks of time, "
        "and is 2 where it has fewer than 30.",
    )
    rejected: Annotated[float, Field(strict=False)] | None = Field(
        0.01,
        ge=0,
        lt=1,
        description="The share of a version's records that may be rejected without harm; more of "
        "them are DataQuality. null: they are not watched.",
    )
    resolve_after: Duration = Field(
        HOUR, description="An alert resolves after it was back for so long, at the least."
    )

    def tuning(self, pane: timedelta, *, dense: bool) -> Tuning:
        """Give the detector's settings."""
        return Tuning(
            alpha=(self.false_pages or FalsePages()).alpha,
            tolerance=self.tolerance,
            shares={str(family): share for family, share in self.shares.items()},
            slots=microseconds(HOUR) // microseconds(pane),
            dense=dense,
        )
