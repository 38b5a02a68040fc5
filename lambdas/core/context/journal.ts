/**
 * The journal of a job's code: outcomes of steps, sleeps, waits and delegations, by kind and name, each with its position in the order in which
 * the code received them. Failures and unfinished waits belong to one attempt; the rest stays until the job ends.
 */

import { truncate } from '../../text/truncate.ts';
import { PermanentError } from '../contract/errors.ts';
import type { JobPatch, Payload } from '../job/job.ts';

/** What the record must keep of an invocation. */
export interface JournalSnapshot {
  readonly all: JobPatch;
  /** The same for an attempt that failed: the next one starts without its failures and unfinished waits. */
  readonly forNextAttempt: JobPatch;
}

/** The snapshot of an invocation whose code did not run. */
export const emptyJournal: JournalSnapshot = { all: {}, forNextAttempt: {} };

export type JournalKind = 'step' | 'sleep' | 'wait' | 'signal' | 'link' | 'child' | 'run';
type Entries = Readonly<Record<string, Payload>>;

/** Bounds the record, which DynamoDB limits to 400 KB: each entry takes up to about 350 bytes, and inline results share `inlineBytes`. */
export const maxEntries = 500;
const maxNameBytes = 100;
/** Each takes up to 700 bytes of the record, in the journal and beside it. */
export const maxLinks = 20;
const inlineBytes = 65_536;

export class Journal {
  private entries: Entries;
  private lastOrder: number;
  /** Entries that running effects will add. */
  private reserved = 0;

  constructor(entries: Entries) {
    this.entries = entries;
    this.lastOrder = Object.values(entries).reduce((last, { order = 0 }) => Math.max(last, order), 0);
  }

  get(key: string): Payload | undefined {
    return Object.hasOwn(this.entries, key) ? this.entries[key] : undefined;
  }

  /** Records an outcome that the code has not received yet. */
  set(key: string, payload: Payload): void {
    this.entries = { ...this.entries, [key]: payload };
  }

  delete(key: string): void {
    const { [key]: _deleted, ...rest } = this.entries;
    this.entries = rest;
  }

  /**
   * Records an outcome with the next position. The code must receive outcomes in the order of their positions.
   * @returns the position
   */
  setReceived(key: string, payload: Payload): number {
    this.lastOrder += 1;
    this.set(key, { ...payload, order: this.lastOrder });
    return this.lastOrder;
  }

  /**
   * Reserves a place for an outcome, so that no effect starts whose outcome could not be recorded.
   * @returns a function that gives the place back; call it once the outcome is set, or when there will be none
   * @throws PermanentError `too_many_steps`
   */
  reserve(key: string): () => void {
    if (this.get(key) !== undefined) return () => undefined;
    if (Object.keys(this.entries).length + this.reserved >= maxEntries) {
      throw new PermanentError(
        `A job may have at most ${maxEntries} steps, failed steps, sleeps, waits and delegations; keep a position in ctx.checkpoint instead.`,
        { code: 'too_many_steps' },
      );
    }
    this.reserved += 1;
    return () => {
      this.reserved -= 1;
    };
  }

  /** @returns the number of signals of a name that the code has received, in any attempt */
  receivedSignals(name: string): number {
    const prefix = journalKey('signal', `${name}#`);
    return Object.entries(this.entries).filter(([key, { order }]) => key.startsWith(prefix) && order !== undefined).length;
  }

  /** @returns the keys of the entries of a kind */
  keysOf(kind: JournalKind): readonly string[] {
    return Object.keys(this.entries).filter((key) => key.startsWith(journalKey(kind, '')));
  }

  /** @returns whether there is room for another outcome of a few KB in the record itself */
  hasInlineRoom(): boolean {
    const used = Object.values(this.entries).reduce((sum, one) => sum + (one.kind === 'inline' ? Buffer.byteLength(one.json) : 0), 0);
    return used < inlineBytes;
  }

  all(): Entries {
    return this.entries;
  }

  /** @returns what another attempt starts with: results, without the failures and unfinished waits of this attempt */
  forNextAttempt(): Entries {
    return Object.fromEntries(
      Object.entries(this.entries).filter(([key, { order }]) => !isFailure(key) && !(isWait(key) && order === undefined)),
    );
  }
}

export const journalKey = (kind: JournalKind, name: string) => `${kind}:${name}`;
/** @param count which failure of this name in one attempt, from 1 */
export const failureKey = (kind: JournalKind, name: string, count: number) => `failed:${count}:${kind}:${name}`;

/** @returns the tokens of the links that the code has made */
export function linkTokens(entries: Entries): readonly string[] {
  return Object.entries(entries).flatMap(([key, entry]) =>
    key.startsWith(journalKey('link', '')) && entry.kind === 'inline' ? [JSON.parse(entry.json) as string] : [],
  );
}
const isFailure = (key: string) => key.startsWith('failed:');
const isWait = (key: string) => key.startsWith('wait:') || key.startsWith('signal:');

/** The names that the code has used in one invocation. Each may be used once; the name of a failed step may be used again. */
export class UsedNames {
  private readonly uses = new Map<string, { failures: number; isFree: boolean }>();

  /**
   * Marks a name as used.
   * @returns number of failures of this name in this invocation
   * @throws PermanentError `step_name_too_long`, `step_name_reused`
   */
  use(kind: JournalKind, name: unknown): number {
    if (typeof name !== 'string') {
      throw new PermanentError(`The name of a ${nounOf(kind)} must be text (was ${typeof name}).`, { code: 'invalid_step_name' });
    }
    if (Buffer.byteLength(name) > maxNameBytes) {
      throw new PermanentError(`The name of a ${nounOf(kind)} must have at most ${maxNameBytes} bytes (was "${truncate(name, 40)}").`, {
        code: 'step_name_too_long',
      });
    }
    const key = journalKey(kind, name);
    const use = this.uses.get(key) ?? { failures: 0, isFree: true };
    if (!use.isFree) {
      throw new PermanentError(`This job has two ${nounOf(kind)}s named "${name}"; each needs a name of its own.`, {
        code: 'step_name_reused',
      });
    }
    this.uses.set(key, { ...use, isFree: false });
    return use.failures;
  }

  /** Lets the code use the name of a failed call again. */
  release(kind: JournalKind, name: string): void {
    const key = journalKey(kind, name);
    this.uses.set(key, { failures: (this.uses.get(key)?.failures ?? 0) + 1, isFree: true });
  }
}

function nounOf(kind: JournalKind): string {
  return kind === 'child' ? 'delegation' : kind;
}
