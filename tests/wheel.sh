#!/usr/bin/env bash
# The wheel, alone in an empty environment without development packages, runs the demonstration.
set -euo pipefail
python=$1 tools=$2
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
"$tools" -m build --wheel --outdir "$out" . >"$out/build.log" 2>&1 || { cat "$out/build.log"; exit 1; }
"$tools" - "$out"/*.whl <<'PY'
import sys, zipfile
from pathlib import Path

held = {name for name in zipfile.ZipFile(sys.argv[1]).namelist() if ".dist-info/" not in name}
tree = {str(p) for top in ("driftwatch", "detectors") for p in Path(top).rglob("*")
        if p.is_file() and "__pycache__" not in p.parts}
tree |= {"driftwatch/demo.yaml", "driftwatch/driftwatch.rules.yml"}
named = {Path(name).name for name in zipfile.ZipFile(sys.argv[1]).namelist()}
wrong = [f"too much: {name}" for name in held - tree] + [f"missing: {name}" for name in tree - held]
wrong += [f"missing: {name}" for name in {"LICENSE", "py.typed", "0001_first.py"} - named]
sys.exit("\n".join(["the wheel does not hold what it should", *wrong]) if wrong else 0)
PY
"$python" -m venv "$out/venv"
"$out/venv/bin/python" -m pip install --quiet --constraint <(sed -E 's/ *\\$//; /--hash/d' requirements.lock) "$out"/*.whl
for unwanted in pytest mypy pyarrow psycopg; do
  if "$out/venv/bin/python" -c "import $unwanted" 2>/dev/null; then
    echo "the empty environment has $unwanted: this run would prove nothing" >&2
    exit 1
  fi
done
cd "$out"
"$out/venv/bin/driftwatch" --version
"$out/venv/bin/driftwatch" demo --once
echo "the wheel runs alone"
