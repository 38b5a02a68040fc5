#!/usr/bin/env bash
# The store's tests once more against Amazon's own DynamoDB Local, which is stricter than dynalite. Needs Java, and installs it where it may.
set -euo pipefail
cd "$(dirname "$0")/.."

version=2.9.30 # of amplify-dynamodb-simulator, which carries the jar
folder=.build/dynamodb-local-$version
if ! command -v java >/dev/null; then
  sudo=$([ "$(id -u)" -eq 0 ] || echo sudo)
  $sudo apt-get update -qq && $sudo apt-get install -y -qq openjdk-17-jre-headless >/dev/null
fi
if [ ! -e "$folder/DynamoDBLocal.jar" ]; then
  mkdir -p "$folder"
  archive=$(npm pack "amplify-dynamodb-simulator@$version" --pack-destination "$folder" 2>/dev/null | tail -n 1)
  tar -xzf "$folder/$archive" -C "$folder" --strip-components=2 package/emulator
  rm "$folder/$archive"
fi

port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
# It writes a file where it is started.
(cd "$folder" && exec java -Djava.library.path=DynamoDBLocal_lib -jar DynamoDBLocal.jar -inMemory -sharedDb -disableTelemetry -port "$port") >/dev/null 2>&1 &
trap 'kill $! 2>/dev/null || true' EXIT
for _ in $(seq 100); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.2
done

DELEGATION_TEST_DYNAMODB=http://127.0.0.1:$port npx jest --selectProjects integration \
  --testPathPatterns '/(job-store|listing|engine|ledger|quota|job-type-state|bounds|write-batch)\.test'
