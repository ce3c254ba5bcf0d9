#!/usr/bin/env bash
# Make a virtual environment with the pinned packages, or bring it up to date. Prints nothing when all is in place.
#
#   bash tools/environment.sh FOLDER [EXTRAS]      for example: bash tools/environment.sh .venv dev,mrml
#
# Needs Python 3.10 to 3.13; SGNET_PYTHON names one in place of the first that is found. On Debian and Ubuntu,
# what is missing (python3, python3-venv) is installed with apt-get, as root or through sudo.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${1:?folder of the environment}
extras=${2:-}

supported() { "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

find_python() {
    local name
    for name in ${SGNET_PYTHON:-python3 python3.13 python3.12 python3.11 python3.10}; do
        if supported "$name"; then command -v "$name"; return; fi
    done
    return 1
}

can_make_environments() { "$1" -c 'import venv, ensurepip' 2>/dev/null; }

python=$(find_python) || { bash "$root/tools/apt_install.sh" python3 python3-venv; python=$(find_python); } || {
    echo "No Python 3.10 to 3.13 was found; install one, or name it: SGNET_PYTHON=/path/to/python." >&2
    exit 1
}
if ! can_make_environments "$python"; then
    bash "$root/tools/apt_install.sh" "$(basename "$(readlink -f "$python")")-venv"
fi

# Reinstall only when something that decides about it has changed.
stamp=$(cat "$root/pyproject.toml" "$root/constraints.txt" | cksum)" $extras $python $root"
if [ "$(cat "$folder/sgnet-stamp" 2>/dev/null)" = "$stamp" ]; then exit 0; fi

echo "Installing into $folder (a few minutes the first time) ..." >&2
[ -x "$folder/bin/python" ] || "$python" -m venv "$folder"

# PyPI's torch for Linux brings gigabytes of CUDA, of no use without an NVIDIA card: there, take the CPU build from
# PyTorch's own index if it can be reached.
index=https://download.pytorch.org/whl/cpu
probe='import sys, urllib.request; urllib.request.urlopen(sys.argv[1] + "/torch/", timeout=5)'
if [ "$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null && "$python" -c "$probe" "$index" 2>/dev/null; then
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --index-url "$index" \
        "$(grep '^torch==' "$root/constraints.txt")" || echo "Taking torch from PyPI instead." >&2
fi
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check -c "$root/constraints.txt" \
    -e "$root${extras:+[$extras]}"
echo "$stamp" >"$folder/sgnet-stamp"
