/**
 * Links that send one signal: whoever holds one needs no credentials. The record has the hash of each link's token, and the signals that came by links;
 * from these two follows whether a link can still be used, so that its use is one write, that of the signal.
 */
import { timingSafeEqual } from 'node:crypto';
import { sha256Hex } from '../job/ids.ts';
import type { Job, Signal, SignalLink } from '../job/job.ts';

/** Who sent a signal that came by a link, in the place of a caller. */
export const byLink = 'link';

/** A link that is in the record of a job. */
export interface FoundLink {
  readonly link: SignalLink;
  /** The place of the link in the record. */
  readonly index: number;
}

/** Why a link cannot be used any more. */
export type ClosedLink =
  | { readonly reason: 'used'; readonly signal: Signal }
  /** Another link of its signal and group was used. */
  | { readonly reason: 'other-used'; readonly signal: Signal }
  | { readonly reason: 'expired'; readonly expiredAtMs: number };

/**
 * Finds the link of a token. Every hash is compared in constant time: how long it takes says nothing about a token.
 * @returns undefined where no link of the job has the token
 */
export function findLink({ links = [] }: Pick<Job, 'links'>, token: string): FoundLink | undefined {
  const hash = Buffer.from(sha256Hex(token));
  return links.map((link, index) => ({ link, index })).filter(({ link }) => timingSafeEqual(Buffer.from(link.tokenHash), hash))[0];
}

/** @returns why the link at this place can no longer be used; undefined while it can */
export function closedLink(
  { links = [], signals = [] }: Pick<Job, 'links' | 'signals'>,
  index: number,
  nowMs: number,
): ClosedLink | undefined {
  const link = links[index];
  if (link === undefined) return undefined;
  const uses = signals.filter((signal) => signal.link !== undefined);
  const own = uses.find((signal) => signal.link?.index === index);
  if (own !== undefined) return { reason: 'used', signal: own };
  // Those that were made after the use are of another round.
  const other = uses.find((signal) => signal.link !== undefined && index < signal.link.of && isSibling(links[signal.link.index], link));
  if (other !== undefined) return { reason: 'other-used', signal: other };
  return nowMs >= link.expiresAtMs ? { reason: 'expired', expiredAtMs: link.expiresAtMs } : undefined;
}

function isSibling(one: SignalLink | undefined, other: SignalLink | undefined): boolean {
  return one?.signal === other?.signal && one?.group === other?.group;
}

/** @returns the id of the signal that comes by a link: the same for every request by it */
export function signalIdOfLink(tokenHash: string): string {
  return signalIdOf(['link', tokenHash]);
}

/** @returns the id of a signal @param source what makes two requests the same one */
export function signalIdOf(source: readonly string[]): string {
  return sha256Hex(JSON.stringify(source)).slice(0, 22);
}
