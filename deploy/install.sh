#!/usr/bin/env bash
# Taquilla with its extras into a virtual environment of its own; each file's hash is the lock's.
#
#   deploy/install.sh /opt/taquilla kafka,postgres,aws
set -euo pipefail
cd "$(dirname "$0")/.."
environment=${1:?The folder of the virtual environment is missing.}
extras=${2-}

# Airflow's image sets it, and pip refuses it in a virtual environment.
unset PIP_USER

wanted=$(mktemp)
trap 'rm -f "$wanted"' EXIT
"${PYTHON:-python3}" deploy/wanted.py build "$extras" >"$wanted"

"${PYTHON:-python3}" -m venv "$environment"
pip=("$environment/bin/python" -m pip --quiet --disable-pip-version-check)
# Older ones take no versions and hashes from constraints.
"${pip[@]}" install --require-hashes --requirement deploy/pip.lock
"${pip[@]}" install --require-hashes --constraint requirements-dev.lock --requirement "$wanted"
"${pip[@]}" install --no-deps --no-build-isolation .
"${pip[@]}" check
"$environment/bin/taquilla" --version
