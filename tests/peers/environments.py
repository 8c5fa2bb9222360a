"""Where does each peer live, and what runs it there?

Every peer has an environment of its own, outside of the work tree, that holds the very version
the comparison speaks of. Where packages come from is pip's own configuration.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "peers"

# What each needs beside itself, where a plain installation fails at its import.
PEERS: dict[str, tuple[str, ...]] = {
    "evidently": ("evidently==0.7.23", "pandas<3"),
    "nannyml": ("nannyml==0.13.1", "statsmodels", "pandas<3"),
    "frouros": ("frouros==0.9.0",),
    "popmon": ("popmon==1.4.12",),
    "whylogs": ("whylogs==1.6.4", "numpy<2", "pandas<2.3", "ipython", "scipy"),
    "quapy": ("quapy==0.2.3",),
    "river": ("river==0.26.1",),
}
SECONDS = 900


class NotInstalled(Exception):
    """A peer is not here; the text says why."""


class Failed(Exception):
    """What was run in a peer's environment ended with an error; the text is its last line."""


def home(peer: str) -> Path:
    """Give the folder of a peer's environment."""
    cache = os.environ.get("DRIFTWATCH_CACHE") or Path.home() / ".cache" / "driftwatch"
    return Path(cache) / "peers" / peer


def site_packages(peer: str) -> Path:
    """Give the folder of what is installed there."""
    return next(home(peer).glob("lib/python*/site-packages"))


def is_installed(peer: str) -> bool:
    """Say whether the environment holds what is wanted now, and was completed."""
    ready = home(peer) / ".ready"
    return ready.is_file() and ready.read_text().split("\n") == list(PEERS[peer])


def install(peer: str) -> None:
    """Make the environment of a peer, unless it is there; NotInstalled says why it cannot be."""
    if is_installed(peer):
        return
    python = home(peer) / "bin" / "python"
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(home(peer))],
        [str(python), "-m", "pip", "install", "--quiet", "--no-cache-dir", *PEERS[peer]],
    )
    for step in steps:
        done = subprocess.run(step, check=False, capture_output=True, text=True)
        if done.returncode:
            raise NotInstalled(_last_line(done.stderr))
    (home(peer) / ".ready").write_text("\n".join(PEERS[peer]))


def run(peer: str, module: str, *words: str) -> dict[str, Any]:
    """Run a module of `tests.peers.theirs` in a peer's environment, and read what it answers.

    It is given a home of its own, and every switch that turns usage data off. Failed also where it
    tried to reach another machine all the same, which was refused.
    """
    if not is_installed(peer):
        raise NotInstalled(f"{peer} is not installed: run `make peers`")
    private = FOLDER / "home"
    private.mkdir(parents=True, exist_ok=True)
    quiet = {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1", "WHYLOGS_NO_ANALYTICS": "True"}
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    answer = FOLDER / f"{module}.json"
    answer.unlink(missing_ok=True)
    done = subprocess.run(
        [str(home(peer) / "bin/python"), "-m", f"tests.peers.theirs.{module}", str(answer), *words],
        cwd=ROOT,
        env={**kept, **quiet, "HOME": str(private), "MPLBACKEND": "agg"},
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if done.returncode:
        raise Failed(f"{peer}: {_last_line(done.stderr)}")
    said = json.loads(answer.read_text())
    if said["tried"]:
        raise Failed(f"{peer} tried to reach {', '.join(said['tried'])}")
    found: dict[str, Any] = said["found"]
    return found


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
