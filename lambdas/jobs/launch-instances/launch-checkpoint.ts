/** The checkpoint of a launch job: one value for any number of rounds and launches. */
import type { CleanUpContext } from '../../core/contract/context.ts';
import { deploymentOf } from '../ec2/tags.ts';
import type { LaunchInput, Refusal } from './contract.ts';
import type { Counts } from './launch-request.ts';

/** A launch whose response was lost shows up within this time, or it did not happen. */
export const inDoubtMs = 60_000;

export interface Launch {
  readonly instanceIds: readonly string[];
  /** ISO-8601, EC2's own. */
  readonly launchedAt: string;
  /** Index of the placement where it was. */
  readonly placement?: number;
}

export interface LaunchCheckpoint {
  /** Number of the pass over all placements, from 1. */
  readonly round: number;
  /**
   * The placement that is being tried, saved before the call: if the worker dies, the next worker first repeats the same call with the same
   * token, before any other placement. null while no call is pending.
   */
  readonly pendingAttempt: { readonly placement: number; readonly at: string } | null;
  /** Indexes of placements that can never work. */
  readonly unsupported: readonly number[];
  /** EC2's refusals of those placements. */
  readonly skipped?: readonly Refusal[];
  /** Why the last placement was refused, for people. */
  readonly lastRefusal?: string;
  /** The newest launch. */
  readonly launch?: Launch | undefined;
  /** Launches before it, with the instances that were alive when it started. */
  readonly earlier?: readonly Launch[];
  /** The current launch, where it replaces instances that EC2 took back. */
  readonly replacing?: Counts & {
    /** The first launch is 1, so the first replacement is 2. */
    readonly number: number;
    /** Index of the placement to try first: the one after that of the instances taken back. */
    readonly from: number;
  };
}

export function loadCheckpoint({ checkpoint }: Pick<CleanUpContext, 'checkpoint'>): LaunchCheckpoint {
  return checkpoint.load<LaunchCheckpoint>() ?? { round: 1, pendingAttempt: null, unsupported: [] };
}

/** @returns all launches whose instances may be alive */
export function launchesOf({ earlier = [], launch }: LaunchCheckpoint): readonly Launch[] {
  return launch === undefined ? earlier : [...earlier, launch];
}

export function launchNumber({ replacing }: LaunchCheckpoint): number {
  return replacing?.number ?? 1;
}

/** @returns a suffix that makes the names of a launch's waits, steps and delegations unique in the job */
export function suffixOf(number: number): string {
  return number === 1 ? '' : `-${number}`;
}

/** @returns how many instances the current launch requests */
export function countsOf({ replacing }: LaunchCheckpoint, { count, minCount = count }: LaunchInput): Counts {
  return replacing ?? { minCount, maxCount: count };
}

/** @returns EC2's token for a call: the same for each repetition of it, and different for every other call of any job of any deployment */
export function clientToken(
  checkpoint: LaunchCheckpoint,
  placement: number,
  ctx: Pick<CleanUpContext, 'settings' | 'idempotencyToken'>,
): string {
  return ctx.idempotencyToken(
    `launch${suffixOf(launchNumber(checkpoint))}-${checkpoint.round}-${placement} in ${deploymentOf(ctx.settings)}`,
  );
}
