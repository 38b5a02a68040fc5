/** Programs: ordinary worker code as a tree of steps, sleeps, waits and delegations, which are sequential, concurrent, caught, retried, awaited late or never. */
import fc from 'fast-check';

/** A value that a step, wait or checkpoint has to store. */
export type Value = (typeof values)[number];
/** JSON represents these, or converts them to what it represents. */
const plainValues = ['text', 'null', 'false', 'zero', 'date', 'members', 'exact', 'large'] as const;
/** JSON cannot represent these: stored as JSON converts them, or refused. */
const lossyValues = ['nan', 'map'] as const;
/** These cannot be stored. */
const impossibleValues = ['bigint', 'cycle', 'function'] as const;
export const values = [...plainValues, ...lossyValues, ...impossibleValues] as const;

export const isImpossible = (value: Value) => (impossibleValues as readonly string[]).includes(value);
export const isLossy = (value: Value) => (lossyValues as readonly string[]).includes(value);

/** A value that code throws. */
export type Thrown = (typeof thrownKinds)[number];
const usualThrown = ['retryable', 'permanent', 'plain', 'service'] as const;
const unusualThrown = [
  'nothing',
  'text',
  'no message',
  'object as message',
  'message that throws',
  'no prototype',
  'proxy',
  'number as code',
  'aggregate',
  'huge',
  'after NaN',
  'after a negative time',
  'after the deadline',
] as const;
export const thrownKinds = [...usualThrown, ...unusualThrown] as const;

/** A call of the context with arguments that are invalid, or nearly. */
export type Misuse = (typeof misuses)[number];
export const misuses = [
  'sleep NaN',
  'sleep a negative time',
  'wait NaN',
  'progress NaN',
  'progress undefined',
  'progress without text',
  'log a cycle',
  'log a bigint',
  'log what throws',
  'log over its own fields',
  'save undefined',
  'save a cycle',
] as const;

/** What a job does that another one runs. */
export type ChildKind = 'works' | 'sleeps' | 'fails' | 'waits';

export interface StepNode {
  readonly does: 'step';
  readonly seconds: number;
  readonly gives: Value;
  /** Number of its first runs that throw, before their effect. */
  readonly failures: number;
  readonly throws: Thrown;
}

export type Node =
  | StepNode
  | { readonly does: 'sequence'; readonly of: readonly Node[] }
  | { readonly does: 'all' | 'allSettled' | 'race'; readonly of: readonly Node[] }
  | { readonly does: 'try'; readonly body: Node; readonly otherwise: Node }
  /** The worker's own loop around a step. */
  | { readonly does: 'retry'; readonly step: StepNode; readonly tries: number }
  /** Awaits the step's promise only after something else. */
  | { readonly does: 'later'; readonly step: StepNode; readonly meanwhile: Node }
  /** Never awaits the step. */
  | { readonly does: 'unawaited'; readonly step: StepNode }
  | { readonly does: 'sleep'; readonly seconds: number }
  | {
      readonly does: 'wait';
      /** Time after the job was accepted. */
      readonly readyAfterSeconds: number;
      readonly everySeconds: number;
      readonly timeoutSeconds: number;
      /** Number of its first checks that meet an outage. */
      readonly outages: number;
      readonly gives: Value;
    }
  | { readonly does: 'signal'; readonly timeoutSeconds: number }
  /** Makes links of which one can be used, and mails them. */
  | { readonly does: 'link'; readonly alternatives: number; readonly expiresSeconds: number; readonly uses: readonly LinkUse[] }
  /** Runs other jobs and waits for their results. */
  | { readonly does: 'run'; readonly children: readonly ChildKind[] }
  /** With `variesInput`, its arguments differ in each run of the code. */
  | { readonly does: 'delegate'; readonly variesInput: boolean }
  | { readonly does: 'save'; readonly gives: Value }
  | { readonly does: 'work'; readonly seconds: number }
  /** Keeps the processor busy without a pause, the first `times` times. */
  | { readonly does: 'block'; readonly seconds: number; readonly times: number }
  /** Throws in the first `attempts` attempts. */
  | { readonly does: 'throw'; readonly attempts: number; readonly throws: Thrown }
  /** Calls the context within a step, which is not allowed. */
  | { readonly does: 'nest'; readonly what: 'sleep' | 'wait' | 'step' }
  | { readonly does: 'misuse'; readonly what: Misuse };

/** People use a link. */
export interface LinkUse {
  /** The place of the link among its alternatives. */
  readonly index: number;
  /** Counted from the mail. */
  readonly afterMs: number;
  /** How many do so at the same moment. */
  readonly people: number;
  /** How often each opens the link before. */
  readonly looks: number;
}

export interface Program {
  readonly body: Node;
  readonly returns: 'results' | Value;
  /** Whether its steps create resources, which must not outlive the job if it does not succeed. */
  readonly cleansUp: boolean;
}

/** Each seed draws the features of its code, so that frequent faults do not hide rare ones. */
const features = [
  'failing',
  'unusual errors',
  'impossible values',
  'at once',
  'caught',
  'retry',
  'later',
  'unawaited',
  'sleep',
  'wait',
  'delegate',
  'save',
  'block',
  'nest',
  'misuse',
] as const;
type Feature = (typeof features)[number];

const constant = <const T>(value: T) => fc.constant(value);
const seconds = (min: number, max: number) => fc.integer({ min, max });

function nodesOf(known: ReadonlySet<Feature>): fc.Arbitrary<Node> {
  const gives = fc.constantFrom<Value>(...plainValues, ...(known.has('impossible values') ? [...lossyValues, ...impossibleValues] : []));
  const throws = fc.constantFrom<Thrown>(...usualThrown, ...(known.has('unusual errors') ? unusualThrown : []));
  const step: fc.Arbitrary<StepNode> = fc.record({
    does: constant('step'),
    seconds: seconds(0, 4),
    gives,
    failures: known.has('failing') ? fc.constantFrom(0, 0, 1, 2) : constant(0),
    throws,
  });
  const optional = (feature: Feature, weight: number, arbitrary: fc.Arbitrary<Node>) => (known.has(feature) ? [{ weight, arbitrary }] : []);
  const leaves: fc.Arbitrary<Node> = fc.oneof(
    { weight: 4, arbitrary: step },
    { weight: 1, arbitrary: fc.record({ does: constant('work'), seconds: seconds(1, 4) }) },
    ...optional('failing', 1, fc.record({ does: constant('throw'), attempts: seconds(1, 3), throws })),
    ...optional('retry', 2, fc.record({ does: constant('retry'), step, tries: seconds(2, 3) })),
    ...optional('unawaited', 1, fc.record({ does: constant('unawaited'), step })),
    ...optional('sleep', 3, fc.record({ does: constant('sleep'), seconds: seconds(1, 40) })),
    ...optional(
      'wait',
      3,
      fc.record({
        does: constant('wait'),
        readyAfterSeconds: seconds(0, 60),
        everySeconds: seconds(1, 10),
        timeoutSeconds: seconds(3, 40),
        outages: fc.constantFrom(0, 0, 1, 2),
        gives: fc.constantFrom<Value>('text', 'null', 'date', 'members', 'exact', 'large'),
      }),
    ),
    ...optional('delegate', 1, fc.record({ does: constant('delegate'), variesInput: fc.boolean() })),
    ...optional('save', 1, fc.record({ does: constant('save'), gives })),
    ...optional('block', 1, fc.record({ does: constant('block'), seconds: seconds(1, 200), times: seconds(1, 2) })),
    ...optional('nest', 1, fc.record({ does: constant('nest'), what: fc.constantFrom('sleep', 'wait', 'step') })),
    ...optional('misuse', 1, fc.record({ does: constant('misuse'), what: fc.constantFrom(...misuses) })),
  );
  const branches = (child: fc.Arbitrary<Node>): fc.Arbitrary<Node> =>
    fc.oneof(
      { weight: 2, arbitrary: leaves },
      { weight: 3, arbitrary: fc.record({ does: constant('sequence'), of: fc.array(child, { minLength: 1, maxLength: 3 }) }) },
      ...optional(
        'at once',
        3,
        fc.record({ does: fc.constantFrom('all', 'allSettled', 'race'), of: fc.array(child, { minLength: 2, maxLength: 3 }) }),
      ),
      // Code that works on a list: the same for each member, and the members overtake each other.
      ...optional(
        'at once',
        2,
        fc.record({
          does: constant('all'),
          of: fc.array(fc.record({ does: constant('sequence'), of: fc.tuple(leaves, leaves) }), { minLength: 2, maxLength: 3 }),
        }),
      ),
      ...optional('caught', 3, fc.record({ does: constant('try'), body: child, otherwise: child })),
      ...optional('later', 2, fc.record({ does: constant('later'), step, meanwhile: child })),
    );
  return fc.record({ does: constant('sequence'), of: fc.array(branches(branches(leaves)), { minLength: 1, maxLength: 3 }) });
}

const pools = fc.oneof(
  { weight: 1, arbitrary: constant(features as readonly Feature[]) },
  { weight: 4, arbitrary: fc.subarray([...features] as Feature[], { minLength: 1, maxLength: 5 }) },
);

export const programs: fc.Arbitrary<Program> = pools.chain((pool) => {
  const known = new Set(pool);
  return fc.record({
    body: nodesOf(known),
    returns: known.has('impossible values') ? fc.constantFrom('results', 'results', ...values) : constant('results' as const),
    cleansUp: known.has('block') ? constant(true) : fc.boolean(),
  });
});

/** @returns every node of a program's code */
export function* partsOf(node: Node): Generator<Node> {
  yield node;
  const within: readonly Node[] =
    'of' in node
      ? node.of
      : node.does === 'try'
        ? [node.body, node.otherwise]
        : node.does === 'later'
          ? [node.step, node.meanwhile]
          : 'step' in node
            ? [node.step]
            : [];
  for (const part of within) yield* partsOf(part);
}
