"""Is an endpoint well, what would it be sent, and may it be sent to again?"""

import argparse
import os
import re
import uuid
from typing import TYPE_CHECKING, Any

from driftwatch.cli.beside import configured, loaded, now, opened, show, shown
from driftwatch.cli.instructed import instruction
from driftwatch.nouns.errors import ConfigurationError
from driftwatch.nouns.messages import Message, Rendered

if TYPE_CHECKING:
    from driftwatch.config import Config
    from driftwatch.notify.relay import Endpoint

HIDDEN = "**********"
KINDS = ("firing", "resolved", "investigate", "retrain", "test")
_PLAIN = re.compile(
    r"content-type|user-agent|accept|key|x-github-api-version|(webhook|ce)[-_](?!signature).*"
)


def add(commands: Any) -> None:
    """Add `endpoints list|enable|test|preview`."""
    group = commands.add_parser("endpoints", help="see where alerts are sent, and try it")
    actions = group.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="what waits for each endpoint, and its health")
    configured(listing)
    shown(listing)
    listing.set_defaults(run=_list)
    for name, run, text in (
        ("enable", _enable, "send again to an endpoint that is disabled or paused"),
        ("test", _test, "send a test message now, and say what was answered"),
        ("preview", _preview, "print a request as it would be sent, without its secrets"),
    ):
        action = actions.add_parser(name, help=text)
        configured(action)
        action.add_argument("name", metavar="NAME", help="the endpoint's name")
        action.set_defaults(run=run)
        if name == "preview":
            which = action.add_mutually_exclusive_group()
            which.add_argument("--message", metavar="ID", help="of this stored message")
            which.add_argument("--kind", choices=KINDS, default="test", help="of a sample")


def _list(arguments: argparse.Namespace) -> int:
    from driftwatch.report.document import Document  # noqa: PLC0415 - only this command needs it
    from driftwatch.report.status import endpoints  # noqa: PLC0415

    config = loaded(arguments)
    with opened(config) as store:
        snapshot = store.snapshot(now())
    names = [settings.name for settings in config.endpoints]
    show(Document((endpoints(snapshot.outgoing, snapshot.taken_at, names),)), arguments)
    return 0


def _enable(arguments: argparse.Namespace) -> int:
    config = loaded(arguments)
    _known(config, arguments.name)
    with opened(config) as store:
        store.add(instruction("enable", arguments.name, arguments))
    print(f"{arguments.name} is enabled; what waits for it is sent as it is due")
    return 0


def _test(arguments: argparse.Namespace) -> int:
    config = loaded(arguments)
    endpoint = _built(config, arguments)
    try:
        answer = endpoint.send(endpoint.render(_sample("test", config, arguments.name), now()))
    finally:
        endpoint.close()
    said = f": {answer.text}" if answer.text else ""
    print(f"{arguments.name} took the test message and answered {answer.status}{said}")
    return 0


def _preview(arguments: argparse.Namespace) -> int:
    config = loaded(arguments)
    endpoint = _built(config, arguments)
    message = (
        _stored(config, arguments.message)
        if arguments.message
        else _sample(arguments.kind, config, arguments.name)
    )
    print(_shown(endpoint, endpoint.render(message, now())))
    return 0


def _known(config: "Config", name: str) -> None:
    names = [settings.name for settings in config.endpoints]
    if name not in names:
        message = f"there is no endpoint {name}; known: {', '.join(names) or 'none'}"
        raise ConfigurationError(message)


def _built(config: "Config", arguments: argparse.Namespace) -> "Endpoint":
    _known(config, arguments.name)
    (settings,) = (found for found in config.endpoints if found.name == arguments.name)
    return settings.build(clock=now, environment=os.environ, folder=arguments.config.parent)


def _sample(kind: str, config: "Config", name: str) -> Message:
    """Make a message with an id of its own; a test is like the first that the endpoint gets."""
    from driftwatch.notify import samples  # noqa: PLC0415 - only these commands need it

    message = f"msg_{uuid.uuid4().hex}"
    if kind != "test":
        return samples.sample(kind, message, now())
    (settings,) = (found for found in config.endpoints if found.name == name)
    return samples.trial_of(next(iter(settings.send), "firing"), message, now())


def _stored(config: "Config", message: str) -> Message:
    from driftwatch.notify.payload import dated  # noqa: PLC0415 - only this command needs it

    with opened(config) as store:
        for dispatch in store.deliveries(100_000):
            if dispatch.delivery.message.id == message:
                return dated(dispatch.delivery)
    text = f"there is no stored message {message}; `driftwatch alerts list` shows which there are"
    raise ConfigurationError(text)


def _shown(endpoint: "Endpoint", rendered: Rendered) -> str:
    """Write a request as HTTP does, hiding what only the receiver may see."""
    from driftwatch.outbound.redaction import redact  # noqa: PLC0415 - only this command needs it

    headers = (
        f"{name}: {value if _PLAIN.fullmatch(name) else HIDDEN}"
        for name, value in rendered.headers.items()
    )
    search = rendered.search
    asked = [f"GET {search.shown}", f"  (taken, if it holds {search.sought})"] if search else []
    lines = [*asked, f"{rendered.method} {rendered.shown or redact(rendered.url)}", *headers]
    text = "\n".join([*lines, "", rendered.body.decode("utf-8", "replace")])
    return endpoint.hide(rendered, text)
