#!/usr/bin/env bash
# AWS's own linter of templates, for every region, over what is synthesised: without settings, and with the example's. What it may find is listed
# here with its reason; a listed finding that is gone fails as well. Needs Python with venv; installs the linter itself.
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

# The region of the example's keys.
export AWS_REGION=eu-central-1
for config in delegation.config.ts delegation.config.example.ts; do
  npx cdk synth --quiet -c config=$config -o ".build/lint/$config" >/dev/null
done

expected=$(mktemp) found=$(mktemp)
trap 'rm -f "$expected" "$found"' EXIT
# No budgets there: with alarms.monthlyUsd a deployment is refused at synth. The example has it.
npx node --disable-warning=ExperimentalWarning --input-type=module -e "
  import { regionsWithoutBudgets } from './lib/regions.ts';
  for (const region of regionsWithoutBudgets) console.log(\`E3006 Resource type 'AWS::Budgets::Budget' does not exist in '\${region}'\`);
" >"$expected"
# CDK lets a function wait for its whole role, with its policies, beside the reference that the linter sees.
echo 'W3005' >>"$expected"

# A finding is its code and its text; of warnings about references the code alone, since there is one for each function. The linter's status says
# that it found anything, 2 to 14; with any other it did not run.
status=0
"$folder/bin/cfn-lint" --regions ALL_REGIONS --non-zero-exit-code informational --format parseable -- .build/lint/*/*.template.json >"$found.all" || status=$?
[ "$status" -eq 0 ] || [ $((status % 2)) -eq 0 ] || { cat "$found.all"; exit "$status"; }
sed -E 's/^[^:]*(:[0-9]+){4}:([A-Z][0-9]+):(.*)$/\2 \3/; s/^W3005 .*/W3005/' "$found.all" | sort -u >"$found"
rm -f "$found.all"
sort -u -o "$expected" "$expected"
if ! diff "$expected" "$found" >/dev/null; then
  echo 'Found, and not listed in test/cfn-lint.sh:'
  comm -13 "$expected" "$found"
  echo 'Listed there, and not found any more:'
  comm -23 "$expected" "$found"
  exit 1
fi
echo "cfn-lint: $(ls .build/lint/*/*.template.json | wc -l) templates, all regions, nothing found but $(wc -l <"$expected") listed exceptions"
