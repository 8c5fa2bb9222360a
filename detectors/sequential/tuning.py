"""What is promised, and how is the promise shared out?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from detectors.sequential.bounds import DELTA, TOLERANCE
from detectors.sequential.sets import FAMILIES

SHARES: Mapping[str, float] = MappingProxyType(
    {"covariate": 0.3, "prior": 0.2, "concept": 0.2, "quality": 0.2, "multivariate": 0.1}
)


@dataclass(frozen=True, slots=True)
class Tuning:
    """The settings of the detector; any other ones start the evidence afresh.

    alpha : false pages an hour, of one model
    tolerance : Cohen's h of a change that is no harm
    shares : of the budget, by family; families that have nothing to watch are left out
    daily : the share of the budget that the daily clock has, where there is one
    delta : the chance that the reference misleads about any share
    slots : panes in an hour
    dense : expect more than 1e5 rows an hour, and look for smaller effects too
    allowance : the share of records that may be rejected; None where they are not watched
    clusters : of so many rejected records, at most, it is one thing that broke them (phi)
    """

    alpha: float = 1 / 720
    tolerance: float = TOLERANCE
    shares: Mapping[str, float] = field(default_factory=lambda: SHARES)
    daily: float = 0.2
    delta: float = DELTA
    slots: int = 60
    dense: bool = False
    allowance: float | None = None
    clusters: float = 1.0

    def __post_init__(self) -> None:
        wrong = [
            (not 0 < self.alpha <= 1, f"alpha is {self.alpha}, not above 0 and at most 1 an hour"),
            (not 0 <= self.tolerance < 1, f"tolerance is {self.tolerance}, not in [0, 1)"),
            (not 0 <= self.daily < 1, f"the daily clock's share is {self.daily}, not in [0, 1)"),
            (not 0 < self.delta < 1, f"delta is {self.delta}, not between 0 and 1"),
            (
                not 0 <= (self.allowance or 0) < 1,
                f"{self.allowance} of the records may be rejected, not a share in [0, 1)",
            ),
            (not self.clusters >= 1, f"clusters is {self.clusters}, not 1 or more"),
            (not 1 <= self.slots <= 3600, f"{self.slots} panes in an hour, not 1 to 3600"),
            (not self.shares.keys() <= set(FAMILIES), f"families are {', '.join(FAMILIES)}"),
            (not all(share > 0 for share in self.shares.values()), "a share is above 0"),
        ]
        for holds, message in wrong:
            if holds:
                raise ValueError(message)

    def shared(self, families: tuple[str, ...]) -> dict[str, float]:
        """Give each family's share where only these are watched; they sum to 1.

        >>> Tuning(shares={"covariate": 1, "prior": 1, "quality": 2}).shared(("prior", "quality"))
        {'prior': 0.3333333333333333, 'quality': 0.6666666666666666}
        """
        mine = {family: self.shares[family] for family in families if family in self.shares}
        return {family: share / sum(mine.values()) for family, share in mine.items()}
