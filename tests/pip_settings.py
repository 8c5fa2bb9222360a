"""How is pip set up here, written as one file for the build of the image?

`python tests/pip_settings.py FILE` writes pip's settings of all files and of the environment, and
prints the paths that these name, so that they can be seen inside the build too.
"""

import ast
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def settings() -> dict[str, dict[str, str]]:
    """Read what pip says of itself; what the environment sets is above what files set."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True
    ).stdout
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for line in sorted(listed.splitlines(), key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        section, _, key = name.rpartition(".")
        found["global" if section == ":env:" else section][key] = ast.literal_eval(value)
    for name in CERTIFICATES:
        if name in os.environ:
            found["global"].setdefault("cert", os.environ[name])
    return found


def main(target: Path) -> None:
    """Write the file, for the owner's eyes: addresses may hold a password."""
    found = settings()
    lines = []
    for section, values in found.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = " + "\n    ".join(v.split("\n")) for key, v in values.items()]
    target.touch(mode=0o600)
    target.write_text("\n".join([*lines, ""]))
    named = {word for values in found.values() for v in values.values() for word in v.split()}
    for path in sorted(word for word in named if word.startswith("/") and Path(word).exists()):
        print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
