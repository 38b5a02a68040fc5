/** What a launch job remembers in its checkpoint: one value, however many rounds and launches it takes. */
import type { CleanUpContext } from '../../core/contract/context.ts';
import { deploymentOf } from '../ec2/tags.ts';
import type { LaunchInput, Refusal } from './contract.ts';
import type { Counts } from './launch-request.ts';

/** A launch whose answer nobody heard shows up within this time, or it did not happen. */
export const inDoubtMs = 60_000;

export interface Launch {
  readonly instanceIds: readonly string[];
  /** ISO-8601, EC2's own. */
  readonly launchedAt: string;
  /** Index of the placement where it was. */
  readonly placement?: number;
}

export interface LaunchCheckpoint {
  /** From 1: all placements, once through. */
  readonly round: number;
  /**
   * The placement that is being tried, written before the call: if the worker dies, the same call with the same token comes first in its
   * next life, before any other placement. null where no call is open.
   */
  readonly pendingAttempt: { readonly placement: number; readonly at: string } | null;
  /** Indexes of placements that can never work. */
  readonly unsupported: readonly number[];
  /** What EC2 said of those. */
  readonly skipped?: readonly Refusal[];
  /** What the last placement was refused with, for people. */
  readonly lastRefusal?: string;
  /** The newest launch. */
  readonly launch?: Launch | undefined;
  /** Launches before it, with those of their instances that were alive when it was begun. */
  readonly earlier?: readonly Launch[];
  /** The launch that is sought now, where it replaces instances that EC2 took back. */
  readonly replacing?: Counts & {
    /** The first launch is 1, so the first replacement is 2. */
    readonly number: number;
    /** Index of the placement that comes first: the one after that of the instances taken back. */
    readonly from: number;
  };
}

export function loadCheckpoint({ checkpoint }: Pick<CleanUpContext, 'checkpoint'>): LaunchCheckpoint {
  return checkpoint.load<LaunchCheckpoint>() ?? { round: 1, pendingAttempt: null, unsupported: [] };
}

/** @returns everything launched of which instances may be alive */
export function launchesOf({ earlier = [], launch }: LaunchCheckpoint): readonly Launch[] {
  return launch === undefined ? earlier : [...earlier, launch];
}

export function launchNumber({ replacing }: LaunchCheckpoint): number {
  return replacing?.number ?? 1;
}

/** @returns what ends the names of a launch's waits, steps and delegations, so that they are unlike those of every other launch of the job */
export function suffixOf(number: number): string {
  return number === 1 ? '' : `-${number}`;
}

/** @returns how many instances the launch that is sought asks for */
export function countsOf({ replacing }: LaunchCheckpoint, { count, minCount = count }: LaunchInput): Counts {
  return replacing ?? { minCount, maxCount: count };
}

/** @returns EC2's token for a call: the same whenever this call is repeated, and for no other call of any job of any deployment */
export function clientToken(
  checkpoint: LaunchCheckpoint,
  placement: number,
  ctx: Pick<CleanUpContext, 'settings' | 'idempotencyToken'>,
): string {
  return ctx.idempotencyToken(
    `launch${suffixOf(launchNumber(checkpoint))}-${checkpoint.round}-${placement} in ${deploymentOf(ctx.settings)}`,
  );
}
