"""Which alerts are there, who was told, and what does a person say to that?"""

import argparse
from typing import TYPE_CHECKING, Any

from driftwatch.cli.beside import configured, limited, loaded, now, opened, show, shown
from driftwatch.cli.instructed import instruction, signed
from driftwatch.nouns.errors import ConfigurationError
from driftwatch.nouns.messages import Outcome

if TYPE_CHECKING:
    from driftwatch.nouns.judgements import AlertState


def add(commands: Any) -> None:
    """Add `alerts list|redeliver|acknowledge`."""
    group = commands.add_parser("alerts", help="see alerts and their messages, and act on them")
    actions = group.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="alerts, transitions, and who was told")
    configured(listing)
    listing.add_argument("--model", help="of this model only")
    listing.add_argument("--endpoint", help="messages to this endpoint only")
    listing.add_argument(
        "--outcome", choices=[o.value for o in Outcome], help="messages that ended so only"
    )
    limited(listing)
    shown(listing)
    listing.set_defaults(run=_list)
    again = actions.add_parser("redeliver", help="send dead messages again")
    configured(again)
    which = again.add_mutually_exclusive_group(required=True)
    which.add_argument("ids", nargs="*", default=[], metavar="ID", help="messages, by their ids")
    which.add_argument("--endpoint", metavar="NAME", help="all dead messages of an endpoint")
    signed(again)
    again.set_defaults(run=_redeliver)
    noted = actions.add_parser("acknowledge", help="note that somebody looks after an alert")
    configured(noted)
    noted.add_argument("alert", help="as listed: MODEL/VERSION/ALERT")
    signed(noted)
    noted.set_defaults(run=_acknowledge)


def _list(arguments: argparse.Namespace) -> int:
    from driftwatch.report.alerts import alerts  # noqa: PLC0415

    model, limit = arguments.model, arguments.limit
    outcome = None if arguments.outcome is None else Outcome(arguments.outcome)
    with opened(loaded(arguments)) as store:
        states = [s for s in store.snapshot(now()).alerts if model in (None, s.key.model)]
        dispatches = store.deliveries(limit, outcome=outcome, endpoint=arguments.endpoint)
        told = [d for d in dispatches if model in (None, d.delivery.message.facts.get("model"))]
        document = alerts(
            states, store.transitions(limit, model=model), told, store.instructions(1000)
        )
    show(document, arguments)
    return 0


def _redeliver(arguments: argparse.Namespace) -> int:
    config = loaded(arguments)
    subjects = [arguments.endpoint] if arguments.endpoint else arguments.ids
    with opened(config) as store:
        counts = [store.add(instruction("redeliver", s, arguments)) for s in subjects]
    for subject, count in zip(subjects, counts, strict=True):
        print(f"{subject}: {count} dead message{'' if count == 1 else 's'} will be sent again")
    return 0 if all(counts) else 3


def _acknowledge(arguments: argparse.Namespace) -> int:
    from driftwatch.report.alerts import episode_of  # noqa: PLC0415

    with opened(loaded(arguments)) as store:
        state = _firing(arguments.alert, store.snapshot(now()).alerts)
        store.add(instruction("acknowledge", episode_of(state), arguments))
    print(f"{arguments.alert} is acknowledged, until it is resolved")
    return 0


def _firing(name: str, states: "tuple[AlertState, ...]") -> "AlertState":
    from driftwatch.nouns.judgements import State  # noqa: PLC0415 - numbers are heavy
    from driftwatch.report.alerts import name_of  # noqa: PLC0415 - only this command needs it

    firing = {name_of(s.key): s for s in states if s.state is State.FIRING}
    if name not in firing:
        known = ", ".join(firing) or "none"
        message = f"{name} is not firing, so there is nothing to acknowledge; firing: {known}"
        raise ConfigurationError(message)
    return firing[name]
