#!/usr/bin/env bash
# Makes the virtual environment $1 from the locked requirements $2, with a Python that we support.
set -euo pipefail
venv=$1
requirements=$2

works() { "$1" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; }

if [ -d "$venv" ] && ! works "$venv/bin/python"; then
  echo "The environment $venv is broken or made by another Python; making it anew."
  rm -rf "$venv"
fi
if [ ! -d "$venv" ]; then
  for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null && works "$candidate"; then
      python=$candidate
      break
    fi
  done
  if [ -z "${python:-}" ]; then
    echo "Pluim needs Python 3.11, 3.12 or 3.13, with venv. Install one, then run make again." >&2
    exit 1
  fi
  echo "Making $venv with $("$python" --version) ..."
  "$python" -m venv "$venv" || {
    rm -rf "$venv"
    echo "This Python cannot make an environment. On Debian or Ubuntu: apt install python3-venv." >&2
    exit 1
  }
fi
echo "Installing what $requirements lists; the first time this takes a minute ..."
# Python compiles what it imports, a fraction of what is installed; compiling all takes as long as installing.
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes \
  -r "$requirements" || {
  echo "Installing failed. Check the network, then run make again; make clean starts over." >&2
  exit 1
}
