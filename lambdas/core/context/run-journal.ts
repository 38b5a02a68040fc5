/**
 * The journal as one run of a job uses it: recalls what the code received in earlier invocations, in the same order, records what it receives now, and
 * writes that to the record before the next effect starts.
 */
import { parseExactJson } from '../../text/exact-json.ts';
import { JobInterruptedError, LeaseLostError, PermanentError, QuotaExceededError, UnavailableError } from '../contract/errors.ts';
import { readable } from '../job/error-text.ts';
import type { Job, JobPatch, Payload } from '../job/job.ts';
import { inlinePayloadBytes, loadPayload, storePayload } from '../job/payload.ts';
import type { PayloadStore } from '../job/ports.ts';
import type { JobSession } from '../session/job-session.ts';
import { asWritten } from './context-input.ts';
import { failureKey, Journal, type JournalKind, type JournalSnapshot, journalKey, maxLinks, UsedNames } from './journal.ts';
import { failureJson, rebuildFailure, rebuildWithStack } from './remembered-failure.ts';
import { ReplayOrder, sleepOrder } from './replay-order.ts';

/** A reference to a stored object takes about as much. */
const maxInlineBytesWhenFull = 256;

/** One call of a step, sleep, wait or delegation. */
export interface NamedCall {
  readonly kind: JournalKind;
  readonly name: string;
  /** Number of failures of this name in this invocation, before the call. */
  readonly failures: number;
}

export interface RunJournalOptions {
  readonly payloads: PayloadStore;
  /** The members that every save writes besides the journal. */
  readonly otherMembers: () => JobPatch;
}

export class RunJournal {
  private readonly session: JobSession;
  private readonly options: RunJournalOptions;
  private readonly journal: Journal;
  private readonly replay = new ReplayOrder();
  private readonly names = new UsedNames();
  /** By kind and name of a signal, how often this run has waited for it, or made a link for it. */
  private readonly calls = new Map<string, number>();
  /** The keys of the links that are in the journal or being made. */
  private readonly links: Set<string>;
  /** Number of outcomes that the code has received and that no write of their own has stored (waits, delegations, failures), and how many are in the record. */
  private receivedCount = 0;
  private savedCount = 0;

  constructor(session: JobSession, options: RunJournalOptions) {
    this.session = session;
    this.options = options;
    this.journal = new Journal(session.job.journal);
    this.links = new Set(this.journal.keysOf('link'));
  }

  /** @returns what the record must keep of this run, whichever way it ends */
  snapshot(): JournalSnapshot {
    const all = this.patch();
    return { all, forNextAttempt: { ...all, journal: this.journal.forNextAttempt() } };
  }

  /** Marks a name as used. @throws PermanentError `step_name_reused` and others for a name that cannot be used */
  begin(kind: JournalKind, name: string): NamedCall {
    return { kind, name, failures: this.names.use(kind, name) };
  }

  /** Begins the next wait for a signal, or the next link for it. There may be several of each, so the calls are numbered. */
  beginNumbered(kind: 'signal' | 'link', name: string): NamedCall {
    const key = journalKey(kind, name);
    const number = (this.calls.get(key) ?? 0) + 1;
    this.calls.set(key, number);
    return this.begin(kind, `${name}#${number}`);
  }

  /** Reserves a place for a link. @returns a function that gives it back @throws PermanentError `too_many_links`, `too_many_steps` */
  reserveLink(call: NamedCall): () => void {
    const key = journalKey(call.kind, call.name);
    if (this.links.size >= maxLinks && !this.links.has(key))
      throw new PermanentError(`A job may make at most ${maxLinks} links for signals.`, { code: 'too_many_links' });
    this.links.add(key);
    return this.reserve(call);
  }

  /** Lets the code use the name of a failed call again. */
  release({ kind, name }: NamedCall): void {
    this.names.release(kind, name);
  }

  /** Reserves a place for the outcome of a call. @returns a function that gives it back @throws PermanentError `too_many_steps` */
  reserve({ kind, name }: NamedCall): () => void {
    return this.journal.reserve(journalKey(kind, name));
  }

  /**
   * Looks for what the code received from this call in an earlier invocation: a failure, or the result.
   * @throws the remembered failure, rebuilt
   */
  async recall<T>(call: NamedCall): Promise<{ readonly value: T } | undefined> {
    const { kind, name, failures } = call;
    const failure = this.journal.get(failureKey(kind, name, failures + 1));
    if (failure?.order !== undefined) {
      const json = await this.replay.next(failure.order, () => this.load(failure));
      this.release(call);
      throw rebuildFailure(json);
    }
    const known = this.journal.get(journalKey(kind, name));
    if (known?.order === undefined) return undefined;
    const json = await this.replay.next(known.order, () => this.load(known));
    return { value: asWritten<T>(json) };
  }

  /** @returns the time that a sleep or an unfinished wait has stored under the name; undefined at its first call */
  async storedTime({ kind, name }: NamedCall): Promise<number | undefined> {
    const entry = this.journal.get(journalKey(kind, name));
    return entry && Number(parseExactJson(await this.load(entry)));
  }

  storeTime({ kind, name }: NamedCall, atMs: number): void {
    this.journal.set(journalKey(kind, name), inlinePayload(atMs));
  }

  /** @returns what an unfinished call has stored under its name; undefined at its first call */
  async pending({ kind, name }: NamedCall): Promise<string | undefined> {
    const entry = this.journal.get(journalKey(kind, name));
    return entry && asWritten<string>(await this.load(entry));
  }

  setPending({ kind, name }: NamedCall, text: string): void {
    this.journal.set(journalKey(kind, name), inlinePayload(text));
  }

  /** @returns whether the code received the end of this sleep already */
  isSleepReceived({ kind, name }: NamedCall): boolean {
    return this.journal.get(journalKey(kind, name))?.order !== undefined;
  }

  /** Lets the code receive the end of a sleep in its turn. */
  async receiveSleep({ kind, name }: NamedCall, untilMs: number): Promise<void> {
    const key = journalKey(kind, name);
    const { order } = this.journal.get(key) ?? {};
    await this.replay.next(order ?? sleepOrder(untilMs), async () => {
      if (order === undefined) this.journal.setReceived(key, inlinePayload(untilMs));
    });
  }

  /** Records the outcome of a call, and waits until the code may receive it. The next save writes it. */
  async receive({ kind, name }: NamedCall, json: string): Promise<void> {
    await this.receiveUnsaved(journalKey(kind, name), await this.store(json));
  }

  /** As `receive`, of an outcome that is stored already. It is loaded in its turn, so that a small one that comes later does not overtake it. */
  async receivePayload({ kind, name }: NamedCall, payload: Payload): Promise<string> {
    const order = this.journal.setReceived(journalKey(kind, name), payload);
    this.receivedCount += 1;
    return this.replay.next(order, () => this.load(payload));
  }

  /** Receives the oldest signal of a name that the code has not received yet. @returns undefined if there is none */
  async receiveSignal<T>(call: NamedCall, name: string): Promise<{ readonly value: T } | undefined> {
    const signals = this.session.job.signals?.filter((one) => one.name === name);
    const payload = signals?.[this.journal.receivedSignals(name)]?.payload;
    if (payload === undefined) return undefined;
    return { value: asWritten<T>(await this.receivePayload(call, payload)) };
  }

  /** Records the result of a call in a save of its own, and waits until the code may receive it. @param makePatch what the save writes besides */
  async saveAndReceive({ kind, name }: NamedCall, json: string, makePatch: (job: Job) => JobPatch): Promise<void> {
    const payload = await this.store(json);
    let received: Promise<void> = Promise.resolve();
    const saved = this.save((job) => {
      const order = this.journal.setReceived(journalKey(kind, name), payload);
      received = this.inTurn(order, () => saved);
      return makePatch(job);
    });
    await saved;
    await received;
  }

  /**
   * Records a failure of the code, so that it gets the same one in every later invocation of this attempt.
   * @returns what to throw: the failure as it is rebuilt from the journal, or the engine's own error as it is
   */
  async recordFailure(call: NamedCall, thrown: unknown): Promise<unknown> {
    const { kind, name, failures } = call;
    const error = readable(thrown);
    if (!this.isCodeFailure(error)) return error;
    const json = failureJson(error);
    const payload = await this.store(json);
    // A wait that is repeated starts again from now, and another run is another job.
    if (kind === 'wait' || kind === 'signal' || kind === 'run') this.journal.delete(journalKey(kind, name));
    // The failure takes the place that was reserved for the result.
    await this.receiveUnsaved(failureKey(kind, name, failures + 1), payload);
    this.release(call);
    return rebuildWithStack(json, error);
  }

  /** Whether the code itself failed. The engine's own errors, and those of code that obeys its signal, end the invocation; the next one tries again. */
  isCodeFailure(error: unknown): boolean {
    const isEngines = [UnavailableError, QuotaExceededError, LeaseLostError, JobInterruptedError].some((own) => error instanceof own);
    return !isEngines && !this.session.interrupted.aborted;
  }

  /** Writes the journal and what `makePatch` returns. */
  async save(makePatch: (job: Job) => JobPatch): Promise<void> {
    let received = 0;
    await this.session.save((job) => {
      const patch = makePatch(job);
      received = this.receivedCount;
      return { ...this.patch(), ...patch };
    });
    this.savedCount = Math.max(this.savedCount, received);
  }

  /** An effect starts only while the lease is certainly held, and after what led to it is in the record. */
  async beforeEffect(): Promise<void> {
    const { session } = this;
    session.interrupted.throwIfAborted();
    // Another branch may receive something during the write. After a save whose response was lost, `save` throws, so this ends.
    while (this.savedCount < this.receivedCount || session.hasUncertainSave) await this.save(() => ({}));
    session.assertHeld();
    session.interrupted.throwIfAborted();
  }

  private patch(): JobPatch {
    return { ...this.options.otherMembers(), journal: this.journal.all() };
  }

  private receiveUnsaved(key: string, payload: Payload): Promise<void> {
    const order = this.journal.setReceived(key, payload);
    this.receivedCount += 1;
    return this.inTurn(order, async () => undefined);
  }

  /**
   * Waits until the code may receive a new outcome: after all outcomes with an earlier position, which may still be loaded or written.
   * Otherwise a race between branches would have another winner in the next invocation.
   */
  private inTurn(order: number, written: () => Promise<void>): Promise<void> {
    const received = this.replay.next(order, written);
    received.catch(() => undefined); // a write that failed is reported where it was made
    return received;
  }

  private load(payload: Payload): Promise<string> {
    return loadPayload(this.options.payloads, payload);
  }

  /** Small outcomes stay in the record until there are many of them. */
  private store(json: string): Promise<Payload> {
    const inlineBytes = this.journal.hasInlineRoom() ? inlinePayloadBytes : maxInlineBytesWhenFull;
    return storePayload(this.options.payloads, { jobId: this.session.job.id, name: 'step', json, inlineBytes });
  }
}

function inlinePayload(value: number | string): Payload {
  return { kind: 'inline', json: JSON.stringify(value) };
}
