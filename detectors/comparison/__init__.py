"""How far does the current data lie from the reference, feature by feature?

A detector is its configuration: a frozen dataclass with a `kind`. `AnyComparison` is the one list
of them: the configuration, the tests and the documents all read it.
"""

from detectors.comparison.anderson_darling import AndersonDarling
from detectors.comparison.categories import CategoryChanges, category_changes
from detectors.comparison.chi_square import ChiSquare
from detectors.comparison.cohens_d import CohensD
from detectors.comparison.cohens_h import CohensH
from detectors.comparison.compared import Compared, Undefined
from detectors.comparison.cramer_von_mises import CramerVonMises
from detectors.comparison.cramers_v import CramersV
from detectors.comparison.deviation_ratio import DeviationRatio
from detectors.comparison.g_test import GTest
from detectors.comparison.hellinger import Hellinger
from detectors.comparison.jensen_shannon import JensenShannon
from detectors.comparison.kolmogorov_smirnov import KolmogorovSmirnov
from detectors.comparison.kullback_leibler import KullbackLeibler
from detectors.comparison.l_infinity import LInfinity
from detectors.comparison.mean_difference import MeanDifference
from detectors.comparison.missing import Missing
from detectors.comparison.modal_share import ModalShare
from detectors.comparison.out_of_range import OutOfRange
from detectors.comparison.psi import PopulationStability
from detectors.comparison.quantiles import QuantileTable, quantile_table
from detectors.comparison.total_variation import TotalVariation
from detectors.comparison.unseen import Unseen
from detectors.comparison.wasserstein import Wasserstein, WassersteinUnits

AnyComparison = (
    PopulationStability
    | KolmogorovSmirnov
    | Wasserstein
    | WassersteinUnits
    | JensenShannon
    | ChiSquare
    | TotalVariation
    | Missing
    | OutOfRange
    | Unseen
    | Hellinger
    | LInfinity
    | KullbackLeibler
    | CramerVonMises
    | AndersonDarling
    | GTest
    | CramersV
    | MeanDifference
    | CohensD
    | DeviationRatio
    | CohensH
    | ModalShare
)

# What a daemon looks at if its configuration names nothing.
DEFAULTS: tuple[AnyComparison, ...] = (
    PopulationStability(),
    KolmogorovSmirnov(),
    Wasserstein(),
    JensenShannon(),
    ChiSquare(),
    TotalVariation(),
    Missing(),
    OutOfRange(),
    Unseen(),
)

__all__ = [
    "DEFAULTS",
    "AndersonDarling",
    "AnyComparison",
    "CategoryChanges",
    "ChiSquare",
    "CohensD",
    "CohensH",
    "Compared",
    "CramerVonMises",
    "CramersV",
    "DeviationRatio",
    "GTest",
    "Hellinger",
    "JensenShannon",
    "KolmogorovSmirnov",
    "KullbackLeibler",
    "LInfinity",
    "MeanDifference",
    "Missing",
    "ModalShare",
    "OutOfRange",
    "PopulationStability",
    "QuantileTable",
    "TotalVariation",
    "Undefined",
    "Unseen",
    "Wasserstein",
    "WassersteinUnits",
    "category_changes",
    "quantile_table",
]
