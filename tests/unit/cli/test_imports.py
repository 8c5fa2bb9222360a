"""What is heavy is imported by the commands that need it, not by the parser of all."""

import subprocess
import sys

HEAVY = ("pydantic", "sqlalchemy", "scipy", "structlog", "detectors", "driftwatch.config")


def test_help_imports_nothing_heavy():
    listed = "print(chr(10).join(sys.modules))"
    script = f"import sys; from driftwatch.__main__ import parser; parser(); {listed}"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {*HEAVY} & {*ran.stdout.split()}
