"""When does a statistic become an alert?"""

import math
import re
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from driftwatch.decide import grammar
from driftwatch.decide.pager_settings import PagerSettings
from driftwatch.nouns.settings import Duration, Settings, show_duration

AlertName = Literal["CovariateShift", "PriorShift", "DataQuality"]
Severity = Literal["info", "warning", "critical"]
QUALITY = frozenset({"missing", "unseen", "out_of_range", "modal_share"})
NOTHING = timedelta()
_BARE = re.compile(r'[^\s,<>"]+')


class Rule(Settings):
    """One limit on one statistic; `text` is the line that says the same."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    statistic: str = Field(description="The detector's kind, such as psi.", examples=["psi"])
    above: float | None = Field(None, description="It holds while the statistic is above this.")
    below: float | None = Field(None, description="It holds while the statistic is below this.")
    p_below: float | None = Field(
        None, gt=0, le=1, description="It holds only while the p-value is below this."
    )
    features: tuple[str, ...] = Field(
        (), strict=False, description="The features that it watches; all of them if empty."
    )
    window: Duration | None = Field(
        None, description="The window that it looks at; the shortest one if not given."
    )
    lasting: Duration = Field(
        NOTHING, alias="for", description="How long it must hold, by event time, before it fires."
    )
    minimum: int = Field(
        500, ge=1, description="A look at fewer rows decides nothing: it neither fires nor clears."
    )
    clear: float | None = Field(
        None, description="Once firing, it holds until the statistic is back at this."
    )
    keep: Duration = Field(
        NOTHING, description="Once firing, it fires on until it was clear for so long."
    )
    severity: Severity = Field("warning", description="How much it matters.")
    alert: AlertName | None = Field(
        None,
        description="The alert that it feeds. Not given: DataQuality for missing, unseen, "
        "out_of_range and modal_share, else PriorShift for predictions, scores and labels, "
        "CovariateShift for features.",
    )

    @property
    def threshold(self) -> float | None:
        """The limit on the statistic, None where only the p-value is judged."""
        return self.below if self.above is None else self.above

    def feeds(self, role: str) -> str:
        """Give the alert that this rule feeds with a column of a role."""
        if self.alert is not None:
            return self.alert
        if self.statistic in QUALITY:
            return "DataQuality"
        return "CovariateShift" if role == "feature" else "PriorShift"

    @property
    def text(self) -> str:
        """The rule in one line, which reads back as the same rule; it names the rule's state."""
        clauses = [
            f"and p < {self.p_below!r}" if self.p_below and self.threshold is not None else "",
            f"of {', '.join(map(_quoted, self.features))}" if self.features else "",
            f"over {show_duration(self.window)}" if self.window is not None else "",
            f"for {show_duration(self.lasting)}" if self.lasting else "",
        ]
        options = [
            f"at least {self.minimum} rows",
            f"clear at {self.clear!r}" if self.clear is not None else "",
            f"keep {show_duration(self.keep)}" if self.keep else "",
            f"severity {self.severity}" if self.severity != "warning" else "",
            f"alert {self.alert}" if self.alert else "",
        ]
        first = " ".join([self.statistic, self._limit, *(clause for clause in clauses if clause)])
        return ", ".join([first, *(option for option in options if option)])

    @property
    def _limit(self) -> str:
        if self.threshold is None:
            return f"p < {self.p_below!r}"
        return f"{'>' if self.above is not None else '<'} {self.threshold!r}"

    @field_validator("above", "below", "clear")
    @classmethod
    def _finite(cls, value: float | None) -> float | None:
        if value is not None and not math.isfinite(value):
            message = f"{value} is no limit; give a finite number"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if self.above is not None and self.below is not None:
            message = "above and below are both given; a rule has one limit, so write two rules"
            raise ValueError(message)
        if self.threshold is None and self.p_below is None:
            message = "a rule needs a limit: above, below or p_below"
            raise ValueError(message)
        self._clear_fits()
        return self

    def _clear_fits(self) -> None:
        limit = self.threshold
        if self.clear is None or limit is None:
            if self.clear is not None:
                message = "clear needs above or below; a rule on the p-value alone has no such way"
                raise ValueError(message)
            return
        if self.clear > limit if self.above is not None else self.clear < limit:
            side = "above" if self.above is not None else "below"
            message = (
                f"clear at {self.clear:g} lies {side} the limit {limit:g}: it would clear while it "
                "holds"
            )
            raise ValueError(message)


def _quoted(name: str) -> str:
    return name if _BARE.fullmatch(name) and name not in grammar.CLAUSES else f'"{name}"'


def _from_line(value: Any) -> Any:
    return grammar.parse(value) if isinstance(value, str) else value


class _OneLine:
    """Let a rule be written in one line, in the document and in its JSON Schema."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        line = {"type": "string", "examples": ["psi > 0.2 for 3h, at least 500 rows"]}
        return {"anyOf": [line, handler(core)]}


AnyRule = Annotated[Rule, BeforeValidator(_from_line), _OneLine()]


class AlertSettings(PagerSettings):
    """What becomes an alert: what the statistical pager finds, or what rules say instead."""

    rules: tuple[AnyRule, ...] = Field(
        (),
        strict=False,
        description="Rules with fixed limits, each a line or a mapping. Where there are any, they "
        "judge instead of the pager, and no budget holds.",
    )
    no_data: Duration = Field(
        timedelta(hours=1),
        description="Alert when no record of a model came for so long, by event time, while its "
        "sources are read to their end; longer than the longest usual pause.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        usual = dict(PagerSettings())
        given = [key for key, value in usual.items() if getattr(self, key) != value]
        if self.rules and given:
            message = (
                f"{given[0]} belongs to the statistical pager, and rules judge instead of it; "
                "take one of them out"
            )
            raise ValueError(message)
        if not self.no_data:
            message = "no_data 0s would alert at every pause; write it as in 1h"
            raise ValueError(message)
        return self
