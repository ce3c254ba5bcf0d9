#!/usr/bin/env bash
# Install packages of Debian or Ubuntu, as root or through sudo; elsewhere say what is missing.
set -euo pipefail
sudo=
command -v apt-get >/dev/null || { echo "Please install $* and start again." >&2; exit 1; }
if [ "$(id -u)" != 0 ]; then sudo=sudo; fi
echo "Installing $* with ${sudo:+sudo }apt-get ..." >&2
$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
