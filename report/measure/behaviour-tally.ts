/** What callers of one endpoint did, added up by caller and by blocks of six hours of a caller. */
import { ClusteredShare } from './clustered-share.ts';
import { LogHistogram } from './log-histogram.ts';

interface Paired {
  plus: number;
  minus: number;
}

/** Counts within one cluster. */
export interface Counted {
  requests: number;
  bulk: number;
  timed: number;
  failures: number;
  repeatedFailures: number;
  successes: number;
  repeatedSuccesses: number;
  fresh5: number;
  readonly used5: Paired;
  readonly used60: Paired;
  readonly later: Paired;
  readonly resumes: Paired;
}

export const counters = (): Counted => ({
  requests: 0,
  bulk: 0,
  timed: 0,
  failures: 0,
  repeatedFailures: 0,
  successes: 0,
  repeatedSuccesses: 0,
  fresh5: 0,
  used5: { plus: 0, minus: 0 },
  used60: { plus: 0, minus: 0 },
  later: { plus: 0, minus: 0 },
  resumes: { plus: 0, minus: 0 },
});

/** The shares that rules look at. */
export class BehaviourShares {
  readonly used5 = new ClusteredShare();
  readonly used60 = new ClusteredShare();
  readonly fresh5 = new ClusteredShare();
  readonly later = new ClusteredShare();
  readonly resumes = new ClusteredShare();
  readonly repeatedFailures = new ClusteredShare();
  readonly repeatedSuccesses = new ClusteredShare();
  readonly bulk = new ClusteredShare();
  readonly timed = new ClusteredShare();

  add(counted: Counted): void {
    const { successes, failures, requests } = counted;
    this.used5.add(successes, counted.used5.plus, counted.used5.minus);
    this.used60.add(successes, counted.used60.plus, counted.used60.minus);
    this.fresh5.add(successes, counted.fresh5);
    this.later.add(successes, counted.later.plus, counted.later.minus);
    this.resumes.add(successes, counted.resumes.plus, counted.resumes.minus);
    this.repeatedFailures.add(failures, counted.repeatedFailures);
    this.repeatedSuccesses.add(successes, counted.repeatedSuccesses);
    this.bulk.add(requests, counted.bulk);
    this.timed.add(requests, counted.timed);
  }
}

/** Seconds at which the return curve is drawn. */
export const curveSeconds = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400, 43_200, 86_400] as const;

export class BehaviourTally {
  readonly byCaller = new BehaviourShares();
  /** By caller and six hours: for programs, of which there are few. */
  readonly byBlock = new BehaviourShares();
  /** Whether the log holds reads of what this endpoint writes, by any caller. */
  hasRelatedReads = false;
  largestCaller = 0;
  requests = 0;
  readonly hangUps = { repeated: 0, else: 0, nothing: 0 };
  /** Milliseconds until the first related read, of those that came back after a minute and within a day. */
  readonly slack = new LogHistogram();
  readonly returned = new Uint32Array(curveSeconds.length);
  readonly control = new Uint32Array(curveSeconds.length);
  /** The share of reads that differ in path or query; undefined where there were none. */
  distinctReads: number | undefined;

  /** Adds a caller's requests, by block. */
  addCaller(blocks: ReadonlyMap<number, Counted>): void {
    const whole = counters();
    for (const block of blocks.values()) {
      this.byBlock.add(block);
      addTo(whole, block);
    }
    this.byCaller.add(whole);
    this.requests += whole.requests;
    this.largestCaller = Math.max(this.largestCaller, whole.requests);
  }

  addHangUp(next: 'repeated' | 'else' | 'nothing'): void {
    this.hangUps[next] += 1;
  }

  /** @param afterMs until the first related read, infinite where none came; `beforeMs` since the last one before the request */
  addReturn(afterMs: number, beforeMs: number): void {
    if (afterMs > 60_000 && afterMs <= 86_400_000) this.slack.add(afterMs);
    for (const [i, seconds] of curveSeconds.entries()) {
      if (afterMs <= seconds * 1000) this.returned[i] = (this.returned[i] ?? 0) + 1;
      if (beforeMs <= seconds * 1000) this.control[i] = (this.control[i] ?? 0) + 1;
    }
  }
}

function addTo(whole: Counted, block: Counted): void {
  for (const name of ['requests', 'bulk', 'timed', 'failures', 'repeatedFailures', 'successes', 'repeatedSuccesses', 'fresh5'] as const)
    whole[name] += block[name];
  for (const name of ['used5', 'used60', 'later', 'resumes'] as const) {
    whole[name].plus += block[name].plus;
    whole[name].minus += block[name].minus;
  }
}
