"""Of what does nobody want to be told, until when, and why?"""

import argparse
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from driftwatch.cli.beside import configured, loaded, now, opened, show, shown
from driftwatch.cli.instructed import instruction, signed
from driftwatch.cli.named import check_alert, check_feature, check_model, profiles_of
from driftwatch.nouns.errors import ConfigurationError

if TYPE_CHECKING:
    from driftwatch.decide.silences import Silence
    from driftwatch.store import Store

LONGEST = timedelta(days=30)
SECOND = 10**6
_ALL = 100_000


def add(commands: Any) -> None:
    """Add `silence add|list|remove`."""
    group = commands.add_parser("silence", help="put off messages and hold retrainings for a while")
    actions = group.add_subparsers(metavar="ACTION", required=True)
    new = actions.add_parser("add", help="begin a silence; it ends by itself")
    configured(new)
    new.add_argument("--model", required=True, help="of this model")
    new.add_argument("--version", default="", metavar="V", help="of this version only")
    new.add_argument("--alert", default="", help="of this alert only, such as CovariateShift")
    new.add_argument("--feature", default="", metavar="NAME", help="where only this feature fires")
    new.add_argument(
        "--for", dest="lasting", required=True, type=_lasting, metavar="2h", help="for how long"
    )
    signed(new, why=True)
    new.set_defaults(run=_add)
    listing = actions.add_parser("list", help="the silences that hold now")
    configured(listing)
    shown(listing)
    listing.set_defaults(run=_list)
    gone = actions.add_parser("remove", help="end a silence; what it put off is sent")
    configured(gone)
    gone.add_argument("id", type=int, metavar="ID", help="as listed")
    gone.set_defaults(run=_remove)


def _lasting(text: str) -> timedelta:
    from driftwatch.nouns.settings import parse_duration  # noqa: PLC0415 - pydantic is heavy

    try:
        found = parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if not timedelta() < found <= LONGEST:
        message = f"{text!r}: a silence lasts up to 30d, and must end"
        raise argparse.ArgumentTypeError(message)
    return found


def _add(arguments: argparse.Namespace) -> int:
    from driftwatch.nouns.settings import microseconds  # noqa: PLC0415
    from driftwatch.report.times import show_time  # noqa: PLC0415

    config = loaded(arguments)
    model, version, feature = arguments.model, arguments.version, arguments.feature
    check_model(config, model)
    check_alert(arguments.alert, feature)
    until = (now() + microseconds(arguments.lasting)) // SECOND * SECOND
    names = ("model", "version", "alert", "feature")
    details = {name: getattr(arguments, name) for name in names} | {"until": until}
    told = instruction("silence", arguments.model, arguments, details)
    with opened(config) as store:
        profiles = profiles_of(config, store, arguments.config.parent, model)
        notes = check_feature(profiles, model, version, feature)
        store.add(told)
    for note in notes:
        print(f"note: {note}; the silence holds for what comes by that name", file=sys.stderr)
    print(f"silenced until {show_time(until)}; what fires on then is told then")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from driftwatch.report.document import Document, Section  # noqa: PLC0415
    from driftwatch.report.times import show_time  # noqa: PLC0415

    with opened(loaded(arguments)) as store:
        held = _held(store)
    columns = ("id", "covers", "until", "by", "reason")
    rows = tuple((s.id, s.text, show_time(s.until), s.by, s.reason) for s in held)
    show(Document((Section("silences", columns, rows, "none holds"),)), arguments)
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    with opened(loaded(arguments)) as store:
        known = [silence.id for silence in _held(store)]
        if arguments.id not in known:
            listed = ", ".join(map(str, known)) or "none"
            message = f"no silence {arguments.id} holds; those that do: {listed}"
            raise ConfigurationError(message)
        told = instruction("lift", str(arguments.id), arguments)
        count = store.add(told)
    print(f"silence {arguments.id} is over; {count} put off deliveries are sent now")
    return 0


def _held(store: "Store") -> "tuple[Silence, ...]":
    from driftwatch.decide.silences import silences  # noqa: PLC0415 - only these commands need it

    return silences(reversed(store.instructions(_ALL)), now())
