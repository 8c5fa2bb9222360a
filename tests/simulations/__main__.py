"""`make simulate`: run every simulation, and gather all lines in build/simulate.json.

Each writes build/simulations/<name>.json; the list has {name, value, bound, holds} of every line.
"""

import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
BUILD = FOLDER.parents[1] / "build"
MAIN = '__name__ == "__main__"'


def simulations() -> list[str]:
    """Name the modules beside this one that can be run."""
    found = sorted(path for path in FOLDER.glob("*.py") if path != Path(__file__))
    return [path.stem for path in found if MAIN in path.read_text(encoding="utf-8")]


def main() -> None:
    """Run one after the other; fail if any fails."""
    failed = []
    for name in simulations():
        print(f"== {name}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"tests.simulations.{name}"], check=False)
        failed += [name] if done.returncode else []
    lines = []
    for written in sorted((BUILD / "simulations").glob("*.json")):
        lines += json.loads(written.read_text(encoding="utf-8"))
    (BUILD / "simulate.json").write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")
    if failed:
        sys.exit(f"a bound does not hold in: {', '.join(failed)}")


if __name__ == "__main__":
    main()
