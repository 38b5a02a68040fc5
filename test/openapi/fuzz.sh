#!/usr/bin/env bash
# `npm run test:fuzz`: schemathesis, which knows the API's document alone, against the local mode. Needs Python with venv.
set -euo pipefail
cd "$(dirname "$0")/../.."

requirements=test/openapi/python/requirements.txt
folder=.build/schemathesis-$(cksum <$requirements | cut -d ' ' -f 1)
if [ ! -e "$folder/complete" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement $requirements
  touch "$folder/complete"
fi
export SCHEMATHESIS=$PWD/$folder/bin/schemathesis PYTHONDONTWRITEBYTECODE=1
exec node_modules/.bin/node --disable-warning=ExperimentalWarning test/openapi/fuzz.ts "$@"
