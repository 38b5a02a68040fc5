/** `ctx.step`: work that runs once and whose outcome is remembered. */
import { toJson } from '../job/json-value.ts';
import { extendTimeline } from '../job/timeline.ts';
import { asWritten, checkFunction, refuseWithin } from './context-input.ts';
import type { ContextParts } from './context-parts.ts';
import type { NamedCall } from './run-journal.ts';
import { runInScope } from './scope.ts';
import { type OrParked, parked } from './suspensions.ts';

export async function step<T>(parts: ContextParts, name: string, fn: () => Promise<T>): Promise<OrParked<T>> {
  const { journal, suspensions, isClosed } = parts;
  refuseWithin('step', 'step', name);
  checkFunction(fn, `step "${String(name)}"`);
  const call = journal.begin('step', name);
  const known = await journal.recall<T>(call);
  if (known !== undefined) return known.value;
  await journal.beforeEffect();
  const release = journal.reserve(call);
  try {
    const json = await runStep(parts, call, fn);
    if (isClosed()) return parked;
    return suspensions.parkIfTimeIsUp() ?? asWritten<T>(json);
  } finally {
    release();
  }
}

/** @returns the result as JSON, once it is in the record and the code may receive it */
async function runStep({ journal, deps }: ContextParts, call: NamedCall, fn: () => Promise<unknown>): Promise<string> {
  const { name } = call;
  let json: string;
  try {
    const value = await runInScope('step', fn);
    json = toJson(value === undefined ? null : value, `The result of step "${name}"`, 'invalid_step_result');
  } catch (error) {
    throw await journal.recordFailure(call, error);
  }
  await journal.saveAndReceive(call, json, (job) => ({
    crashes: 0,
    storeOutages: undefined,
    timeline: extendTimeline(job.timeline, { atMs: deps.runtime.nowMs(), event: 'step', detail: name }),
  }));
  return json;
}
