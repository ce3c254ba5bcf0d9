#!/usr/bin/env bash
# Install into .venv, with the MRML libraries of 3D Slicer, and run the tests. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash tools/environment.sh .venv dev,mrml

# The module's panel is tested on real Qt without a screen, which wants a few libraries that servers lack.
if ! .venv/bin/python -c 'import PySide6.QtWidgets' 2>/dev/null; then
    bash tools/apt_install.sh libdbus-1-3 libegl1 libfontconfig1 libfreetype6 libgl1 libglib2.0-0 libx11-6 libxkbcommon0
fi
exec .venv/bin/python -m pytest "$@"
