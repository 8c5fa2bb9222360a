"""What does the store in memory know of retrainings?"""

from driftwatch.nouns.errors import Conflict
from driftwatch.nouns.judgements import Judgement
from driftwatch.nouns.retraining import (
    UNDER_WAY,
    WANTED,
    Decision,
    Retraining,
    Stage,
)
from driftwatch.store.codec import decode_retraining, encode_retraining
from driftwatch.store.rules import voided


class Wishes:
    """Retrainings and decisions; its owner lets one thread in at a time."""

    def __init__(self) -> None:
        self.retrainings: dict[str, Retraining] = {}
        self.decisions: list[Decision] = []

    def check(self, judgement: Judgement) -> list[str]:
        """Raise Conflict if another wrote first; give the requests that are taken back."""
        for of in judgement.retrainings:
            known = self.retrainings.get(of.id)
            if (known.revision if known else 0) != of.revision - 1:
                message = f"retraining {of.id}: another process wrote revision {of.revision} first"
                raise Conflict(message)
        back = WANTED | {Stage.WITHDRAWN, Stage.EXPIRED}
        return [
            of.id
            for of in judgement.retrainings
            if of.stage in back - UNDER_WAY and of.requested_at is not None and of.taken_at is None
        ]

    def save(self, judgement: Judgement) -> None:
        """Save what changed."""
        for of in judgement.retrainings:
            self.retrainings[of.id] = decode_retraining(encode_retraining(of))
        self.decisions.extend(judgement.decisions)

    def open(self, model: str | None = None) -> tuple[Retraining, ...]:
        """Give the retrainings that are not closed, of one model or of all."""
        ours = (self.retrainings[id_] for id_ in sorted(self.retrainings))
        return tuple(of for of in ours if model in {None, of.model} and not of.closed)

    def void(self, now: int) -> dict[str, bool]:
        """Say which requests must not go out now."""
        asked = {of.id: (of.stage, of.expires_at) for of in self.retrainings.values()}
        return dict(voided(asked, now))

    def shown(self, limit: int, model: str | None) -> list[Retraining]:
        """Give retrainings, those that were decided on last first."""
        found = [of for of in self.retrainings.values() if model in {None, of.model}]
        return sorted(found, key=lambda of: (-of.decided_at, -of.ordinal, of.id))[:limit]

    def maintain(self, oldest: int) -> None:
        """Remove what is older than it is kept."""
        old = {id_ for id_, of in self.retrainings.items() if of.closed and of.decided_at < oldest}
        self.retrainings = {id_: of for id_, of in self.retrainings.items() if id_ not in old}
        self.decisions = [told for told in self.decisions if told.retraining not in old]
