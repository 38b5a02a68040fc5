/** Ordinary worker code as a tree, for histories: steps, sleeps, waits and delegations in sequence, at once, caught, tried again, awaited late or by nobody. */
import fc from 'fast-check';

/** What a step, wait or checkpoint is made to keep. */
export type Value = (typeof values)[number];
/** JSON holds these, or what it makes of them. */
const plainValues = ['text', 'null', 'false', 'zero', 'date', 'members', 'exact', 'large'] as const;
/** JSON has nothing for these: kept as what JSON makes of them, or refused. */
const lossyValues = ['nan', 'map'] as const;
/** Nothing can keep these. */
const impossibleValues = ['bigint', 'cycle', 'function'] as const;
export const values = [...plainValues, ...lossyValues, ...impossibleValues] as const;

export const isImpossible = (value: Value) => (impossibleValues as readonly string[]).includes(value);
export const isLossy = (value: Value) => (lossyValues as readonly string[]).includes(value);

/** What code throws. */
export type Thrown = (typeof thrownKinds)[number];
const usualThrown = ['retryable', 'permanent', 'plain', 'service'] as const;
const oddThrown = [
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
  'after less than nothing',
  'after the deadline',
] as const;
export const thrownKinds = [...usualThrown, ...oddThrown] as const;

/** What is handed to the context that it cannot take, or can hardly take. */
export type Oddity = (typeof oddities)[number];
export const oddities = [
  'sleep NaN',
  'sleep less than nothing',
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

export interface StepNode {
  readonly does: 'step';
  readonly seconds: number;
  readonly gives: Value;
  /** Throws in its first so many runs, before its effect; later ones go well. */
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
  /** The step's promise is awaited only after something else. */
  | { readonly does: 'later'; readonly step: StepNode; readonly meanwhile: Node }
  /** Nobody awaits the step. */
  | { readonly does: 'forget'; readonly step: StepNode }
  | { readonly does: 'sleep'; readonly seconds: number }
  | {
      readonly does: 'wait';
      /** After the job was accepted. */
      readonly readyAfterSeconds: number;
      readonly everySeconds: number;
      readonly timeoutSeconds: number;
      /** The first so many looks meet an outage. */
      readonly outages: number;
      readonly gives: Value;
    }
  /** @param isMoving whether its arguments are others each time that the code runs */
  | { readonly does: 'delegate'; readonly isMoving: boolean }
  | { readonly does: 'save'; readonly gives: Value }
  | { readonly does: 'work'; readonly seconds: number }
  /** Keeps the processor busy without a pause, the first so many times. */
  | { readonly does: 'block'; readonly seconds: number; readonly times: number }
  /** Throws in the first so many attempts. */
  | { readonly does: 'throw'; readonly attempts: number; readonly throws: Thrown }
  /** Uses the context within a step, which is not allowed. */
  | { readonly does: 'nest'; readonly what: 'sleep' | 'wait' | 'step' }
  | { readonly does: 'odd'; readonly what: Oddity };

export interface Program {
  readonly body: Node;
  readonly returns: 'told' | Value;
  /** Its steps make things that must not outlive it when it does not succeed. */
  readonly isTidy: boolean;
}

/** Each seed draws which of these its code knows, so that loud faults do not hide quiet ones. */
const features = [
  'failing',
  'odd errors',
  'impossible values',
  'at once',
  'caught',
  'retry',
  'later',
  'forget',
  'sleep',
  'wait',
  'delegate',
  'save',
  'block',
  'nest',
  'odd',
] as const;
type Feature = (typeof features)[number];

const constant = <const T>(value: T) => fc.constant(value);
const seconds = (min: number, max: number) => fc.integer({ min, max });

function nodesOf(known: ReadonlySet<Feature>): fc.Arbitrary<Node> {
  const gives = fc.constantFrom<Value>(...plainValues, ...(known.has('impossible values') ? [...lossyValues, ...impossibleValues] : []));
  const throws = fc.constantFrom<Thrown>(...usualThrown, ...(known.has('odd errors') ? oddThrown : []));
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
    ...optional('forget', 1, fc.record({ does: constant('forget'), step })),
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
    ...optional('delegate', 1, fc.record({ does: constant('delegate'), isMoving: fc.boolean() })),
    ...optional('save', 1, fc.record({ does: constant('save'), gives })),
    ...optional('block', 1, fc.record({ does: constant('block'), seconds: seconds(1, 200), times: seconds(1, 2) })),
    ...optional('nest', 1, fc.record({ does: constant('nest'), what: fc.constantFrom('sleep', 'wait', 'step') })),
    ...optional('odd', 1, fc.record({ does: constant('odd'), what: fc.constantFrom(...oddities) })),
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
      // As code does that works on a list: the same for each member, and the members overtake each other.
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
    returns: known.has('impossible values') ? fc.constantFrom('told', 'told', ...values) : constant('told' as const),
    isTidy: known.has('block') ? constant(true) : fc.boolean(),
  });
});

/** @returns every part of a program's code */
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
