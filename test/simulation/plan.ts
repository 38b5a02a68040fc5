/** What a history is made of: jobs, what their callers do, and which faults there are. Made from a seed by fast-check, so that it shrinks. */
import fc from 'fast-check';
import { type Program, programs } from './programs.ts';

/** One thing that a job's code does. */
export type Operation =
  /** An effect on the outside world, within a step or bare; both carry their idempotency token. */
  | { readonly does: 'effect'; readonly isStep: boolean }
  /** Makes something outside that must not outlive a job that did not succeed. */
  | { readonly does: 'create' }
  | { readonly does: 'sleep'; readonly seconds: number }
  /** Waits until the outside world is ready, so long after the job was accepted. */
  | { readonly does: 'wait'; readonly readyAfterSeconds: number; readonly everySeconds: number }
  | { readonly does: 'work'; readonly seconds: number }
  | { readonly does: 'checkpoint' }
  /** Throws in the first `times` attempts; the error's message, the log and the progress then hold a secret of the input. */
  | { readonly does: 'fail'; readonly times: number; readonly how: 'retryable' | 'after' | 'permanent' | 'service' }
  /** A step with a large result. */
  | { readonly does: 'large'; readonly bytes: number }
  | { readonly does: 'delegate' }
  /** Several steps of some seconds each: longer than an invocation when there are many. */
  | { readonly does: 'long'; readonly parts: number }
  /** Takes its process with it, so often; `poison` times means every time. */
  | { readonly does: 'die'; readonly times: number }
  /** Never ends by itself. */
  | { readonly does: 'hang' };

/** More often than any job is tried. */
export const poison = 99;

export interface JobPlan {
  readonly owner: 'ann' | 'bob';
  /** Two plans may share one: then they are two callers of one job, or its misuse. */
  readonly key: string | null;
  /** Submitted under the key of another plan, once that one's job has expired. */
  readonly isAfterExpiry: boolean;
  readonly submitAfterMs: number;
  /** Callers that send the same at the same moment. */
  readonly callers: number;
  readonly delaySeconds: number;
  readonly deadlineSeconds: number | null;
  readonly maxAttempts: number;
  readonly operations: readonly Operation[];
  /** Does this instead: ordinary code, whose parts are judged one by one. */
  readonly program: Program | null;
  /** Its code does not look at its signal. */
  readonly isDeaf: boolean;
  readonly inputBytes: number;
  /** Its input has members that are not what they were when a schema has looked at them, and a number that no double holds. */
  readonly isShaped: boolean;
  /** So often the world refuses to undo what the job made. */
  readonly cleanUpRefusals: number;
  /** So often cleaning up takes its process with it when all is undone. */
  readonly cleanUpDeaths: number;
  readonly cancelAfterMs: number | null;
  readonly lookAfterMs: readonly number[];
}

/** Probabilities an event, or moments. A fault that is off is 0 or null. */
export interface FaultPlan {
  readonly killWorker: number;
  readonly freezeWorker: number;
  readonly isolateWorker: number;
  readonly killApi: number;
  readonly killClock: number;
  /** A call to a store, queue or bucket that is refused. */
  readonly refuse: number;
  /** A call that was done and whose answer never came. */
  readonly loseAnswer: number;
  /** A request that its sender gave up, and that is done minutes later. */
  readonly straggle: number;
  readonly loseMessage: number;
  readonly doubleMessage: number;
  readonly delayMessage: number;
  readonly forgeMessage: number;
  /** An object is gone or changed as soon as it was stored. */
  readonly damageObject: number;
  /** Reads of an index may be so far behind. */
  readonly indexLagMs: number;
  /** Machines' clocks are off by at most so much, either way, and step within it. */
  readonly skewMs: number;
  readonly slowCallMs: number;
  readonly clockOff: readonly [fromMs: number, toMs: number] | null;
  readonly throttled: readonly [fromMs: number, toMs: number] | null;
  /** An operator pauses or drains a job type for so long. */
  readonly switched: {
    readonly type: 'plain-work' | 'tidy-work';
    readonly state: 'paused' | 'draining';
    readonly span: readonly [fromMs: number, toMs: number];
  } | null;
  readonly hasTwoClocks: boolean;
  /** A finished invocation's environment lives on, with whatever its code left running. */
  readonly hasZombies: boolean;
  readonly purgeAfterMs: number | null;
  /** New code, of a new version or the same. */
  readonly deployAfterMs: number | null;
  readonly deployRaisesVersion: boolean;
  /** The new code has this type no more, and its queue is gone. */
  readonly deployRemoves: 'plain-work' | 'tidy-work' | null;
}

export interface Plan {
  readonly chance: number;
  readonly jobs: readonly JobPlan[];
  readonly faults: FaultPlan;
}

/** Faults happen in the first so many minutes of a history. */
export const troubleMs = 20 * 60_000;

const seldom = (max: number) =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant(0) },
    // Not a double by chance: nearly all doubles are next to nothing.
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 100 }).map((percent) => (max * percent) / 100) },
  );
const sometimes = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 2 });
const span = fc
  .tuple(fc.integer({ min: 0, max: troubleMs }), fc.integer({ min: 0, max: troubleMs }))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant('effect' as const), isStep: fc.boolean() }) },
  { weight: 3, arbitrary: fc.constant({ does: 'create' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('sleep' as const),
      seconds: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 890, max: 1_500 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('wait' as const),
      readyAfterSeconds: fc.integer({ min: 0, max: 120 }),
      everySeconds: fc.integer({ min: 1, max: 30 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('work' as const), seconds: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 2, arbitrary: fc.constant({ does: 'checkpoint' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('fail' as const),
      times: fc.integer({ min: 1, max: 3 }),
      how: fc.constantFrom('retryable' as const, 'after' as const, 'permanent' as const, 'service' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('large' as const), bytes: fc.integer({ min: 100, max: 6_000 }) }) },
  { weight: 1, arbitrary: fc.constant({ does: 'delegate' as const }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('long' as const), parts: fc.integer({ min: 6, max: 14 }) }) },
  { weight: 1, arbitrary: fc.constant({ does: 'hang' as const }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('die' as const), times: fc.constantFrom(1, 2, 3, poison) }) },
);

const job: fc.Arbitrary<JobPlan> = fc.record({
  owner: fc.constantFrom('ann' as const, 'bob' as const),
  key: fc.option(fc.constantFrom('k1', 'k2', 'k3'), { nil: null, freq: 2 }),
  isAfterExpiry: fc.constant(false),
  submitAfterMs: fc.integer({ min: 0, max: 120_000 }),
  callers: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 2, max: 4 }) }),
  delaySeconds: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }) },
    { weight: 1, arbitrary: fc.integer({ min: 895, max: 2_000 }) },
  ),
  deadlineSeconds: sometimes(fc.integer({ min: 5, max: 900 })),
  maxAttempts: fc.integer({ min: 1, max: 4 }),
  operations: fc.array(operation, { minLength: 0, maxLength: 5 }),
  program: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 2, arbitrary: programs }),
  isDeaf: fc.integer({ min: 0, max: 7 }).map((n) => n === 7),
  inputBytes: fc.constantFrom(0, 0, 0, 5_000),
  isShaped: fc.constantFrom(false, false, true),
  cleanUpRefusals: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 }) },
    { weight: 1, arbitrary: fc.constant(15) },
  ),
  cleanUpDeaths: fc.constantFrom(0, 0, 0, 1, 2),
  cancelAfterMs: sometimes(fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 200_000 }))),
  lookAfterMs: fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 4 }),
});

/** A world without faults, for histories that are told in a test. */
export const noFaults: FaultPlan = {
  killWorker: 0,
  freezeWorker: 0,
  isolateWorker: 0,
  killApi: 0,
  killClock: 0,
  refuse: 0,
  loseAnswer: 0,
  straggle: 0,
  loseMessage: 0,
  doubleMessage: 0,
  delayMessage: 0,
  forgeMessage: 0,
  damageObject: 0,
  indexLagMs: 0,
  skewMs: 0,
  slowCallMs: 20,
  clockOff: null,
  throttled: null,
  switched: null,
  hasTwoClocks: false,
  hasZombies: false,
  purgeAfterMs: null,
  deployAfterMs: null,
  deployRaisesVersion: false,
  deployRemoves: null,
};

const manyFaults: fc.Arbitrary<FaultPlan> = fc.record({
  killWorker: seldom(0.05),
  freezeWorker: seldom(0.02),
  isolateWorker: seldom(0.02),
  killApi: seldom(0.1),
  killClock: seldom(0.05),
  refuse: seldom(0.2),
  loseAnswer: seldom(0.2),
  straggle: seldom(0.05),
  loseMessage: seldom(0.5),
  doubleMessage: seldom(0.5),
  delayMessage: seldom(0.5),
  forgeMessage: seldom(0.1),
  damageObject: seldom(0.3),
  indexLagMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 90_000 })),
  skewMs: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 29_000 }) }),
  slowCallMs: fc.oneof(fc.constant(20), fc.integer({ min: 20, max: 3_000 })),
  clockOff: sometimes(span),
  throttled: sometimes(span),
  switched: sometimes(
    fc.record({
      type: fc.constantFrom('plain-work' as const, 'tidy-work' as const),
      state: fc.constantFrom('paused' as const, 'draining' as const),
      span,
    }),
  ),
  hasTwoClocks: fc.boolean(),
  hasZombies: fc.boolean(),
  purgeAfterMs: sometimes(fc.integer({ min: 0, max: 300_000 })),
  deployAfterMs: sometimes(fc.integer({ min: 0, max: 300_000 })),
  deployRaisesVersion: fc.boolean(),
  deployRemoves: sometimes(fc.constantFrom('plain-work' as const, 'tidy-work' as const)),
});

/** One kind alone, and often: where all happen together, one hides what another would show. */
const oneFault: fc.Arbitrary<FaultPlan> = fc
  .constantFrom<Partial<FaultPlan>>(
    { freezeWorker: 0.04 },
    { killWorker: 0.08 },
    { isolateWorker: 0.08 },
    { straggle: 0.08 },
    { loseAnswer: 0.3 },
    { refuse: 0.3 },
    { killApi: 0.3 },
    { loseMessage: 0.8 },
    { doubleMessage: 1, delayMessage: 1 },
    { skewMs: 29_000 },
    { throttled: [0, 600_000] },
    { clockOff: [0, 900_000] },
    { hasTwoClocks: true, indexLagMs: 90_000, loseMessage: 0.8 },
    { deployAfterMs: 60_000, deployRaisesVersion: true },
    { deployAfterMs: 60_000, deployRemoves: 'plain-work' },
    { deployAfterMs: 90_000, deployRemoves: 'tidy-work', clockOff: [0, 120_000] },
    { switched: { type: 'plain-work', state: 'paused', span: [30_000, 900_000] } },
    { switched: { type: 'tidy-work', state: 'paused', span: [30_000, 900_000] } },
    { switched: { type: 'plain-work', state: 'draining', span: [30_000, 600_000] } },
    { slowCallMs: 1_500 },
    { damageObject: 0.7 },
    {},
    {},
    {},
  )
  .map((fault) => ({ ...noFaults, ...fault }));

const faults = fc.oneof({ weight: 3, arbitrary: manyFaults }, { weight: 2, arbitrary: oneFault });

/** One that kills its process each time, and two that come at the same moment and work for longer than it lives. */
function besidePoison(jobs: readonly JobPlan[]): readonly JobPlan[] {
  const work = { does: 'work', seconds: 8 } as const;
  return jobs.map((one, i) => ({
    ...one,
    key: null,
    submitAfterMs: 60_000,
    delaySeconds: 0,
    deadlineSeconds: null,
    program: null,
    cancelAfterMs: null,
    operations:
      i === 0
        ? [
            { does: 'work', seconds: 1 },
            { does: 'die', times: poison },
          ]
        : [work, ...one.operations.filter(({ does }) => does !== 'create')],
  }));
}

function keyUsedAgain(first: JobPlan, second: JobPlan): readonly JobPlan[] {
  return [
    { ...first, key: 'k9' },
    { ...second, owner: first.owner, key: 'k9', isAfterExpiry: true, deadlineSeconds: null },
  ];
}

export const plans: fc.Arbitrary<Plan> = fc.record({
  chance: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  jobs: fc.oneof(
    { weight: 7, arbitrary: fc.array(job, { minLength: 1, maxLength: 8 }) },
    { weight: 1, arbitrary: fc.tuple(job, job, job).map(besidePoison) },
    {
      weight: 1,
      arbitrary: fc.tuple(job, job, fc.boolean()).map(([first, second, isSame]) => keyUsedAgain(first, isSame ? first : second)),
    },
  ),
  faults,
});

/** The simplest job, for histories that are told in a test. */
export const plainJob: JobPlan = {
  owner: 'ann',
  key: null,
  isAfterExpiry: false,
  submitAfterMs: 0,
  callers: 1,
  delaySeconds: 0,
  deadlineSeconds: null,
  maxAttempts: 3,
  operations: [],
  program: null,
  isDeaf: false,
  inputBytes: 0,
  isShaped: false,
  cleanUpRefusals: 0,
  cleanUpDeaths: 0,
  cancelAfterMs: null,
  lookAfterMs: [],
};
