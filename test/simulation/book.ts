/** What the jobs' code was told, and what it did then, kept apart from the engine: it must be told the same again, and do nothing twice. */
import type { Judge } from './judge.ts';
import type { Machine } from './machine.ts';
import type { Outside } from './outside.ts';
import { inWords, type Meaning } from './values.ts';

/** One run of a job's code, from its top to its end. */
export interface Run {
  readonly jobId: string;
  readonly attempt: number;
  readonly machine: Machine;
  readonly signal: AbortSignal;
  /** By name: how often it was asked for. */
  readonly calls: Map<string, number>;
  /** Told to the code, and not yet acted upon: a process that dies now may forget it. */
  readonly fresh: Map<string, string>;
  readonly underWay: Set<string>;
  end?: End;
}

export interface End {
  /** The shape of the value. */
  readonly returned?: string;
  readonly threw?: Meaning;
  /** It was told to stop, or its job is another's affair by then. */
  readonly isInterrupted: boolean;
  /** Steps that nobody had awaited. */
  readonly unawaited: readonly string[];
}

/** Whether what is told must be told again: never, once the code acted upon it, or (a value) from the beginning. */
export type Memory = 'none' | 'when acted upon' | 'at once';

export type Outcome = { readonly is: 'value'; readonly shape: string } | { readonly is: 'thrown'; readonly meaning: Meaning };

const interruptions = new Set(['cancelled', 'deadline_exceeded', 'attempt_timed_out', 'lease_lost', 'host_stopping']);

export class Book {
  readonly runs = new Map<string, Run[]>();
  /** By job: what its code acted upon, under the name, or the attempt, name and call for what another attempt forgets. */
  private readonly bound = new Map<string, Map<string, string>>();
  /** By job and name: runs of a step's function. */
  private readonly stepRuns = new Map<string, { readonly run: Run; isDone: boolean }[]>();
  private readonly firsts = new Map<string, number>();
  private readonly judge: Judge;
  private readonly outside: Outside;
  private readonly nowMs: () => number;

  constructor(judge: Judge, outside: Outside, nowMs: () => number) {
    this.judge = judge;
    this.outside = outside;
    this.nowMs = nowMs;
  }

  /** The code of a job begins at its top. */
  starts(run: Run): void {
    const runs = this.runs.get(run.jobId) ?? [];
    this.runs.set(run.jobId, runs);
    const before = runs.at(-1);
    // Its machine may have stood still between the claim and this.
    if (!this.isHolder(run)) return;
    if (before?.end !== undefined && !before.end.isInterrupted && before.attempt === run.attempt && !before.machine.isDisturbed)
      this.breach(
        'I7',
        `attempt ${run.attempt} of ${run.jobId} runs again, although its code had ended and nothing befell ${before.machine.name}`,
      );
    runs.push(run);
  }

  ends(run: Run, end: Pick<End, 'returned' | 'threw'>): void {
    const isInterrupted = run.signal.aborted || !this.isHolder(run) || interruptions.has(end.threw?.code ?? '');
    run.end = { ...end, isInterrupted, unawaited: [...run.underWay] };
    if (end.threw !== undefined && !isInterrupted && end.threw.code !== 'unavailable') this.outside.failed(run.jobId);
  }

  /** @returns which call of this name it is, from 0 */
  asks(run: Run, name: string): number {
    const call = run.calls.get(name) ?? 0;
    run.calls.set(name, call + 1);
    return call;
  }

  /** A step's function begins, and with it an effect. @returns to be called when it has done its work, and what it gives can be kept */
  begins(run: Run, name: string, call: number): () => void {
    const { jobId, attempt, machine } = run;
    const job = this.judge.jobOf(jobId);
    const key = `${jobId} ${name}`;
    const what = `step ${name} of ${jobId} begins on ${machine.name}`;
    if (!this.isHolder(run)) this.breach('I3', `${what}, whose lease is over: the job is ${job?.status}`);
    else {
      if (this.outside.cleanUps.has(jobId)) this.breach('I6', `${what} after the clean-up`);
      this.act(run);
    }
    const known = this.bound.get(jobId);
    const told = known?.get(`${attempt} ${name} ${call}`) ?? known?.get(name);
    if (told !== undefined) this.breach('I2', `${what}, and its code knows already: ${told}`);
    const earlier = this.stepRuns.get(key) ?? [];
    this.stepRuns.set(key, earlier);
    for (const other of earlier) {
      if (other.isDone && !other.run.machine.isDisturbed) this.breach('I2', `${what}, and was done by ${other.run.machine.name}`);
      if (!other.isDone && other.run.machine !== machine && other.run.underWay.has(name) && other.run.machine.isRunning)
        this.breach('I3', `${what} while it is under way on ${other.run.machine.name}`);
    }
    const stepRun = { run, isDone: false };
    earlier.push(stepRun);
    run.underWay.add(name);
    return () => {
      stepRun.isDone = true;
    };
  }

  /** @returns whether a step's function has begun in this attempt */
  isBegun({ jobId, attempt }: Run, name: string): boolean {
    return this.stepRuns.get(`${jobId} ${name}`)?.some(({ run }) => run.attempt === attempt) === true;
  }

  /** @returns how often a step's function has begun */
  timesBegun({ jobId }: Run, name: string): number {
    return this.stepRuns.get(`${jobId} ${name}`)?.length ?? 0;
  }

  /** @returns when this was done for the first time in the attempt */
  first({ jobId, attempt }: Run, what: string): number {
    const key = `${jobId} ${attempt} ${what}`;
    const atMs = this.firsts.get(key) ?? this.nowMs();
    this.firsts.set(key, atMs);
    return atMs;
  }

  /** A wait looks: there must be nothing yet that its code acted upon. */
  looks(run: Run, name: string): void {
    if (!this.isHolder(run)) return;
    const known = this.bound.get(run.jobId);
    const told = known?.get(`${run.attempt} ${name} 0`) ?? known?.get(name);
    if (told !== undefined) this.breach('I2', `wait ${name} of ${run.jobId} looks again, and its code knows already: ${told}`);
  }

  /**
   * The code gets an answer of the context.
   * @param why this may not be told, if so
   */
  told(run: Run, name: string, call: number, outcome: Outcome, why: string | undefined, memory: Memory): void {
    if (!this.isHolder(run)) return;
    const { jobId, attempt } = run;
    const isValue = outcome.is === 'value';
    if (!isValue && (run.signal.aborted || interruptions.has(outcome.meaning.code))) return;
    const words = isValue ? outcome.shape : `threw ${inWords(outcome.meaning)}`;
    if (why !== undefined) this.breach('I13', `the code of ${jobId} is told of ${name}: ${words}, ${why}`);
    if (memory === 'none') return;
    const key = isValue ? name : `${attempt} ${name} ${call}`;
    const known = this.bound.get(jobId);
    const before = known?.get(`${attempt} ${name} ${call}`) ?? known?.get(name);
    if (before !== undefined && before !== words)
      this.breach('I13', `the code of ${jobId} acted upon this of ${name}: ${before}; now it is told: ${words}`);
    if (isValue && memory === 'at once') this.boundOf(jobId).set(key, words);
    else run.fresh.set(key, words);
  }

  /** This machine brought a job to rest: all that its code was told is in the record now. */
  rests(jobId: string, machine: Machine, isAsleep: boolean): void {
    const run = this.runs.get(jobId)?.at(-1);
    if (run?.machine !== machine) return;
    // It ended beside a sleep that it had asked for, and is to end once more after it.
    if (isAsleep && run.end !== undefined) run.end = { ...run.end, isInterrupted: true };
    // An outage that ended the run is no affair of the next one.
    if (run.end?.threw?.code === 'unavailable') run.fresh.clear();
    this.act(run);
  }

  /** The code goes on: what it was told so far must be told again. */
  act(run: Run): void {
    const known = this.boundOf(run.jobId);
    for (const [key, words] of run.fresh) known.set(key, words);
    run.fresh.clear();
  }

  private boundOf(jobId: string): Map<string, string> {
    const known = this.bound.get(jobId) ?? new Map<string, string>();
    this.bound.set(jobId, known);
    return known;
  }

  isHolder({ jobId, machine }: Run): boolean {
    return this.judge.holders.get(jobId)?.at(-1) === machine && this.judge.jobOf(jobId)?.status === 'running';
  }

  breach(invariant: string, what: string): void {
    this.judge.breach(invariant, what);
  }

  forget(jobId: string): void {
    this.runs.delete(jobId);
    this.bound.delete(jobId);
    for (const map of [this.stepRuns, this.firsts]) for (const key of map.keys()) if (key.startsWith(`${jobId} `)) map.delete(key);
  }
}
