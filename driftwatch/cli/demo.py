"""`driftwatch demo`: see it work, without Kafka."""

import argparse
from importlib.resources import files
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Add the command."""
    demo = commands.add_parser("demo", help="see driftwatch work on a simulated stream")
    demo.add_argument(
        "--once", action="store_true", help="end after the story; exit 0 if all of it was seen"
    )
    demo.add_argument(
        "--address", default="127.0.0.1:9464", help="where the metrics are served (%(default)s)"
    )
    demo.set_defaults(run=_demo)


def _demo(arguments: argparse.Namespace) -> int:
    from driftwatch.demo import run  # noqa: PLC0415 - the daemon's parts are heavy

    def say(line: str) -> None:
        print(line, flush=True)

    return run(once=arguments.once, address=arguments.address, say=say, config=_config())


def _config() -> str:
    """Read the configuration in the wheel, or in the source tree."""
    packaged = files("driftwatch").joinpath("demo.yaml")
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    tree = Path(__file__).parents[2] / "configs" / "demo.yaml"
    return tree.read_text(encoding="utf-8")
