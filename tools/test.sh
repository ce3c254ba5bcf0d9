#!/usr/bin/env bash
# Install into .venv, with the MRML libraries of 3D Slicer, and run the tests. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash tools/environment.sh .venv dev,mrml
exec .venv/bin/python -m pytest "$@"
