#!/usr/bin/env bash
# `npm run check:all`: the README's test command first, then what else must hold. Fails when anything fails. CI runs it by `.ci/run`.
set -u
cd "$(dirname "$0")/.."

passed=0
failed=0
tree_before=$(git status --porcelain)
# The outcome of each check, and the tests that failed, by name and with what they expected, repeated at the end.
outcomes=$(mktemp)
failures=$(mktemp)
note_failures() { # what failed, its log
  { echo "FAILED  $1"; grep -E '^ +● .* › |^ +✕ ' "$2" | sort -u | head -n 20; grep -E -A 24 '^ +● ' "$2" | head -n 120; } >>"$failures"
}
check() { # title, then the command
  local title=$1 log started=$SECONDS report
  shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    echo passed >>"$outcomes"
    # With what the runners say at their end.
    report="ok      $title ($((SECONDS - started)) s)
$(grep -E '^(Tests:|skipped:|chaos: seed .*violation|[0-9]+ simulations run|[0-9]+ calls recorded|[0-9]+ changes of one grant|cfn-lint:|differential:|runtime:|models:|package:|tutorials:|prose:|schemathesis:|openapi:|report:|public-logs: [0-9]+ samples)' "$log" | sed 's/^/        /')"
  else
    echo failed >>"$outcomes"
    note_failures "$title" "$log"
    report="FAILED  $title ($((SECONDS - started)) s)
$(tail -n 100 "$log")"
  fi
  # At once, since two checks may end at the same moment.
  printf '%s\n' "$report" | grep -v '^$'
  rm -f "$log"
}

# What the functions ask of AWS in the end-to-end tests is written down, to be held against their roles below.
calls=$(mktemp -d)

# What the checks beyond Node need. A Python without venv is Debian's without python3-venv.
missing=()
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3 python3-venv)
command -v curl >/dev/null || missing+=(curl)
command -v chromium >/dev/null || missing+=(chromium)
install_missing() {
  [ ${#missing[@]} -gt 0 ] || return 0
  local sudo
  sudo=$([ "$(id -u)" -eq 0 ] || echo sudo)
  { $sudo apt-get update -qq && $sudo apt-get install -y -qq "${missing[@]}"; } >/dev/null
}
install_missing &
installing=$!

tests=$(mktemp)
DELEGATION_TEST_SIZE=full DELEGATION_RECORD_CALLS=$calls npm test >"$tests" 2>&1
status=$?
if [ $status -ne 0 ]; then
  grep -vE '^PASS ' "$tests" | tail -n 300
  note_failures 'npm test' "$tests"
fi
grep -E '^(Test Suites|Tests|Snapshots|Time):' "$tests"
count() { grep -E '^Tests:' "$tests" | grep -oE "[0-9]+ $1" | grep -oE '[0-9]+' || echo 0; }
passed=$((passed + $(count passed)))
failed=$((failed + $(count failed)))
# A run that broke before it counted anything has failed as well.
if [ $status -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi

# What the last checks need is there once the tests have run.
wait "$installing"

# About what is deployed: dependencies, and peer dependencies, which the lockfile counts as development dependencies here.
# Not every registry offers an audit, and without one nothing can be said.
advisories() {
  local folder report status
  folder=$(mktemp -d)
  cp package-lock.json "$folder"
  node -e '
    const { devDependencies, dependencies, peerDependencies, ...rest } = JSON.parse(fs.readFileSync("package.json", "utf8"));
    const deployed = { ...rest, dependencies: { ...dependencies, ...peerDependencies } };
    fs.writeFileSync(process.argv[1], JSON.stringify(deployed));' "$folder/package.json"
  report=$(npm audit --prefix "$folder" --omit=dev --audit-level=high --package-lock-only --json 2>&1)
  status=$?
  rm -rf "$folder"
  if ! grep -q '"auditReportVersion"' <<<"$report"; then
    echo "skipped: the registry answers no audit ($(grep -oE '[0-9]{3} [A-Z][A-Za-z ]+' <<<"$report" | head -n 1))"
    return 0
  fi
  echo "$report"
  return $status
}

# Alone: it is driven by a clock of its own, against a slow server.
check "the store's tests on Amazon's DynamoDB Local" npm run test:dynamodb
# Alone as well: its gateway gives up after 30 seconds, as Amazon's does, and a machine that is shared takes longer to start a function.
check 'deployed, tested, changed under load, destroyed' npm run test:deploy

# The tarball that one check packs and another uses.
packed=$(mktemp -d)
tutorials() {
  local tarball
  tarball=$(ls "$packed"/*.tgz 2>/dev/null)
  npm run test:tutorials ${tarball:+-- "$tarball"}
}

# Two at a time, in lanes of about the same length.
one_lane() {
  check "the bundles under Lambda's own runtime client" npm run test:runtime
  check 'chaos over real sockets' npm run chaos -- --seed 1
  check 'the console in a browser' env DELEGATION_BROWSER=required npm run test:console
  check 'logs that others published are read' npm run test:public-logs
  check 'the example client in Python is clean and works' npm run test:python
  check 'the site of the documentation builds, without a dead link' npm run site
  check 'a thousand files are read exactly' npm run test:differential -- --files 1000 --seed 1
  # The first 300 are among the tests.
  check 'five thousand simulations' npm run simulate -- --from 301 --seeds 4700
}
other_lane() {
  check 'no advisory about what is deployed' advisories
  check 'the package installs with npm, pnpm and Yarn, and works' env DELEGATION_PACKED="$packed" npm run test:package
  check 'the tutorials do what they say' tutorials
  check 'types' npm run types
  check 'plain words, whole sentences, short subjects' npm run test:prose
  check 'lint and layout' npm run lint
  check 'the stack is synthesised without an account' npm run synth -- --output .build/synth
  check 'every call is permitted, every permission is used' env DELEGATION_RECORD_CALLS="$calls" npm run test:permissions
  check "calls and templates fit AWS's own models" env DELEGATION_RECORD_CALLS="$calls" npm run test:models
  check 'cfn-lint' npm run test:template
  check 'the document passes a strict linter, and clients written from it work' npm run test:openapi
  check 'a client that knows the document alone finds nothing that it does not describe' npm run test:fuzz -- --examples 40
  check 'the report judges services whose truth is known' npm run test:report
}
one_lane &
side=$!
other_lane
wait "$side"
# A lane that was ended by a signal did not run the rest of its checks.
[ $? -lt 128 ] || echo failed >>"$outcomes"
rm -rf "$calls" "$packed"
check 'nothing generated or changed is left in the tree' test "$(git status --porcelain)" = "$tree_before"

passed=$((passed + $(grep -c passed "$outcomes")))
failed=$((failed + $(grep -c failed "$outcomes")))
cat "$failures"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
