/**
 * `npm run test:permissions`: every call of AWS that the functions make in the end-to-end tests is checked against the role that the stack
 * gives them, and every action that a role grants must have been used. Takes what the folder `DELEGATION_RECORD_CALLS` holds, or runs those tests first.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grantedStatements } from './granted.ts';
import type { RecordedCall } from './record-calls.ts';
import { type Verdict, verdictOf } from './verdict.ts';

const calls = recordedCalls();
const granted = grantedStatements();
const verdict = await verdictOf(calls, granted);
for (const fault of [...verdict.refused, ...verdict.unused]) console.log(fault);
for (const reason of verdict.excepted) console.log(`unused, with a reason: ${reason}`);
console.log(
  `${calls.length} calls recorded, ${verdict.allowedCalls} allowed; ${verdict.grants} actions granted, ${verdict.grants - verdict.unused.length - verdict.excepted.length} used`,
);
process.exit(calls.length > 0 && isClean(verdict) && (await noticesChanges()) ? 0 : 1);

function isClean({ refused, unused }: Verdict): boolean {
  return refused.length === 0 && unused.length === 0;
}

/** The check itself: each statement that is left out must be missed by a call, and one that is added must be found unused. */
async function noticesChanges(): Promise<boolean> {
  let missed = 0;
  for (const [name, statements] of granted) {
    for (const statement of statements) {
      const isOfLambda = statement.Action.every((action) => action.startsWith('logs:'));
      const less = new Map([...granted, [name, statements.filter((other) => other !== statement)]]);
      const more = new Map([...granted, [name, [...statements, { ...statement, Action: ['dynamodb:DeleteItem'] }]]]);
      const noticed = [isOfLambda || (await verdictOf(calls, less)).refused.length > 0, (await verdictOf(calls, more)).unused.length > 0];
      if (noticed.includes(false)) {
        missed++;
        console.log(
          `The check does not notice a change of what ${name} may: ${statement.Action.join(', ')} on ${statement.Resource.join(', ')}`,
        );
      }
    }
  }
  console.log(`${missed === 0 ? 'every' : 'not every'} statement that is taken away is missed, every one that is added is found`);
  return missed === 0;
}

function recordedCalls(): readonly RecordedCall[] {
  const { DELEGATION_RECORD_CALLS: given } = process.env;
  const folder = given ?? mkdtempSync(join(tmpdir(), 'delegation-calls-'));
  if (given === undefined) {
    const env = { ...process.env, DELEGATION_RECORD_CALLS: folder };
    const { status } = spawnSync('jest', ['--selectProjects', 'e2e'], { env, stdio: 'inherit' });
    if (status !== 0) process.exit(1);
  }
  const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as RecordedCall);
}
