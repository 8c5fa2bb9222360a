"""How far does the current data lie from the reference, feature by feature?

A detector is its configuration: a frozen dataclass with a `kind`. `AnyComparison` is the one list
of them: the configuration, the tests and the documents all read it.
"""

from detectors.comparison.compared import Compared, Undefined

__all__ = ["Compared", "Undefined"]
