"""What is made of columns, beside what they are by themselves?"""

from dataclasses import dataclass

MOST = 1024  # random features: their eigenvalues are needed


@dataclass(frozen=True, slots=True)
class MultivariateSettings:
    """Which derived features are made of a profile's columns, and of each vector.

    `pairs` columns at most are taken two and two, those of the largest correlation; `projections`
    random ones are made; `reconstruction` and `mahalanobis` say whether these two are, the first by
    the principal components that hold the share `variance`. `mmd` is the number of random features
    for the maximum mean discrepancy, an even one (64 is usual), 0 for none. At most `columns`
    columns take part, and of each categorical one its `categories` most frequent values.
    """

    pairs: int = 10
    projections: int = 20
    reconstruction: bool = True
    mahalanobis: bool = True
    mmd: int = 0
    variance: float = 0.65
    columns: int = 200
    categories: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        least = {"pairs": 0, "projections": 0, "mmd": 0, "columns": 2, "categories": 1, "seed": 0}
        for name, lowest in least.items():
            if getattr(self, name) < lowest:
                message = f"multivariate: {name} is {lowest} or more, not {getattr(self, name)}"
                raise ValueError(message)
        if self.mmd % 2 or self.mmd > MOST:
            message = f"multivariate: mmd is an even number up to {MOST}, not {self.mmd}"
            raise ValueError(message)
        if not 0 < self.variance < 1:
            message = f"multivariate: variance is a share between 0 and 1, not {self.variance:g}"
            raise ValueError(message)
