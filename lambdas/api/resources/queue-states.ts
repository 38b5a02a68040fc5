/** How much work of a type waits, as callers see it; each environment asks at most every few seconds, however often it is asked itself. */
import { rescuePartitions } from '../../core/job/alarm.ts';
import type { ApiPorts } from '../api-context.ts';
import type { JobTypeResource } from '../openapi/resource-schemas.ts';

type QueueState = JobTypeResource['queue'];

/** The age of an answer, in milliseconds. */
export const queueStateMaxAgeMs = 5_000;

export class QueueStates {
  private readonly known = new Map<string, { readonly atMs: number; readonly state: Promise<QueueState> }>();
  private readonly ports: ApiPorts;

  constructor(ports: ApiPorts) {
    this.ports = ports;
  }

  /** @returns null where the queue or the index did not answer */
  stateOf(type: string): Promise<QueueState> {
    const atMs = this.ports.runtime.nowMs();
    const known = this.known.get(type);
    if (known !== undefined && atMs - known.atMs < queueStateMaxAgeMs) return known.state;
    const state = this.read(type, atMs).catch((error: unknown) => {
      this.ports.log.warn('The state of a queue could not be read.', { type, error: String(error) });
      return null;
    });
    this.known.set(type, { atMs, state });
    return state;
  }

  private async read(type: string, nowMs: number): Promise<QueueState> {
    const { queues, store, graceMs } = this.ports;
    // The alarm of a job that may start is set a grace behind that time, and the index is sorted by alarm, to the minute.
    const heads = rescuePartitions(type).map((partition) => store.due(partition, undefined, nowMs + graceMs, 1));
    const [depth, ...pages] = await Promise.all([queues.depth(type), ...heads]);
    const dueSinceMs = Math.min(...pages.flat().map(({ dueAtMs }) => dueAtMs - graceMs));
    const seconds = Math.max(0, Math.floor((nowMs - dueSinceMs) / 1000));
    return { depth, oldestSeconds: depth > 0 && Number.isFinite(seconds) ? seconds : null };
  }
}
