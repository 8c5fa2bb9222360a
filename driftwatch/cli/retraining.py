"""Which trainings were wanted, what holds them, and what does a person say of one?"""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from driftwatch.cli.beside import configured, limited, loaded, opened, show, shown
from driftwatch.cli.instructed import instruction, signed
from driftwatch.cli.named import check_feature, profiles_of
from driftwatch.nouns.errors import ConfigurationError

if TYPE_CHECKING:
    from driftwatch.nouns.retraining import Retraining
    from driftwatch.store import Store

_LOOKED_AT = 10_000
_SAY = {"done": "done", "fail": "failed", "withdraw": "withdrawn"}


def add(commands: Any) -> None:
    """Add `retraining list|show|done|fail|withdraw|accept`."""
    group = commands.add_parser("retraining", help="see retrainings and what holds them, and act")
    actions = group.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="every episode, where it stands, and why")
    configured(listing)
    listing.add_argument("--model", help="of this model only")
    limited(listing)
    shown(listing)
    listing.set_defaults(run=_list)
    one = actions.add_parser("show", help="all that was decided of one")
    one.add_argument("id", metavar="ID", help="as listed")
    configured(one)
    shown(one)
    one.set_defaults(run=_show)
    for name, text in (
        ("done", "say that the training is done"),
        ("fail", "say that the training failed"),
        ("withdraw", "give it up: nobody will be asked, or asked again"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("id", metavar="ID", help="as listed")
        configured(action)
        if name == "done":
            action.add_argument("--new-version", default="", metavar="V", help="what came of it")
        signed(action)
        action.set_defaults(run=_say, state=_SAY[name])
    accept = actions.add_parser("accept", help="call new categories of a feature sound")
    configured(accept)
    accept.add_argument("version", metavar="MODEL/VERSION", help="whose data they are")
    accept.add_argument("--feature", required=True, metavar="NAME", help="the feature")
    signed(accept)
    accept.set_defaults(run=_accept)


def _list(arguments: argparse.Namespace) -> int:
    from driftwatch.report.retraining import retrainings  # noqa: PLC0415

    with opened(loaded(arguments)) as store:
        document = retrainings(store.retrainings(arguments.limit, model=arguments.model))
    show(document, arguments)
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from driftwatch.report.retraining import retraining  # noqa: PLC0415

    with opened(loaded(arguments)) as store:
        of = _found(store, arguments.id)
        document = retraining(of, store.decisions(of.id))
    show(document, arguments)
    return 0


def _say(arguments: argparse.Namespace) -> int:
    details = {"state": arguments.state, "version": getattr(arguments, "new_version", "")}
    with opened(loaded(arguments)) as store:
        of = _found(store, arguments.id)
        store.add(instruction("retraining", of.id, arguments, details))
    print(f"{of.id}: {arguments.state} is noted; the next tick follows it")
    return 0


def _accept(arguments: argparse.Namespace) -> int:
    config = loaded(arguments)
    model, _, version = arguments.version.partition("/")
    if model not in {m.name for m in config.models} or not version:
        known = ", ".join(m.name for m in config.models)
        message = f"{arguments.version}: write MODEL/VERSION, such as fraud/3; models: {known}"
        raise ConfigurationError(message)
    details = {"feature": arguments.feature}
    with opened(config) as store:
        profiles = profiles_of(config, store, arguments.config.parent, model)
        for note in check_feature(profiles, model, version, arguments.feature):
            print(f"note: {note}", file=sys.stderr)
        store.add(instruction("accept", arguments.version, arguments, details))
    print(
        f"new categories of {arguments.feature} hold no retraining of {arguments.version} any more"
    )
    return 0


def _found(store: "Store", id_: str) -> "Retraining":
    """Find one by its id, or by as much of it as tells it from the others."""
    of = store.retraining(id_)
    if of is not None:
        return of
    fitting = [of for of in store.retrainings(_LOOKED_AT) if of.id.startswith(id_)]
    if len(fitting) != 1:
        which = "more than one" if fitting else "no"
        message = (
            f"there is {which} retraining {id_}; `driftwatch retraining list` shows which there are"
        )
        raise ConfigurationError(message)
    return fitting[0]
