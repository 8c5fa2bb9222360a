"""What does the policy go by?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from driftwatch.decide.policy_quality import Effect
from driftwatch.decide.silences import Silence, covering, fired_by, silences
from driftwatch.nouns.judgements import AlertKey, AlertState, State, Subject
from driftwatch.nouns.messages import Instruction
from driftwatch.nouns.retraining import Sent

VALUE = frozenset({"CovariateShift", "PriorShift", "ConceptShift"})
QUALITY = "DataQuality"
TOLD, ACCEPT = "retraining", "accept"


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """All that the policy knows of one model at one moment; by version where not said otherwise.

    `boundary` is event time, `now` the wall's. `behind` says that later boundaries wait to be
    judged, `taken` that some endpoint takes requests. `alerts` are as this boundary leaves them.
    `quality` has what is wrong with the data of each version that can be looked at, `rows` those
    of the shortest window, `provisional` names those whose reference was learned, `built` has the
    wall time at which each profile was built, if it says so. `sent` is by retraining. `born` is the
    wall time of the model's first judgement, None if it is not known any more.
    """

    model: str
    boundary: int
    now: int
    behind: bool = False
    taken: bool = True
    alerts: Mapping[AlertKey, AlertState] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    built: Mapping[str, int | None] = field(default_factory=dict)
    provisional: frozenset[str] = frozenset()
    quality: Mapping[str, tuple[Effect, ...]] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    sent: Mapping[str, Sent] = field(default_factory=dict)
    instructions: tuple[Instruction, ...] = ()
    born: int | None = None

    def shifted(self, version: str) -> tuple[AlertState, ...]:
        """Give the alerts on shifted values that fire for a version."""
        return tuple(
            state
            for key, state in sorted(self.alerts.items())
            if key.version == version and key.alert in VALUE and state.state is State.FIRING
        )

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions that there are."""
        return tuple(sorted({*self.references, *self.rows}))

    def in_hand(self, retraining: str) -> bool:
        """Say whether a relay has the request in hand just now."""
        sent = self.sent.get(retraining)
        return sent is not None and sent.is_busy(self.now)

    @property
    def shifting(self) -> frozenset[str]:
        """The versions for which such an alert fires."""
        return frozenset(key.version for key in self.alerts if self.shifted(key.version))

    def silence(self, alert: AlertState) -> Silence | None:
        """Give the silence that covers an alert now."""
        return covering(alert, silences(self.instructions, self.now))

    def told(self, retraining: str, after: int) -> tuple[Instruction, ...]:
        """Give what we were told of a retraining since an instruction."""
        return tuple(
            told
            for told in self.instructions
            if told.kind == TOLD and told.subject == retraining and told.id > after
        )

    def accepted(self, version: str) -> frozenset[str]:
        """Name the features whose new categories a person has accepted as sound."""
        return frozenset(
            str(told.details["feature"])
            for told in self.instructions
            if told.kind == ACCEPT and told.subject == f"{self.model}/{version}"
        )

    def unsound(self, version: str) -> tuple[Effect, ...]:
        """Give what is wrong with a version's data and was not accepted."""
        sound = self.accepted(version)
        return tuple(
            effect
            for effect in self.quality.get(version, ())
            if effect.statistic != "unseen" or effect.feature not in sound
        )

    def broken(self, version: str) -> AlertState | None:
        """Give the alert on a version's quality, if it fires by what is not accepted."""
        state = self.alerts.get(AlertKey(self.model, version, QUALITY))
        if state is None or state.state is not State.FIRING:
            return None
        firing = [e for e in state.evidence.get("features", ()) if e.get("state") == "firing"]
        sound = self.accepted(version)
        excused = [e for e in firing if e.get("statistic") == "unseen" and e["feature"] in sound]
        return None if firing and len(excused) == len(firing) else state


def traffic(subjects: Iterable[Subject]) -> Mapping[str, int]:
    """Give the rows of each version in its shortest window."""
    return {
        subject.population.version: min(
            subject.windows, key=lambda window: window.end - window.start
        ).summary.rows
        for subject in subjects
        if not subject.population.segment and subject.windows
    }


def named(state: AlertState) -> str:
    """Name an alert with the features that it fires by."""
    features = sorted(fired_by(state.evidence))
    more = f" and {len(features) - 3} more" if len(features) > 3 else ""
    return f"{state.key.alert} ({', '.join(features[:3])}{more})" if features else state.key.alert
