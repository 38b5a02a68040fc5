/**
 * `npm run test:permissions`: every call of AWS that the functions make in the end-to-end tests must be allowed by the role that the stack gives
 * them; the same call about something else, and what only other functions ask, must be refused; and every grant must have been needed. Takes
 * what the folder `DELEGATION_RECORD_CALLS` holds, or runs those tests first.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useRunFolder } from '../support/run-folder.ts';
import { faultsOfSettings } from './by-settings.ts';
import { noticedChanges } from './changes.ts';
import { grantsWith, settingsOfTests } from './granted.ts';
import type { RecordedCall } from './record-calls.ts';
import { requestsByFunction, verdictOf } from './verdict.ts';

/** Job types of the tests themselves, which no stack of this proof has: the deploy test runs them with their own roles. */
const typesOfTests: ReadonlySet<string> = new Set(['probe', 'rehearsal']);
const calls = recordedCalls();
const granted = grantsWith(settingsOfTests);
const requests = requestsByFunction(calls);
const grants = sum([...granted.values()].map(({ length }) => length));

const { refused, tooMuch, unused, excepted } = await verdictOf(requests, granted);
for (const reason of excepted) console.log(`Unused, with a reason: ${reason}`);
const needed = sum([...requests.values()].map((one) => one.needed.length));
const foreign = sum([...requests.values()].map((one) => one.foreign.length));
console.log(
  `${calls.length} calls recorded, ${refused.length === 0 ? calls.length : 'not all'} allowed (${needed} different requests); ` +
    `${foreign} foreign requests, ${foreign - tooMuch.length} refused; ${grants} actions granted, ${grants - unused.length - excepted.length} used`,
);

const changes = await noticedChanges(requests, granted);
for (const change of changes.excepted) console.log(`Not noticed, with a reason: ${change}`);
console.log(`${changes.noticed} changes of one grant are noticed, ${changes.missed.length} are not.`);

const settings = faultsOfSettings(granted);
console.log(`${settings.count} more by settings that the tests do not switch on: ${settings.what.join('; ')}.`);

const faults = [
  ...refused,
  ...tooMuch,
  ...unused,
  ...changes.missed.map((change) => `Not noticed, or not as expected: ${change}`),
  ...settings.faults,
];
for (const fault of faults) console.log(fault);
process.exit(calls.length > 0 && faults.length === 0 ? 0 : 1);

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function recordedCalls(): readonly RecordedCall[] {
  useRunFolder();
  const { DELEGATION_RECORD_CALLS: given } = process.env;
  const folder = given ?? mkdtempSync(join(tmpdir(), 'delegation-calls-'));
  if (given === undefined) {
    const env = { ...process.env, DELEGATION_RECORD_CALLS: folder };
    const { status } = spawnSync('jest', ['--selectProjects', 'e2e'], { env, stdio: 'inherit' });
    if (status !== 0) process.exit(1);
  }
  const files = readdirSync(folder).filter((file) => file.startsWith('permissions-'));
  const lines = files.flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
  const recorded = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as RecordedCall);
  return recorded.filter((call) => !typesOfTests.has(call.function));
}
