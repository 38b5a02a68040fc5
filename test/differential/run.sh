#!/usr/bin/env bash
# The differential test with the Python that it needs: an environment of its own with pinned packages. Needs Python with venv.
set -euo pipefail
cd "$(dirname "$0")/../.."

requirements=test/differential/python/requirements.txt
folder=.build/differential-$(cksum <$requirements | cut -d ' ' -f 1)
if [ ! -e "$folder/complete" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement $requirements
  touch "$folder/complete"
fi
export DIFFERENTIAL_PYTHON=$PWD/$folder/bin/python PYTHONDONTWRITEBYTECODE=1
exec node_modules/.bin/node --disable-warning=ExperimentalWarning test/differential/run.ts "$@"
