/** How much work of a type waits, as callers see it; each environment asks at most every few seconds, however often it is asked itself. */
import { rescuePartitions } from '../../core/job/alarm.ts';
import type { DueEntry } from '../../core/job/ports.ts';
import { isTerminal } from '../../core/job/states.ts';
import type { ApiPorts } from '../api-context.ts';
import type { JobTypeResource } from '../openapi/resource-schemas.ts';

type QueueState = JobTypeResource['queue'];

/** The age of an answer, in milliseconds. */
export const queueStateMaxAgeMs = 5_000;

/** Alarms that are read at once. */
const pageSize = 5;
/** With these, the running jobs of a partition are passed over, unless more than 25 run. */
const maxPages = 5;

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
    const partitions = rescuePartitions(type, await this.ports.typeStates.partitionsToRead());
    const [depth, ...since] = await Promise.all([
      this.ports.queues.depth(type),
      ...partitions.map((partition) => this.waitingSince(partition, nowMs)),
    ]);
    const seconds = Math.floor((nowMs - Math.min(...since)) / 1000);
    return { depth, oldestSeconds: Number.isFinite(seconds) ? seconds : null };
  }

  /**
   * Looks for the oldest job that is due and not running. Running jobs keep their alarms, and jobs of a paused type have no messages, so only the
   * records say which jobs wait.
   * @returns since when, in epoch milliseconds; infinite if none is found among the first alarms
   */
  private async waitingSince(partition: string, nowMs: number): Promise<number> {
    const { store, graceMs } = this.ports;
    let after: DueEntry | undefined;
    for (let page = 0; page < maxPages; page++) {
      // The alarm of a job that may start is set a grace behind that time, and the index is sorted by alarm, to the minute.
      const entries = await store.due(partition, after, nowMs + graceMs, pageSize);
      const jobs =
        entries.length === 0
          ? []
          : await store.getMany(
              entries.map(({ id }) => id),
              nowMs,
            );
      const waiting = jobs.filter(({ status, notBeforeMs }) => status !== 'running' && !isTerminal(status) && notBeforeMs <= nowMs);
      if (waiting.length > 0) return Math.min(...waiting.map(({ notBeforeMs }) => notBeforeMs));
      after = entries.at(-1);
      if (entries.length < pageSize) break;
    }
    return Number.POSITIVE_INFINITY;
  }
}
