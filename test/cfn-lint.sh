#!/usr/bin/env bash
# AWS's own linter of templates over what is synthesised: without settings, and with the example's. Needs Python with venv; installs the linter itself.
set -euo pipefail
cd "$(dirname "$0")/.."

version=1.58.0
folder=.build/cfn-lint-$version
if [ ! -e "$folder/complete" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "cfn-lint==$version"
  touch "$folder/complete"
fi

for config in delegation.config.ts delegation.config.example.ts; do
  npx cdk synth --quiet -c config=$config -o ".build/lint/$config" >/dev/null
done
# W3005: CDK lets a function wait for its whole role, with its policies, beside the reference that the linter sees.
"$folder/bin/cfn-lint" --regions us-east-1 eu-central-1 --ignore-checks W3005 --non-zero-exit-code informational -- .build/lint/*/*.template.json
echo "cfn-lint: $(ls .build/lint/*/*.template.json | wc -l) templates, nothing found"
