"""How does a person tell the daemon something, under a name and with a reason?"""

import argparse
import getpass
from collections.abc import Mapping
from typing import Any

from driftwatch.cli.beside import now
from driftwatch.nouns.messages import Instruction


def signed(parser: argparse.ArgumentParser, *, why: bool = False) -> None:
    """Let a command be told who says it, and why; the reason must be given if asked for."""
    parser.add_argument("--by", metavar="WHO", help="who says so (default: the user's name)")
    parser.add_argument("--reason", default="", required=why, metavar="TEXT", help="why")


def instruction(
    kind: str,
    subject: str,
    arguments: argparse.Namespace,
    details: Mapping[str, Any] | None = None,
) -> Instruction:
    """Make the instruction of a command that is `signed`, or of one that needs no name."""
    return Instruction(
        kind=kind,
        subject=subject,
        given_at=now(),
        by=getattr(arguments, "by", None) or getpass.getuser(),
        reason=getattr(arguments, "reason", ""),
        details=details or {},
    )
