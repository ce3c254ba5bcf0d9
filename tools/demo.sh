#!/usr/bin/env bash
# Install into .venv and run the demo: a synthetic study, segmented and compared with its truth.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash tools/environment.sh .venv
exec .venv/bin/sgnet demo "$@"
