"""Do the sections of a configuration fit each other?"""

import typing
from collections.abc import Iterator, Sequence

from detectors.comparison import AnyComparison
from detectors.kinds import EVERY, AnyDetector
from driftwatch.config.document import Node, Path, Problem
from driftwatch.config.explain import nearest
from driftwatch.config.settings import Config, Watched
from driftwatch.decide.settings import AlertSettings
from driftwatch.nouns.settings import show_duration

KINDS = frozenset(detector().kind for detector in typing.get_args(AnyComparison))
ESTIMATES = frozenset(detector().kind for detector in EVERY) - KINDS
Found = Iterator[tuple[Path, str]]
# What reading goes by, and with it all models that a source feeds.
_COMMON = ("pane", "lateness", "idle", "ahead", "future")


def check(config: Config, root: Node) -> list[Problem]:
    """Give what is wrong between sections that are each sound."""
    found = [
        *_unique([model.name for model in config.models], "models"),
        *_unique([source.name for source in config.sources], "sources"),
        *_unique([endpoint.name for endpoint in config.endpoints], "endpoints"),
        *_fed(config),
        *_windows(config),
        *_replicas(config),
        *_detectors(config),
        *_rules(config),
    ]
    return [Problem(root.line_of(path), path, text) for path, text in found]


def _unique(names: Sequence[str], section: str) -> Found:
    for index, name in enumerate(names):
        first = names.index(name)
        if first != index:
            path = (section, index, "name")
            yield path, f'"{name}" is also the name of {section}[{first}]; names are unique'


def _fed(config: Config) -> Found:
    known = [model.name for model in config.models]
    for index, source in enumerate(config.sources):
        for place, name in enumerate(source.models):
            if name not in known:
                path: Path = ("sources", index, "models", place)
                yield path, f'"{name}" is not a model; {nearest(name, known)}'
    if all(source.models for source in config.sources):
        named = {name for source in config.sources for name in source.models}
        for index, name in enumerate(known):
            if name not in named:
                text = f'no source feeds "{name}"; name it in the models of a source'
                yield ("models", index, "name"), text


def _windows(config: Config) -> Found:
    for index, model in enumerate(config.models):
        for key in _COMMON if model.window else ():
            if getattr(model.window, key) != getattr(config.window, key):
                text = f"{key} is the same for all models; set it under window"
                yield ("models", index, "window", key), text


def _replicas(config: Config) -> Found:
    """Where many may share a store, a dead one's partitions must not pass for idle ones."""
    if not config.store.url.get_secret_value().startswith("postgresql"):
        return
    idle = config.window.idle
    for source in config.sources:
        if source.kind == "kafka" and idle <= source.session:
            text = (
                f"idle {show_duration(idle)} is not longer than the session "
                f"{show_duration(source.session)} of {source.name}: until then nobody reads a dead "
                "replica's partitions, and they would not be waited for"
            )
            yield ("window", "idle"), text


def _detectors(config: Config) -> Found:
    yield from _once(config.detectors, ("detectors",))
    for index, model in enumerate(config.models):
        yield from _once(model.detectors or (), ("models", index, "detectors"))


def _once(detectors: Sequence[AnyDetector], path: Path) -> Found:
    kinds = [detector.kind for detector in detectors]
    for index, kind in enumerate(kinds):
        if kind in kinds[:index]:
            yield (*path, index), f"{kind} stands there twice; keep one"


def _rules(config: Config) -> Found:
    for path, alerts, watched in _judged(config):
        kinds = {detector.kind for detector in watched.detectors}
        lengths = watched.window.windows
        texts = [rule.text for rule in alerts.rules]
        for index, rule in enumerate(alerts.rules):
            place = (*path, "alerts", "rules", index)
            if rule.window is not None and rule.window not in lengths:
                known = ", ".join(map(show_duration, lengths))
                text = f"the window {show_duration(rule.window)} is not computed; windows: {known}"
                yield place, text
            if rule.statistic in ESTIMATES:
                yield place, f"{rule.statistic} gives no statistic of a feature for a rule to judge"
            elif rule.statistic not in KINDS:
                yield (
                    place,
                    f'"{rule.statistic}" is not a statistic; {nearest(rule.statistic, KINDS)}',
                )
            elif rule.statistic not in kinds:
                text = (
                    f'nothing computes {rule.statistic} for "{watched.name}"; add it to detectors'
                )
                yield place, text
            if rule.text in texts[:index]:
                yield place, f"the same rule as rules[{texts.index(rule.text)}]; take one out"


def _judged(config: Config) -> Iterator[tuple[Path, AlertSettings, Watched]]:
    """Give each list of rules once for every model that it judges."""
    for index, (model, watched) in enumerate(zip(config.models, config.watched, strict=True)):
        yield ("models", index) if model.alerts else (), watched.alerts, watched
