/** The workload of a run, at random: which jobs are submitted, when, by how many callers at once, and which are cancelled. */
import { local } from '../../local/resources.ts';
import type { Random } from './random.ts';

export const owners = ['ann', 'bob'] as const;

export interface PlannedJob {
  readonly owner: (typeof owners)[number];
  /** Idempotency key; both owners use some of the same keys. */
  readonly key: string;
  /** Time from the start of the run. */
  readonly atMs: number;
  readonly work:
    | { readonly type: 'write-batch'; readonly input: { readonly rows: readonly [Row]; readonly [member: string]: unknown } }
    | { readonly type: 'launch-instances'; readonly input: { readonly count: number; readonly [member: string]: unknown } };
  readonly delaySeconds?: number;
  /** Number of callers that submit it at the same moment. */
  readonly callers: number;
  /** Time after it was accepted. */
  readonly cancelAfterMs?: number;
}

export interface Row {
  readonly id: string;
  readonly n: number;
  /** Makes the input too large for the record. */
  readonly text?: string;
}

/** @param windowMs all are submitted within this time */
export function planJobs(count: number, windowMs: number, random: Random): readonly PlannedJob[] {
  return Array.from({ length: count }, (_, i) => {
    const isSharedKey = i % 10 === 9;
    return {
      owner: owners[i % 2 === 0 ? 0 : 1],
      key: `key-${isSharedKey ? i - 1 : i}`,
      atMs: random.between(0, windowMs),
      work: random.chance(0.15) ? launch(random) : write(i, random),
      ...(random.chance(0.15) ? { delaySeconds: random.whole(1, 10) } : {}),
      callers: random.chance(0.25) ? random.whole(2, 4) : 1,
      ...(random.chance(0.2) ? { cancelAfterMs: random.between(0, 3_000) } : {}),
    };
  });
}

function write(i: number, random: Random): PlannedJob['work'] {
  const row = { id: `row-${i}`, n: random.whole(0, 1_000_000), ...(random.chance(0.2) ? { text: 'x'.repeat(3_000) } : {}) };
  return { type: 'write-batch', input: { table: local.scratchTable, operation: 'put', rows: [row] } };
}

function launch(random: Random): PlannedJob['work'] {
  const input = { imageId: 'ami-1', instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'], count: random.whole(1, 3) };
  return { type: 'launch-instances', input: { ...input, ...(random.chance(0.3) ? { timeToLiveSeconds: 3_600 } : {}) } };
}
