#!/usr/bin/env bash
# Validates the AWS calls that the tests recorded against botocore's models of the services. Takes what the folder `DELEGATION_RECORD_CALLS`
# holds, or runs those tests first. Needs Python with venv, and installs what the check needs.
set -euo pipefail
cd "$(dirname "$0")/../.."

requirements=test/models/python/requirements.txt
folder=.build/models-$(cksum <$requirements | cut -d ' ' -f 1)
if [ ! -e "$folder/complete" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement $requirements
  touch "$folder/complete"
fi

if [ -z "${DELEGATION_RECORD_CALLS:-}" ]; then
  DELEGATION_RECORD_CALLS=$(mktemp -d)
  export DELEGATION_RECORD_CALLS
  trap 'rm -rf "$DELEGATION_RECORD_CALLS"' EXIT
  npx jest --selectProjects integration e2e
fi
PYTHONDONTWRITEBYTECODE=1 "$folder/bin/python" test/models/python/check.py "$DELEGATION_RECORD_CALLS"
