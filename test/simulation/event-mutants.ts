/** Mutants of the events that follow a job's end. */
import { change, type Mutant } from './mutant-places.ts';

export const eventMutants: Readonly<Record<string, Mutant | readonly Mutant[]>> = {
  'an event is put before its end is written': change(
    'while (job === undefined) {',
    'await deps.ends.announce({ ...session.job, ...completionPatch(session.job, context, { outcome, entries }), revision: -1 } as Job); while (job === undefined) {',
  ),
  'an event that the bus refused is forgotten': change(
    'notify: (job) => bus.put(endEvent(job, deployment)),',
    'notify: (job) => bus.put(endEvent(job, deployment)).catch(() => undefined),',
  ),
  'an event has another id each time': change(
    "sha256Hex(JSON.stringify(['event', job.id,",
    "sha256Hex(JSON.stringify([Math.random(), 'event', job.id,",
  ),
  'events of later jobs have the ids of earlier ones': change(
    "sha256Hex(JSON.stringify(['event', job.id, job.createdAtMs, type]))",
    "sha256Hex(JSON.stringify(['event', job.id, type]))",
  ),
  'a job that is cancelled has no event': change(
    'isFor: ({ type }) => !internalTypes.includes(type),',
    "isFor: ({ type }, status) => status !== 'cancelled' && !internalTypes.includes(type),",
  ),
  "the service's own jobs have events": change(
    'isFor: ({ type }) => !internalTypes.includes(type),',
    'isFor: ({ type }) => internalTypes !== undefined && type !== undefined,',
  ),
};
