/** Links of a simulation: code that mails them, and what must be true of them. */
import type { Job } from '../../lambdas/core/job/job.ts';
import type { Node } from './programs.ts';
import type { Random } from './random.ts';

export const apiUrl = 'https://delegation.test';

type LinkNode = Extract<Node, { does: 'link' }>;

/** @returns what the link with this place among its alternatives sends */
export function linkPayload(name: string, index: number): object {
  return index % 2 === 1 ? { link: `${name} ${index}`, padding: 'x'.repeat(600) } : { link: `${name} ${index}` };
}

/** @returns code that mails one link or two alternatives, which people open and use: at once, late, twice, several of them at one moment */
export function drawLinks(random: Random): LinkNode {
  const alternatives = random.int(1, 2);
  const uses = Array.from({ length: random.int(0, 4) }, () => ({
    index: random.int(0, alternatives - 1),
    afterMs: random.chance(0.5) ? random.int(0, 3_000) : random.int(0, 200_000),
    people: random.int(1, 3),
    looks: random.int(0, 2),
  }));
  return { does: 'link', alternatives, expiresSeconds: random.chance(0.4) ? random.int(1, 120) : 3_000, uses };
}

/** @returns what is wrong with the links of a job after a write @param before the job before it */
export function faultOfLinks(before: Pick<Job, 'links'>, after: Pick<Job, 'links' | 'signals'>, skewMs: number): string | undefined {
  const { links = [], signals = [] } = after;
  if (before.links?.some(({ tokenHash }, i) => tokenHash !== links[i]?.tokenHash) === true) return 'lost a link';
  const used = signals.flatMap(({ link, atMs }) => (link === undefined ? [] : [{ link: links[link.index], atMs }]));
  // Each node of a program has a group of its own.
  if (new Set(used.map(({ link }) => link?.group)).size < used.length) return 'was sent two signals by one link or its alternative';
  const late = used.find(({ link, atMs }) => link === undefined || atMs > link.expiresAtMs + skewMs);
  return late === undefined
    ? undefined
    : `was sent a signal by a link that had expired ${late.atMs - (late.link?.expiresAtMs ?? 0)} ms ago`;
}
