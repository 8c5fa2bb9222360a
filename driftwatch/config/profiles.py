"""Does a configuration fit the profiles that are there?

What does not fit cannot make a configuration unfit, for profiles come and go while it stays.
"""

from collections.abc import Iterator, Mapping, Sequence

from detectors.comparison import AnyComparison, Undefined
from detectors.kinds import DEFAULTS, AnyDetector
from detectors.prior import AnyEstimator
from detectors.summaries import Summary
from driftwatch.config.explain import nearest
from driftwatch.config.settings import Config, Watched
from driftwatch.nouns.profiles import Profile


def unwatched(config: Config, profiles: Mapping[tuple[str, str], Profile]) -> list[str]:
    """Say what is named that no profile has: features, segments, and what detectors need."""
    found: list[str] = []
    for watched in config.watched:
        own = [profile for (model, _), profile in profiles.items() if model == watched.name]
        if own:
            found += [*_unknown(watched, own), *_uncounted(watched, own), *_unused(watched, own)]
    return found


def _unknown(watched: Watched, profiles: Sequence[Profile]) -> Iterator[str]:
    columns = {column.name for profile in profiles for column in profile.schema.columns}
    named = {name for rule in watched.alerts.rules for name in rule.features}
    for name in sorted(named - columns):
        text = f'rules for "{watched.name}" name "{name}"; its profiles have no such column'
        yield f"{text}; {nearest(name, columns)}"


def _uncounted(watched: Watched, profiles: Sequence[Profile]) -> Iterator[str]:
    """Name the columns whose segments no profile counts."""
    counted = {family.column for profile in profiles for family in profile.segments}
    for column in watched.segments.columns:
        if column not in counted:
            yield (
                f'segments for "{watched.name}" name "{column}", and its profiles count none of '
                f"it; build them with driftwatch profile --segment {column}"
            )


def _unused(watched: Watched, profiles: Sequence[Profile]) -> Iterator[str]:
    """Name the detectors that were asked for and say nothing of any profile."""
    for detector in watched.detectors if watched.detectors != DEFAULTS else ():
        lacking = {_lacking(detector, profile) for profile in profiles}
        if "" not in lacking:
            text = f'{detector.kind} says nothing of "{watched.name}": its profiles have '
            yield text + " or ".join(sorted(lacking))


def _lacking(detector: AnyDetector, profile: Profile) -> str:
    """Say what a profile lacks for a detector; empty where it lacks nothing."""
    if isinstance(detector, AnyEstimator):
        return "" if profile.labelled is not None else "no labelled rows"
    if not isinstance(detector, AnyComparison):
        there = profile.derived is not None and profile.derived.tests
        return "" if there else "no random features for it"
    nothing = Summary.empty(profile.layout)
    found = detector.compare(nothing, nothing).undefined != Undefined.NOT_APPLICABLE
    return "" if found.any() else "no column of a type that it is for"
