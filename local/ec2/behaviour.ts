/** How the endpoint behaves and misbehaves, as `PUT /_control` sets it. Members that are not sent stay as they are. */
import * as z from 'zod';
import { dayMs } from './instance.ts';

const milliseconds = z.int().min(0);
const times = z.int().min(1).default(1);

const market = z.enum(['spot', 'on-demand']);

const fault = z
  .strictObject({
    /** An action's name, or `*`. */
    action: z.string(),
    /** EC2's error code to answer. */
    code: z.string().optional(),
    /** What EC2 says with it. */
    message: z.string().optional(),
    /** The action has its effect, but the connection breaks before the answer. */
    loseAnswer: z.boolean().default(false),
    /** Only requests for this instance type. */
    instanceType: z.string().optional(),
    /** Only requests for this subnet. */
    subnetId: z.string().optional(),
    /** Only requests for Spot instances, or for others. */
    market: market.optional(),
    /** Only requests that name this instance. */
    instanceId: z.string().optional(),
    /** The number of requests that it affects. */
    times,
  })
  .refine(({ code, loseAnswer }) => (code !== undefined) !== loseAnswer, 'must have either code or loseAnswer');

const death = z.strictObject({
  instanceType: z.string().optional(),
  subnetId: z.string().optional(),
  market: market.optional(),
  /** After the launch. */
  afterMs: milliseconds,
  /** The number of instances that it ends. */
  times,
  /** What they become. */
  state: z.enum(['terminated', 'stopped']).default('terminated'),
  code: z.string().default('Server.InternalError'),
  message: z.string().default('Server.InternalError: Internal error on launch'),
});

const behaviour = z.strictObject({
  /** The time from the launch to `running`. */
  runningAfterMs: milliseconds,
  /** The time from the launch to passed status checks. */
  statusOkAfterMs: milliseconds,
  /** The time from the launch until `Describe…` returns an instance. */
  visibleAfterMs: milliseconds,
  /** The time from an action's effect to its answer. */
  answerAfterMs: milliseconds,
  /** The time from `TerminateInstances` to `terminated`. */
  terminatedAfterMs: milliseconds,
  /** The time from `terminated` until the instance is unknown. */
  forgottenAfterMs: milliseconds,
  /** From a launch until its client token is forgotten, so that it launches again. */
  tokensForgottenAfterMs: milliseconds,
  /** Instances with termination protection. */
  protectedInstanceIds: z.array(z.string()),
  /** How many instances of a type fit; types that are not named fit without end. */
  capacity: z.record(z.string(), z.int().min(0)),
  /** Subnets whose instances get a public address. */
  publicSubnetIds: z.array(z.string()),
  /** The first that fits a request is used up by it. */
  faults: z.array(fault),
  /** Instances that end on their own. */
  deaths: z.array(death),
});

export type Behaviour = z.output<typeof behaviour>;
export type Fault = z.output<typeof fault>;

export const defaultBehaviour: Behaviour = {
  runningAfterMs: 1_000,
  statusOkAfterMs: 2_000,
  visibleAfterMs: 0,
  answerAfterMs: 0,
  terminatedAfterMs: 1_000,
  forgottenAfterMs: 3_600_000,
  tokensForgottenAfterMs: dayMs,
  protectedInstanceIds: [],
  capacity: {},
  publicSubnetIds: [],
  faults: [],
  deaths: [],
};

/** @throws z.ZodError, SyntaxError */
export function changedBehaviour(old: Behaviour, json: string): Behaviour {
  const changes = Object.entries(behaviour.partial().parse(JSON.parse(json))).filter(([, value]) => value !== undefined);
  return { ...old, ...Object.fromEntries(changes) };
}

export interface FaultTarget {
  readonly action: string;
  readonly instanceType?: string | undefined;
  readonly subnetId?: string | undefined;
  readonly market?: 'spot' | 'on-demand' | undefined;
  readonly instanceIds?: readonly string[] | undefined;
}

/**
 * @param fits narrows which faults are meant
 * @returns the fault that this request meets, and the faults that are left
 */
export function meetFault(
  faults: readonly Fault[],
  target: FaultTarget,
  fits: (fault: Fault) => boolean,
): { readonly met: Fault; readonly left: Fault[] } | undefined {
  const met = faults.find(
    (fault) =>
      fits(fault) &&
      [target.action, '*'].includes(fault.action) &&
      (fault.instanceType ?? target.instanceType) === target.instanceType &&
      (fault.subnetId ?? target.subnetId) === target.subnetId &&
      (fault.market ?? target.market) === target.market &&
      (fault.instanceId === undefined || target.instanceIds?.includes(fault.instanceId) === true),
  );
  if (met === undefined) return undefined;
  const left = faults.flatMap((fault) => (fault !== met ? [fault] : fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : []));
  return { met, left };
}
