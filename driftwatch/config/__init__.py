"""What is driftwatch told to do?

One YAML 1.2 file, read as nodes with their lines (`document`), completed from the environment
(`environment`), validated against the settings of all parts (`settings`), whose errors are told
with their place and what would be right (`explain`).
"""

from driftwatch.config.load import files, load, parse, schema, show
from driftwatch.config.profiles import unwatched
from driftwatch.config.settings import Config, Watched

__all__ = ["Config", "Watched", "files", "load", "parse", "schema", "show", "unwatched"]
