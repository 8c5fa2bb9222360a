"""What would have happened, had driftwatch run over these files?"""

from driftwatch.replay.run import Replayed, replay

__all__ = ["Replayed", "replay"]
