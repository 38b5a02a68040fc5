/** The replay checker: records what the jobs' code received from the engine and did. Code that runs again must receive the same, and repeat nothing. */
import type { Checker } from './checker.ts';
import type { ExternalSystems } from './external-systems.ts';
import type { Machine } from './machine.ts';
import { describeError, type ErrorEffect } from './values.ts';

/** One run of a job's code, from its first line to its end. */
export interface CodeRun {
  readonly jobId: string;
  readonly attempt: number;
  readonly machine: Machine;
  readonly signal: AbortSignal;
  /** By name: the number of calls. */
  readonly calls: Map<string, number>;
  /** Observations that the code has not acted upon yet; a process that dies now may lose them. */
  readonly unbound: Map<string, string>;
  /** Names of the steps that are running. */
  readonly stepsRunning: Set<string>;
  end?: CodeEnd;
}

export interface CodeEnd {
  /** Shape of the value. */
  readonly returned?: string;
  readonly threw?: ErrorEffect;
  /** Whether its signal was aborted, or its machine no longer held the job. */
  readonly isInterrupted: boolean;
  /** Steps that were still running. */
  readonly unawaited: readonly string[];
}

/** When an observation must be repeated: never, once the code acted upon it, or (a value) as soon as it is observed. */
export type ReplayRule = 'none' | 'when acted upon' | 'at once';

export type Observation = { readonly is: 'value'; readonly shape: string } | { readonly is: 'thrown'; readonly effect: ErrorEffect };

const interruptions = new Set(['cancelled', 'deadline_exceeded', 'invocation_timed_out', 'lease_lost', 'host_stopping']);

export class ReplayChecker {
  readonly runs = new Map<string, CodeRun[]>();
  /** By job: what its code acted upon, by name, or by attempt, name and call for what another attempt forgets. */
  private readonly bound = new Map<string, Map<string, string>>();
  /** By job and name: the runs of a step's function. */
  private readonly stepRuns = new Map<string, { readonly run: CodeRun; isDone: boolean }[]>();
  private readonly firstTimes = new Map<string, number>();
  private readonly checker: Checker;
  private readonly external: ExternalSystems;
  private readonly nowMs: () => number;

  constructor(checker: Checker, external: ExternalSystems, nowMs: () => number) {
    this.checker = checker;
    this.external = external;
    this.nowMs = nowMs;
  }

  /** The code of a job starts at its first line. */
  codeStarted(run: CodeRun): void {
    const runs = this.runs.get(run.jobId) ?? [];
    this.runs.set(run.jobId, runs);
    const before = runs.at(-1);
    // Its machine may have been frozen between the claim and this.
    if (!this.isHolder(run)) return;
    if (before?.end !== undefined && !before.end.isInterrupted && before.attempt === run.attempt && !before.machine.hadFault)
      this.violated(
        'I7',
        `attempt ${run.attempt} of ${run.jobId} runs again, although its code had ended and ${before.machine.name} had no fault`,
      );
    runs.push(run);
  }

  codeEnded(run: CodeRun, end: Pick<CodeEnd, 'returned' | 'threw'>): void {
    const isInterrupted = run.signal.aborted || !this.isHolder(run) || interruptions.has(end.threw?.code ?? '');
    run.end = { ...end, isInterrupted, unawaited: [...run.stepsRunning] };
    if (end.threw !== undefined && !isInterrupted && end.threw.code !== 'unavailable') this.external.codeFailed(run.jobId);
  }

  /** @returns the index of this call among those of this name, from 0 */
  nextCall(run: CodeRun, name: string): number {
    const call = run.calls.get(name) ?? 0;
    run.calls.set(name, call + 1);
    return call;
  }

  /** A step's function starts, and with it an effect. @returns a function to be called when the step has a result that can be stored */
  stepStarted(run: CodeRun, name: string, call: number): () => void {
    const { jobId, attempt, machine } = run;
    const job = this.checker.jobOf(jobId);
    const key = `${jobId} ${name}`;
    const what = `step ${name} of ${jobId} starts on ${machine.name}`;
    if (!this.isHolder(run)) this.violated('I3', `${what}, which no longer holds the job: it is ${job?.status}`);
    else {
      if (this.external.cleanUps.has(jobId)) this.violated('I6', `${what} after the clean-up`);
      this.bind(run);
    }
    const bound = this.bound.get(jobId);
    const earlierOutcome = bound?.get(`${attempt} ${name} ${call}`) ?? bound?.get(name);
    if (earlierOutcome !== undefined) this.violated('I2', `${what}, and its code has already acted upon: ${earlierOutcome}`);
    const earlier = this.stepRuns.get(key) ?? [];
    this.stepRuns.set(key, earlier);
    for (const other of earlier) {
      if (other.isDone && !other.run.machine.hadFault) this.violated('I2', `${what}, and was done by ${other.run.machine.name}`);
      if (!other.isDone && other.run.machine !== machine && other.run.stepsRunning.has(name) && other.run.machine.isRunning)
        this.violated('I3', `${what} while it is running on ${other.run.machine.name}`);
    }
    const stepRun = { run, isDone: false };
    earlier.push(stepRun);
    run.stepsRunning.add(name);
    return () => {
      stepRun.isDone = true;
    };
  }

  /** @returns whether a step's function has started in this attempt */
  hasStepStarted({ jobId, attempt }: CodeRun, name: string): boolean {
    return this.stepRuns.get(`${jobId} ${name}`)?.some(({ run }) => run.attempt === attempt) === true;
  }

  /** @returns how often a step's function has started */
  stepStartCount({ jobId }: CodeRun, name: string): number {
    return this.stepRuns.get(`${jobId} ${name}`)?.length ?? 0;
  }

  /** @returns the time of the first call for this in the attempt */
  firstTimeMs({ jobId, attempt }: CodeRun, what: string): number {
    const key = `${jobId} ${attempt} ${what}`;
    const atMs = this.firstTimes.get(key) ?? this.nowMs();
    this.firstTimes.set(key, atMs);
    return atMs;
  }

  /** A wait calls its check. Its code must not have acted upon its outcome yet. */
  waitChecked(run: CodeRun, name: string): void {
    if (!this.isHolder(run)) return;
    const bound = this.bound.get(run.jobId);
    const known = bound?.get(`${run.attempt} ${name} 0`) ?? bound?.get(name);
    if (known !== undefined)
      this.violated('I2', `wait ${name} of ${run.jobId} checks again, and its code has already acted upon: ${known}`);
  }

  /**
   * The code receives an outcome from the context.
   * @param why the code may not receive this; undefined if it may
   */
  observed(run: CodeRun, name: string, call: number, outcome: Observation, why: string | undefined, rule: ReplayRule): void {
    if (!this.isHolder(run)) return;
    const { jobId, attempt } = run;
    const isValue = outcome.is === 'value';
    if (!isValue && (run.signal.aborted || interruptions.has(outcome.effect.code))) return;
    const words = isValue ? outcome.shape : `threw ${describeError(outcome.effect)}`;
    if (why !== undefined) this.violated('I13', `the code of ${jobId} receives from ${name}: ${words}, ${why}`);
    if (rule === 'none') return;
    const key = isValue ? name : `${attempt} ${name} ${call}`;
    const known = this.bound.get(jobId);
    const before = known?.get(`${attempt} ${name} ${call}`) ?? known?.get(name);
    if (before !== undefined && before !== words)
      this.violated('I13', `the code of ${jobId} acted upon this from ${name}: ${before}; now it receives: ${words}`);
    if (isValue && rule === 'at once') this.boundOf(jobId).set(key, words);
    else run.unbound.set(key, words);
  }

  /** This machine suspended a job: the record now holds all that its code received. */
  suspended(jobId: string, machine: Machine, isAsleep: boolean): void {
    const run = this.runs.get(jobId)?.at(-1);
    if (run?.machine !== machine) return;
    // Its code ended beside a sleep that it had asked for, and ends once more after the sleep.
    if (isAsleep && run.end !== undefined) run.end = { ...run.end, isInterrupted: true };
    // An outage that ended this run does not bind the next one.
    if (run.end?.threw?.code === 'unavailable') run.unbound.clear();
    this.bind(run);
  }

  /** The code continues, so that it must receive again all that it has received so far. */
  bind(run: CodeRun): void {
    const known = this.boundOf(run.jobId);
    for (const [key, words] of run.unbound) known.set(key, words);
    run.unbound.clear();
  }

  private boundOf(jobId: string): Map<string, string> {
    const known = this.bound.get(jobId) ?? new Map<string, string>();
    this.bound.set(jobId, known);
    return known;
  }

  isHolder({ jobId, machine }: CodeRun): boolean {
    return this.checker.holders.get(jobId)?.at(-1) === machine && this.checker.jobOf(jobId)?.status === 'running';
  }

  violated(invariant: string, what: string): void {
    this.checker.violated(invariant, what);
  }

  forget(jobId: string): void {
    this.runs.delete(jobId);
    this.bound.delete(jobId);
    for (const map of [this.stepRuns, this.firstTimes]) for (const key of map.keys()) if (key.startsWith(`${jobId} `)) map.delete(key);
  }
}
