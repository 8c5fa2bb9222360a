"""How is a profile built of some rows, and a history of others replayed?"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from driftwatch.config import Config, load
from driftwatch.nouns.judgements import AlertState, State, Transition
from driftwatch.nouns.profiles import Profile
from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices
from driftwatch.reference.document import save
from driftwatch.reference.registry import Registry
from driftwatch.replay import Replayed, replay
from driftwatch.replay.files import Log, Whose

HOUR = 3_600_000_000
NOW = 1_800_000_000_000_000  # after all rows

_CONFIG = """
models: [{name: peer, reference: {path: "peer-{version}.json"}}]
sources: [{kind: simulate, model: peer, version: "1"}]
window: {pane: PANE, windows: [STEP], step: STEP}
alerts: {no_data: 26h}
store: {url: "sqlite:///state.db"}
"""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A profile, and the configuration that watches it with the default budget and tolerance.

    `no_data` is longer than its default, for the pane of a slow stream is as long as that.
    """

    config: Config
    registry: Registry
    profile: Profile
    time: str

    @classmethod
    def of(cls, folder: Path, reference: Path, choices: Choices, *, pane: str, step: str) -> "Case":
        """Build the profile of a file of rows; it is judged after each `step`."""
        folder.mkdir(parents=True, exist_ok=True)
        profile = build([reference], choices)
        save(profile, folder / "peer-1.json")
        (folder / "driftwatch.yaml").write_text(_CONFIG.replace("PANE", pane).replace("STEP", step))
        config = load(folder / "driftwatch.yaml", {})
        registry = Registry({m.name: m.reference for m in config.models}, folder)
        problems = registry.refresh()
        if problems:
            raise ValueError("; ".join(problems))
        time = next(name for name, role in choices.roles.items() if role == "time")
        return cls(config, registry, profile, time)

    def replay(self, path: Path) -> Replayed:
        """Replay a file of rows; ValueError where none could be judged."""
        records = self.config.sources[0].format.build()
        whose = Whose("peer", "1", self.time)
        log = Log([str(path)], records, whose, NOW, lambda done, total: None)
        found = replay(self.config, self.config.watched[0], self.registry.known, log)
        if found.last is None:
            message = f"{path}: nothing was judged"
            raise ValueError(message)
        return found


def fired(found: Replayed) -> list[Transition]:
    """Give each alert's firing, in order of time."""
    return [told for told in found.transitions if told.after is State.FIRING]


def named(pages: Sequence[Transition], alert: str) -> list[Transition]:
    """Give the pages of an alert."""
    return [page for page in pages if page.key.alert == alert]


def features(told: Transition | AlertState) -> set[str]:
    """Give what an alert names: columns, and joint features of several."""
    return {feature["feature"] for feature in told.evidence.get("features", ())}
