#!/usr/bin/env bash
# `npm run test:python`: the example client in Python is clean, typed, and does jobs against a real local mode. Needs Python 3.11 or later with venv.
set -euo pipefail
cd "$(dirname "$0")/../.."

source test/python-environment.sh test/python
export EXAMPLE_PYTHON=$PWD/$environment/bin/python
exec node_modules/.bin/node --disable-warning=ExperimentalWarning test/python/run.ts "$@"
