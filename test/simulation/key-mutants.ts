/** Mutants of concurrency keys, and of the places that jobs hold. */
import { change, type Mutant } from './mutant-places.ts';

export const keyMutants: Readonly<Record<string, Mutant | readonly Mutant[]>> = {
  'more jobs of a key run than there are places': change('holders.length >= places', 'holders.length > places'),
  'a place is not given back': change(
    'const state = await deps.gates.leave(gate.id, job.id);',
    'const state = await deps.gates.read(gate.id);',
  ),
  'a place is given back and not handed on': change('if (state?.crowdedAtMs !== undefined) await handOn(gate.id, deps);', ''),
  'a place that is handed on wakes no job': change(
    "if ((await letIn(job, deps)) === 'ended') state",
    "if (String(job.id) === 'ended') state",
  ),
  'a job that has got its place gets no message': change(
    'await gates.quit(job.id, runtime.nowMs()); await wakeAtOnce(written, queues);',
    'await gates.quit(job.id, runtime.nowMs());',
  ),
  'a job that ended while it waited gets the place': [
    change("return !isTerminal(status) && held?.includes('key')", "return held?.includes('key')"),
    change("if ((await letIn(job, deps)) === 'ended') state = (await gates.leave(gateId, jobId)) ?? state;", 'await letIn(job, deps);'),
    change('if (job.startedAtMs === undefined) await deps.gates.quit(job.id, deps.runtime.nowMs());', ''),
  ],
  'a job that comes overtakes those that wait': change('&& (isInTurn || crowdedAtMs === undefined)', ''),
  'the last in line comes first': change('return a.order - b.order ||', 'return b.order - a.order ||'),
  'priorities order nothing': change(
    "startAtMs - headStartMs[gate?.priority ?? 'normal']",
    "startAtMs - headStartMs[gate === undefined ? 'low' : 'normal']",
  ),
  'the clock looks at no gate': change(
    'process: (entries) => processEach(sweep, entries, ({ id }) => lookAtGate(id, placesOf, deps)),',
    'process: async () => undefined,',
  ),
};
