/** Gates as DynamoDB keeps them: each changed by one conditional write, with an index that lags behind. */
import {
  type GateRecord,
  type GateState,
  type GateStore,
  isFull,
  lookEveryMs,
  type Taken,
  type Waiter,
} from '../lambdas/core/gate/gate-store.ts';
import { alarmKey, keyAfterMinutes } from '../lambdas/core/job/alarm-key.ts';
import type { GateName } from '../lambdas/core/job/gate.ts';
import type { Carry } from './carry.ts';
import { byOrder, firstBehind, type IndexEntry, orderOf } from './due-index.ts';

/** An entry of the index, and the times between which it is there. */
interface Entry<T> {
  readonly value: T;
  readonly fromMs: number;
  untilMs: number;
}

interface InLine extends Waiter {
  readonly gateId: string;
}

export class MemoryGateStore {
  readonly rows = new Map<string, GateRecord>();
  /** By job: the entries that it has and had in a line. */
  private readonly lines = new Map<string, Entry<InLine>[]>();
  /** By gate: the alarms that it has and had. */
  private readonly alarms = new Map<string, Entry<IndexEntry>[]>();
  private readonly nowMs: () => number;
  private readonly lagMs: () => number;

  /** @param lagMs the lag of the index at this read */
  constructor(nowMs: () => number, lagMs: () => number = () => 0) {
    this.nowMs = nowMs;
    this.lagMs = lagMs;
  }

  /** @returns whether any is in the index of alarms */
  readonly hasAlarms = (): boolean => [...this.rows.values()].some(({ dueAtMs }) => dueAtMs !== undefined);

  /** @returns the store, as one process reaches it @param onPlaced called when a job gets a place */
  connect(carry: Carry, onPlaced: (jobId: string) => void = () => undefined): GateStore {
    return {
      read: (id) => carry('read gate', () => this.rows.get(id)),
      take: (gate, jobId, { places, isInTurn, nowMs }) =>
        carry('take place', (): Taken => {
          const known = this.rows.get(gate.id);
          const { holders = [], crowdedAtMs } = known ?? {};
          const mayTake = !isFull({ holders, places, crowdedAtMs }) && (isInTurn || crowdedAtMs === undefined);
          if (!holders.includes(jobId) && !mayTake) return { isTaken: false, state: known as GateRecord };
          if (!holders.includes(jobId)) onPlaced(jobId);
          const dueAtMs = known?.dueAtMs ?? nowMs + lookEveryMs;
          return { isTaken: true, state: this.set({ ...gate, crowdedAtMs, places, dueAtMs, holders: [...new Set([...holders, jobId])] }) };
        }),
      leave: (id, jobId) =>
        carry('leave gate', () => {
          const known = this.rows.get(id);
          return known && this.set({ ...known, holders: known.holders.filter((holder) => holder !== jobId) });
        }),
      crowd: (gate, { places, nowMs }) =>
        carry('crowd gate', (): GateState => {
          const { holders = [], dueAtMs = nowMs + lookEveryMs } = this.rows.get(gate.id) ?? {};
          return this.set({ ...gate, holders, dueAtMs, places, crowdedAtMs: nowMs });
        }),
      uncrowd: (id, sinceMs) =>
        carry('uncrowd gate', () => {
          const known = this.rows.get(id);
          if (known?.crowdedAtMs === sinceMs) this.set({ ...known, crowdedAtMs: undefined });
        }),
      postpone: ({ id }, { places, dueAtMs }) =>
        carry('postpone gate', () => {
          const known = this.rows.get(id);
          if (known?.dueAtMs !== undefined) this.set({ ...known, places, dueAtMs });
        }),
      close: (id) =>
        carry('close gate', () => {
          const known = this.rows.get(id);
          if (known === undefined || known.holders.length > 0 || known.crowdedAtMs !== undefined) return false;
          this.set({ ...known, dueAtMs: undefined });
          return true;
        }),
      join: (gateId, { jobId, order }) => carry('join line', () => replace(this.lines, jobId, { gateId, jobId, order }, this.nowMs())),
      quit: (jobId) => carry('quit line', () => replace(this.lines, jobId, undefined, this.nowMs())),
      line: (gateId, limit, after) =>
        carry('read line', () => {
          const line = this.lineOf(gateId);
          const first = after === undefined ? 0 : line.findIndex((one) => inOrder(after, one) < 0);
          return first === -1 ? [] : line.slice(first, first + limit);
        }),
      due: (_partition, after, untilMs, limit) =>
        carry('due gates', () => {
          const entries = current(this.alarms, this.nowMs() - this.lagMs()).sort(byOrder);
          const first = after === undefined ? 0 : firstBehind(entries, orderOf(after));
          return entries.slice(first, Math.min(first + limit, firstBehind(entries, keyAfterMinutes(untilMs))));
        }),
    };
  }

  private set(gate: GateRecord & GateName): GateRecord {
    const before = this.rows.get(gate.id);
    this.rows.set(gate.id, gate);
    const { id, owner, dueAtMs } = gate;
    if (before?.dueAtMs === dueAtMs) return gate;
    const key = dueAtMs === undefined ? undefined : alarmKey(owner, dueAtMs);
    const entry = key === undefined || dueAtMs === undefined ? undefined : { id, key, dueAtMs, order: orderOf({ key, id }) };
    replace(this.alarms, id, entry, this.nowMs());
    return gate;
  }

  private lineOf(gateId: string): readonly Waiter[] {
    const all = current(this.lines, this.nowMs() - this.lagMs()).filter((entry) => entry.gateId === gateId);
    return all.sort(inOrder).map(({ jobId, order }) => ({ jobId, order }));
  }
}

function inOrder(a: Waiter, b: Waiter): number {
  return a.order - b.order || (a.jobId < b.jobId ? -1 : Number(a.jobId > b.jobId));
}

function replace<T>(entries: Map<string, Entry<T>[]>, id: string, value: T | undefined, nowMs: number): void {
  const own = entries.get(id) ?? [];
  entries.set(id, own);
  const last = own.at(-1);
  if (last !== undefined) last.untilMs = Math.min(last.untilMs, nowMs);
  if (value !== undefined) own.push({ value, fromMs: nowMs, untilMs: Number.POSITIVE_INFINITY });
}

function current<T>(entries: ReadonlyMap<string, readonly Entry<T>[]>, asOfMs: number): T[] {
  return [...entries.values()].flatMap((own) =>
    own.filter(({ fromMs, untilMs }) => fromMs <= asOfMs && asOfMs < untilMs).map(({ value }) => value),
  );
}
