"""Is there what a person names: such a model, version, alert, feature?

What cannot be there is refused with what would be right. A version may be yet to come: then it is
taken, and a note says so.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from driftwatch.nouns.errors import ConfigurationError

if TYPE_CHECKING:
    from driftwatch.config import Config
    from driftwatch.nouns.profiles import Profile
    from driftwatch.store import Store

_SHOWN = 20  # names of a list that are told


def check_model(config: "Config", model: str) -> None:
    """Raise ConfigurationError where a model is not configured."""
    known = [model.name for model in config.models]
    if model not in known:
        message = f"there is no model {model!r:.80}; {_nearest(model, known)}"
        raise ConfigurationError(message)


def check_alert(alert: str, feature: str) -> None:
    """Raise ConfigurationError where there is no such alert, or it never tells of a feature."""
    from driftwatch.decide import no_data  # noqa: PLC0415 - only few commands need it
    from driftwatch.decide.pager import ALERTS  # noqa: PLC0415

    if not alert:
        return
    of = {family: name for name, families in ALERTS.items() for family in families}
    if alert in of:
        message = f"{alert} is a family of evidence, and its alert is {of[alert]}"
        raise ConfigurationError(message)
    known = [*ALERTS, no_data.NAME]
    if alert not in known:
        message = f"there is no alert {alert!r:.80}; {_nearest(alert, known)}"
        raise ConfigurationError(message)
    if feature and alert == no_data.NAME:
        message = f"{alert} is about no feature: leave out --feature {feature!r:.80}"
        raise ConfigurationError(message)


def check_feature(
    profiles: Mapping[str, "Profile"], model: str, version: str, feature: str
) -> list[str]:
    """Give notes on what cannot be looked up yet; `profiles` are those of the model by version.

    Raises ConfigurationError where the version can be none, or has no such feature; where none is
    named, no version.
    """
    from driftwatch.reference.registry import VERSION  # noqa: PLC0415 - profiles are heavy

    if version and not VERSION.fullmatch(version):
        message = f"{version!r:.80} can be no version: up to 64 of A-Z a-z 0-9 . _ - are wanted"
        raise ConfigurationError(message)
    asked = {of: profile for of, profile in profiles.items() if version in ("", of)}
    if asked:
        if feature:
            _has(asked, model, feature)
        return []
    if not version and not feature:
        return []
    which = f"of version {version}" if version else "of any version"
    note = f"{model} has no profile {which} yet (it has: {_listed(sorted(profiles))})"
    return [f"{note}, so feature {feature!r:.80} could not be looked up" if feature else note]


def profiles_of(
    config: "Config", store: "Store", folder: Path, model: str
) -> Mapping[str, "Profile"]:
    """Give the profiles of a model by version, those that were learned too."""
    from driftwatch.reference.registry import Registry  # noqa: PLC0415 - profiles are heavy

    references = {entry.name: entry.reference for entry in config.models if entry.name == model}
    registry = Registry(references, folder, store)
    registry.refresh()  # what is wrong with a file is for the daemon to say
    return {version: profile for (_, version), profile in registry.known.profiles.items()}


def _has(profiles: Mapping[str, "Profile"], model: str, feature: str) -> None:
    """Raise ConfigurationError where no profile has a feature."""
    columns = {column.name for profile in profiles.values() for column in profile.schema.columns}
    known = {name for profile in profiles.values() for name, _ in profile.columns}
    if feature not in known:
        whose = f"{model} {'/'.join(sorted(profiles))}"
        message = f"there is no feature {feature!r:.80} in {whose}; "
        raise ConfigurationError(message + _nearest(feature, known, columns & known))


def _nearest(word: str, known: Collection[str], shown: Collection[str] = ()) -> str:
    from driftwatch.config.explain import nearest  # noqa: PLC0415 - only few commands need it

    near = nearest(word, known)
    return near if near.startswith("did you mean") else f"known: {_listed(sorted(shown or known))}"


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return (", ".join(names[:_SHOWN]) or "none") + (f" and {more} more" if more > 0 else "")
