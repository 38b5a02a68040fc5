#!/usr/bin/env bash
# The differential test with the Python that it needs: an environment of its own with pinned packages. Needs Python with venv.
set -euo pipefail
cd "$(dirname "$0")/../.."

source test/python-environment.sh test/differential
export DIFFERENTIAL_PYTHON=$PWD/$environment/bin/python
exec node_modules/.bin/node --disable-warning=ExperimentalWarning test/differential/run.ts "$@"
