/**
 * Writes down each AWS call that the product's code makes, with its input, into the folder that `DELEGATION_RECORD_CALLS` names: for
 * `npm run test:models`. The local mode and the doctor load it with `--import`, Jest as a set-up file, and
 * the doctor's unit tests with what they share.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { onCommand } from '../support/sdk-commands.ts';
import { recordedInput } from './recorded-value.ts';

const wrongCalls = new AsyncLocalStorage<true>();

/** Makes a call that AWS must refuse, which is not written down. */
export function callWrongly<T>(call: () => Promise<T>): Promise<T> {
  return wrongCalls.run(true, call);
}

const folder = process.env['DELEGATION_RECORD_CALLS'];
if (folder !== undefined) {
  const file = join(folder, `models-${process.pid}-${Date.now()}-${Math.random().toString(36).slice(2)}.ndjson`);
  onCommand(({ service, operation, input }) => {
    const from = callerOf();
    if (from.startsWith('test') || wrongCalls.getStore() === true) return;
    appendFileSync(file, `${JSON.stringify({ service, operation, from, input: recordedInput(input) })}\n`);
  });
}

/** @returns the innermost line of this repository that led to the call, such as `lambdas/adapters/s3-payload-store.ts:13`, or "unknown" */
function callerOf(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const { stack = '' } = new Error('where am I called from');
  Error.stackTraceLimit = stackTraceLimit;
  const root = process.cwd() + sep;
  const own = ['test/models/record-calls.ts', 'test/support/sdk-commands.ts'];
  for (const line of stack.split('\n')) {
    const [, path, number] = /(?:file:\/\/|\()?(\/[^():]+):(\d+):\d+\)?$/.exec(line) ?? [];
    if (path?.startsWith(root) !== true || path.includes('/node_modules/')) continue;
    const place = path.slice(root.length);
    if (!own.includes(place)) return `${place}:${number}`;
  }
  return 'unknown';
}
