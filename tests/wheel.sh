#!/usr/bin/env bash
# The wheel, alone in an empty environment without development packages, runs the demonstration.
set -euo pipefail
python=$1 tools=$2
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
"$tools" -m build --wheel --outdir "$out" . >"$out/build.log" 2>&1 || { cat "$out/build.log"; exit 1; }
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
