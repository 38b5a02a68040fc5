#!/usr/bin/env bash
# `npm run test:fuzz`: schemathesis, which knows the API's document alone, against the local mode. Needs Python with venv.
set -euo pipefail
cd "$(dirname "$0")/../.."

source test/python-environment.sh test/openapi
export SCHEMATHESIS=$PWD/$environment/bin/schemathesis
exec node_modules/.bin/node --disable-warning=ExperimentalWarning test/openapi/fuzz.ts "$@"
