#!/usr/bin/env bash
# The unit tests pass with the lowest versions that pyproject.toml declares.
set -euo pipefail
python=$1 uv=$2
cd "$(dirname "$0")/.."
mkdir -p build
"$uv" pip compile --quiet --python-version 3.11 --all-extras --group dev --resolution lowest-direct \
  --no-annotate --no-header --no-emit-index-url pyproject.toml -o build/lowest.txt
"$python" -m venv .venv-lowest
.venv-lowest/bin/python -m pip install --quiet --requirement build/lowest.txt
.venv-lowest/bin/python -m pip install --quiet --no-deps --editable .
.venv-lowest/bin/pytest tests/unit tests/detectors -q -n "${JOBS:-2}" -p no:cacheprovider
