#!/usr/bin/env bash
# Validates what goes to AWS against AWS's own models: the calls that the tests recorded against botocore's, and the templates' properties against
# CloudFormation's registry schemas, as cfn-lint carries them. Takes the calls that the folder `DELEGATION_RECORD_CALLS` holds, or runs those tests
# first. Needs Python with venv, and installs the rest.
set -euo pipefail
cd "$(dirname "$0")/../.."

# The Python of an environment with these packages.
python_with() { # folder, arguments of pip
  local folder=$1
  shift
  if [ ! -e "$folder/complete" ]; then
    rm -rf "$folder"
    python3 -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
    touch "$folder/complete"
  fi
  echo "$folder/bin/python"
}
requirements=test/models/python/requirements.txt
botocore=$(python_with ".build/models-$(cksum <$requirements | cut -d ' ' -f 1)" --requirement $requirements)
# One linter for both checks of templates.
version=$(sed -n 's/^version=//p' test/cfn-lint.sh)
linter=$(python_with ".build/cfn-lint-$version" "cfn-lint==$version")
export PYTHONDONTWRITEBYTECODE=1

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
if [ -z "${DELEGATION_RECORD_CALLS:-}" ]; then
  mkdir "$temporary/calls"
  export DELEGATION_RECORD_CALLS=$temporary/calls
  npx jest --selectProjects integration e2e
  npx jest --selectProjects unit -- test/unit/lib/doctor
fi

mkdir "$temporary/templates"
node_modules/.bin/node --disable-warning=ExperimentalWarning test/models/write-templates.ts "$temporary/templates"
"$linter" test/models/python/check_templates.py "$temporary/templates" >"$temporary/report" 2>&1 &
templates=$!
status=0
"$botocore" test/models/python/check_calls.py "$DELEGATION_RECORD_CALLS" || status=1
wait $templates || status=1
cat "$temporary/report"
exit $status
