/** Generates plans from a seed with fast-check, so that a failing plan can be shrunk. */
import fc from 'fast-check';
import { drawFamily } from './families.ts';
import { drawKeys } from './key-plans.ts';
import { drawLinks } from './links.ts';
import { type FaultPlan, faultPeriodMs, type JobPlan, noFaults, type Operation, type Plan, poison } from './plan.ts';
import { type Node, type Program, programs } from './programs.ts';
import { Random } from './random.ts';
import { drawReceiver } from './receivers.ts';
import { drawSchedules } from './schedule-plans.ts';
import { drawSignals } from './signals.ts';

const rarely = (max: number) =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant(0) },
    // A whole percentage: most random doubles are close to zero.
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 100 }).map((percent) => (max * percent) / 100) },
  );
const sometimes = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 2 });
const span = fc
  .tuple(fc.integer({ min: 0, max: faultPeriodMs }), fc.integer({ min: 0, max: faultPeriodMs }))
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
  ignoresSignal: fc.integer({ min: 0, max: 7 }).map((n) => n === 7),
  inputBytes: fc.constantFrom(0, 0, 0, 5_000),
  isShaped: fc.constantFrom(false, false, true),
  cleanUpRefusals: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 }) },
    { weight: 1, arbitrary: fc.constant(15) },
  ),
  cleanUpDeaths: fc.constantFrom(0, 0, 0, 1, 2),
  cancelAfterMs: sometimes(fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 200_000 }))),
  retryAfterEndMs: fc.constant(null),
  retryCallers: fc.constant(1),
  signals: fc.constant([]),
  readAfterMs: fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 4 }),
});

const manyFaults: fc.Arbitrary<FaultPlan> = fc.record({
  killWorker: rarely(0.05),
  freezeWorker: rarely(0.02),
  isolateWorker: rarely(0.02),
  killApi: rarely(0.1),
  killClock: rarely(0.05),
  refuse: rarely(0.2),
  loseAnswer: rarely(0.2),
  straggle: rarely(0.05),
  loseMessage: rarely(0.5),
  doubleMessage: rarely(0.5),
  delayMessage: rarely(0.5),
  forgeMessage: rarely(0.1),
  damageObject: rarely(0.3),
  indexLagMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 90_000 })),
  skewMs: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 29_000 }) }),
  clockSkewMs: fc.constant(0),
  slowCallMs: fc.oneof(fc.constant(20), fc.integer({ min: 20, max: 3_000 })),
  clockOff: sometimes(span),
  throttled: sometimes(span),
  typeState: sometimes(
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

/** One kind alone, and often: among many faults one hides what another would show. */
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
    { typeState: { type: 'plain-work', state: 'paused', span: [30_000, 900_000] } },
    { typeState: { type: 'tidy-work', state: 'paused', span: [30_000, 900_000] } },
    { typeState: { type: 'plain-work', state: 'draining', span: [30_000, 600_000] } },
    { slowCallMs: 1_500 },
    { damageObject: 0.7 },
    {},
    {},
    { deployAfterMs: 130_000, deployRemoves: 'plain-work', throttled: [0, 100_000] },
  )
  .map((fault) => ({ ...noFaults, ...fault }));

const faults = fc.oneof({ weight: 3, arbitrary: manyFaults }, { weight: 2, arbitrary: oneFault });

/** A job that ends its process each time, and others that start at the same moment and work for longer than it lives. */
function withPoison(jobs: readonly JobPlan[]): readonly JobPlan[] {
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

function withReusedKey(first: JobPlan, second: JobPlan): readonly JobPlan[] {
  return [
    { ...first, key: 'k9' },
    { ...second, owner: first.owner, key: 'k9', isAfterExpiry: true, deadlineSeconds: null },
  ];
}

/** Gives the removed type a job that runs when the clock looks at its alarm after the deploy: the clock must leave it to its worker. */
function withWorkOfRemovedType(plan: Plan): Plan {
  const { deployRemoves, deployAfterMs } = plan.faults;
  const [first, ...others] = plan.jobs;
  if (deployRemoves !== 'plain-work' || deployAfterMs === null || first === undefined || others.length > 2) return plan;
  const calm = { key: null, delaySeconds: 0, deadlineSeconds: null, cancelAfterMs: null, program: null, ignoresSignal: false };
  const submitAfterMs = Math.max(0, deployAfterMs - 110_000);
  return { ...plan, jobs: [{ ...first, ...calm, submitAfterMs, operations: [{ does: 'long', parts: 14 }] }, ...others] };
}

/** In some plans the removed type was paused before, and its jobs are read soon after the deploy: they no longer wait for the end of the pause. */
function withPauseOfRemovedType(plan: Plan): Plan {
  const { deployRemoves, deployAfterMs, typeState } = plan.faults;
  const isChosen = Math.floor(plan.randomSeed / 23) % 4 === 1 && typeState === null;
  if (!isChosen || deployRemoves === null || deployAfterMs === null) return plan;
  const paused = { type: deployRemoves, state: 'paused', span: [0, deployAfterMs + 300_000] } as const;
  const jobs = plan.jobs.map((one, i) => {
    const soonAfterMs = Math.max(0, deployAfterMs + (1 + i) * 2_000 - one.submitAfterMs);
    return { ...one, readAfterMs: [...one.readAfterMs, soonAfterMs] };
  });
  return { ...plan, jobs, faults: { ...plan.faults, typeState: paused } };
}

/** In some plans an attempt fails while another branch waits: the next attempt must wait from its own start. */
function withRetriedWait(plan: Plan): Plan {
  const [first, ...others] = plan.jobs;
  if (plan.randomSeed % 64 !== 0 || first === undefined || first.key !== null) return plan;
  const failing: Node = { does: 'throw', attempts: 1, throws: 'retryable' };
  const working: Node = { does: 'step', seconds: 2, gives: 'null', failures: 0, throws: 'retryable' };
  const waiting: Node = { does: 'wait', readyAfterSeconds: 46, everySeconds: 10, timeoutSeconds: 3, outages: 0, gives: 'text' };
  const body: Node = { does: 'all', of: [{ does: 'sequence', of: [working, failing] }, waiting] };
  const program = { body, returns: 'results', cleansUp: false } as const;
  return { ...plan, jobs: [{ ...first, program, maxAttempts: 3, cancelAfterMs: null, deadlineSeconds: null }, ...others] };
}

/** Every third job is retried, as its other members say, so that what was generated before stays what it was. */
function withRetries(plan: Plan): Plan {
  const hasReusedKey = plan.jobs.some(({ isAfterExpiry }) => isAfterExpiry);
  const jobs = plan.jobs.map((one) => {
    const number = one.submitAfterMs + one.maxAttempts;
    return number % 3 === 0 && !hasReusedKey ? { ...one, retryAfterEndMs: number % 60_000, retryCallers: 1 + (number % 4) } : one;
  });
  return { ...plan, jobs };
}

/** Every fourth plan without schedules has a redrive or a cancel by filter, from its seed alone. */
function withBulk(plan: Plan): Plan {
  const { randomSeed: seed, jobs, schedules } = plan;
  const [first] = jobs;
  if (seed % 4 !== 1 || schedules !== undefined || first === undefined || jobs.some(({ isAfterExpiry }) => isAfterExpiry)) return plan;
  const action = seed % 8 === 1 ? 'redrive' : 'cancel';
  return { ...plan, bulk: { action, owner: first.owner, afterMs: (seed % 1_200) * 1_000, jobsPerSecond: 1 + (seed % 5) } };
}

/** Every third plan has schedules, from its seed alone. */
function withSchedules(plan: Plan): Plan {
  const isChosen = plan.randomSeed % 3 === 0 && !plan.jobs.some(({ isAfterExpiry }) => isAfterExpiry);
  return isChosen ? { ...plan, schedules: drawSchedules(new Random(plan.randomSeed + 1)) } : plan;
}

/** Every fifth plan has a job that waits for signals, from its seed alone. */
function withSignals(plan: Plan): Plan {
  const [first, ...others] = plan.jobs;
  if (plan.randomSeed % 5 !== 2 || first === undefined || plan.jobs.some(({ isAfterExpiry }) => isAfterExpiry)) return plan;
  const drawn = drawSignals(new Random(plan.randomSeed + 2));
  // Two thirds of them by links as well, from a source of their own, so that the others stay as they were.
  const hasLinks = Math.floor(plan.randomSeed / 5) % 3 > 0;
  const program = hasLinks ? withLinks(drawn.program, new Random(plan.randomSeed + 5)) : drawn.program;
  return { ...plan, jobs: [{ ...first, ...drawn, program, key: null, deadlineSeconds: null, ignoresSignal: false }, ...others] };
}

function withLinks(program: Program | null, random: Random): Program | null {
  if (program?.body.does !== 'sequence') return program;
  const [before, after] = [drawLinks(random), drawLinks(random)];
  const of = random.chance(0.5)
    ? [before, ...program.body.of]
    : [before, ...program.body.of.slice(0, 1), after, ...program.body.of.slice(1)];
  return { ...program, body: { does: 'sequence', of } };
}

/** Every fifth plan has a job that runs other jobs, from its seed alone. */
function withFamily(plan: Plan): Plan {
  const [first, ...others] = plan.jobs;
  if (plan.randomSeed % 5 !== 3 || first === undefined || plan.jobs.some(({ isAfterExpiry }) => isAfterExpiry)) return plan;
  const drawn = drawFamily(new Random(plan.randomSeed + 3));
  return { ...plan, jobs: [{ ...first, ...drawn, key: null, deadlineSeconds: null, ignoresSignal: false }, ...others] };
}

/** Every fourth plan has jobs that start after earlier ones of their owner, from its seed alone. */
function withFollowers(plan: Plan): Plan {
  const { randomSeed: seed, jobs } = plan;
  if (Math.floor(seed / 7) % 4 !== 1 || jobs.some(({ isAfterExpiry }) => isAfterExpiry)) return plan;
  const random = new Random(seed + 5);
  const followers = jobs.map((one, i): JobPlan => {
    const before = jobs.slice(0, i).flatMap(({ owner }, position) => (owner === one.owner && random.chance(0.6) ? [position] : []));
    if (before.length === 0) return one;
    // Often it comes at once, so that those before it end while a worker looks at them.
    const submitAfterMs = random.chance(0.5) ? (jobs[before[0] ?? 0] ?? one).submitAfterMs : one.submitAfterMs;
    const after = { jobs: before, onFailure: random.chance(0.5) ? 'fail' : 'run' } as const;
    return { ...one, submitAfterMs, key: null, delaySeconds: random.chance(0.8) ? 0 : one.delaySeconds, deadlineSeconds: null, after };
  });
  // In half of them the first job ends while those after it are looked at: requests are slow, and it is short.
  if (random.chance(0.5)) return { ...plan, jobs: followers };
  const [first, ...others] = followers;
  const short = first && {
    ...first,
    operations: [{ does: 'work', seconds: random.int(1, 3) } as const],
    program: null,
    delaySeconds: 0,
    cancelAfterMs: null,
  };
  const slowCallMs = Math.max(plan.faults.slowCallMs, random.int(300, 1_500));
  return { ...plan, jobs: short === undefined ? followers : [short, ...others], faults: { ...plan.faults, slowCallMs } };
}

/** Every seventh plan has keys, from its seed alone. */
function withKeys(plan: Plan): Plan {
  const isChosen = plan.randomSeed % 7 === 3 && !plan.jobs.some(({ isAfterExpiry }) => isAfterExpiry);
  if (!isChosen) return plan;
  const random = new Random(plan.randomSeed + 5);
  return { ...plan, keyLimit: random.chance(0.6) ? 1 : 3, jobs: drawKeys(plan.jobs, random) };
}

/** Every fourth plan has jobs that are unique under one of two keys, from its seed alone. */
function withUnique(plan: Plan): Plan {
  const { randomSeed: seed, jobs } = plan;
  if (Math.floor(seed / 11) % 4 !== 2 || jobs.some(({ isAfterExpiry, after }) => isAfterExpiry || after !== undefined)) return plan;
  const random = new Random(seed + 6);
  const [first] = jobs;
  const unique = jobs.map((one): JobPlan => {
    if (one.owner !== first?.owner || random.chance(0.3)) return one;
    const replaces = { onDuplicate: 'replace', ...(one.delaySeconds > 0 ? { maxDelaySeconds: random.int(1, 2_000) } : {}) } as const;
    const request = random.chance(0.5) ? replaces : ({ onDuplicate: 'join' } as const);
    // Many come at one moment, and others while one of them runs.
    const submitAfterMs = random.chance(0.5) ? first.submitAfterMs + random.int(0, 200) : one.submitAfterMs;
    const plain = { key: null, callers: 1, retryAfterEndMs: null, deadlineSeconds: null };
    return { ...one, ...plain, submitAfterMs, unique: { key: random.chance(0.7) ? 'u1' : 'u2', ...request } };
  });
  return { ...plan, jobs: unique };
}

/** In some plans one job goes on while another waits in its place, which is often cancelled, and a third comes: the first has the key all the time. */
function withSecondInPlace(plan: Plan): Plan {
  const { randomSeed: seed, jobs } = plan;
  const [first, second, third, ...others] = jobs;
  const isFree = jobs.every(({ isAfterExpiry, after }) => !isAfterExpiry && after === undefined);
  if (Math.floor(seed / 29) % 16 !== 5 || !isFree || first === undefined || second === undefined || third === undefined) return plan;
  const random = new Random(seed + 8);
  const long = { operations: [{ does: 'work', seconds: random.int(20, 60) }], program: null, inputBytes: 0 } as const;
  const plain = {
    owner: first.owner,
    key: null,
    callers: 1,
    retryAfterEndMs: null,
    deadlineSeconds: null,
    delaySeconds: 0,
    cancelAfterMs: null,
  };
  const unique = { key: 'u3', onDuplicate: 'replace' } as const;
  const inTurn = [first, second, third].map((one, i) => ({
    ...one,
    ...plain,
    ...long,
    unique,
    submitAfterMs: first.submitAfterMs + i * random.int(4_000, 8_000),
    ...(i === 1 && random.chance(0.5) ? { cancelAfterMs: random.int(500, 3_000) } : {}),
  }));
  return { ...plan, jobs: [...inTurn, ...others] };
}

/** Every sixth plan submits its jobs as members of groups, from its seed alone. */
function withGroups(plan: Plan): Plan {
  const { randomSeed: seed, jobs } = plan;
  if (Math.floor(seed / 17) % 6 !== 3 || jobs.some(({ isAfterExpiry, unique }) => isAfterExpiry || unique !== undefined)) return plan;
  const random = new Random(seed + 7);
  const cancelAfterMs = random.chance(0.3) ? random.int(0, 600_000) : null;
  return { ...plan, groups: { cancelAfterMs }, jobs: jobs.map((one) => ({ ...one, key: null, callers: 1 })) };
}

/** Every fourth plan puts events, from its seed alone, regardless of what else its seed chooses. */
function withEvents(plan: Plan): Plan {
  return Math.floor(plan.randomSeed / 60) % 4 === 0 ? { ...plan, hasEvents: true } : plan;
}

/** What every second receiver is sent besides the ends, or in place of them. */
const chosenEvents: readonly Plan['webhookEvents'][] = [
  ['started', 'progress', 'ended'],
  undefined,
  ['started', 'ended'],
  undefined,
  ['progress'],
  undefined,
];

/** Every fifth plan has a receiver of webhooks, from its seed alone. */
function withReceiver(plan: Plan): Plan {
  const isChosen = plan.randomSeed % 5 === 4 && !plan.jobs.some(({ isAfterExpiry }) => isAfterExpiry);
  if (!isChosen) return plan;
  const webhookEvents = chosenEvents[Math.floor(plan.randomSeed / 5) % chosenEvents.length];
  const receiver = drawReceiver(new Random(plan.randomSeed + 4));
  return { ...plan, receiver, ...(webhookEvents === undefined ? {} : { webhookEvents }) };
}

export const plans: fc.Arbitrary<Plan> = fc
  .record({
    randomSeed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    jobs: fc.oneof(
      { weight: 7, arbitrary: fc.array(job, { minLength: 1, maxLength: 8 }) },
      { weight: 1, arbitrary: fc.tuple(job, job, job).map(withPoison) },
      {
        weight: 1,
        arbitrary: fc.tuple(job, job, fc.boolean()).map(([first, second, isSame]) => withReusedKey(first, isSame ? first : second)),
      },
    ),
    faults,
  })
  .map(withWorkOfRemovedType)
  .map(withRetriedWait)
  .map(withPauseOfRemovedType)
  .map(withSignals)
  .map(withFamily)
  .map(withKeys)
  .map(withRetries)
  .map(withFollowers)
  .map(withUnique)
  .map(withSecondInPlace)
  .map(withGroups)
  .map(withSchedules)
  .map(withBulk)
  .map(withEvents)
  .map(withReceiver);
