"""What is there to say of two sets of data that were compared?"""

from driftwatch.report.check.document import document
from driftwatch.report.check.schema import schema

__all__ = ["document", "schema"]
