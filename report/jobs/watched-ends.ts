/** Whether somebody waited for the end of a job: a look close to the end, compared with the chance of one at another time. */

import { askedMs } from './asked-pace.ts';
import { groupedBy } from './grouped-by.ts';
import type { JobLook } from './job-looks.ts';

/** A job that has ended, as the looks at it are measured. */
export interface WatchedJob {
  readonly id: string;
  readonly createdMs: number;
  /** When it could start; when it was accepted, where that is not known. */
  readonly dueMs: number;
  readonly finishedMs: number;
  readonly expiresMs: number | undefined;
}

export interface WatchedEnd {
  readonly isWatched: boolean;
  /** The share of looked-at windows of the same length at random times after the end; null where the log ends too soon for one. */
  readonly control: number | null;
}

/** Who asks at the shortest pace that the API asks for, a second, sees the end within this time. */
const afterEndMs = 2_000;
const longestWindowMs = 10_000;
const controls = 4;
const shortestControlSpanMs = 3_600_000;

/**
 * @param looks at the job, in order, without those by the clock
 * @param typicalMs how long jobs of the type take
 * @param log how exact its times are, and where it ends
 */
export function watchedEnd(
  job: WatchedJob,
  looks: readonly JobLook[],
  typicalMs: number,
  log: { readonly resolutionMs: number; readonly toMs: number },
): WatchedEnd {
  const { finishedMs, dueMs } = job;
  const windowMs = Math.min(2 * askedMs(finishedMs - dueMs, typicalMs), longestWindowMs);
  const isSeen = (fromMs: number, toMs: number) => looks.some((look) => look.fromMs <= toMs && look.toMs + log.resolutionMs - 1 >= fromMs);
  const chain = paceAcross(job, looks, typicalMs, log.resolutionMs);
  const isWatched = isSeen(finishedMs - windowMs, finishedMs + afterEndMs) || chain !== undefined;
  const lengthMs = Math.max(windowMs + afterEndMs, chain?.gapMs ?? 0);
  const firstMs = finishedMs + afterEndMs + log.resolutionMs;
  const lastMs = Math.min(log.toMs, job.expiresMs ?? log.toMs, finishedMs + Math.max(10 * (finishedMs - dueMs), shortestControlSpanMs));
  if (lastMs - firstMs < 2 * lengthMs) return { isWatched, control: null };
  const random = randomOf(job.id);
  const hits = Array.from({ length: controls }, () => {
    const fromMs = firstMs + random() * (lastMs - lengthMs - firstMs);
    return isSeen(fromMs, fromMs + lengthMs);
  }).filter((isHit) => isHit).length;
  return { isWatched, control: chain?.goesOn === true ? 1 : hits / controls };
}

/**
 * Looks at the pace that the API asks for are far apart, so none may be close to the end of a long job. Whoever keeps that pace across the end waits
 * all the same, unless the looks go on after it.
 */
function paceAcross(
  job: WatchedJob,
  looks: readonly JobLook[],
  typicalMs: number,
  resolutionMs: number,
): { readonly gapMs: number; readonly goesOn: boolean } | undefined {
  for (const [caller, own] of groupedBy(looks, (look) => look.caller)) {
    const sees = own.findIndex((look) => look.toMs + resolutionMs > job.finishedMs);
    const [before, after] = [own[sees - 1], own[sees]];
    if (after === undefined) continue;
    const sinceMs = before?.toMs ?? job.createdMs;
    const asked = askedMs(before === undefined ? 0 : Math.max(0, sinceMs - job.dueMs), typicalMs);
    const allowedMs = Math.max(longestWindowMs, 1.5 * asked + afterEndMs);
    const gapMs = after.fromMs - sinceMs;
    // The first look of a caller is the one that follows the submission only where no other caller came before.
    if (gapMs > allowedMs || (before === undefined && looks.some((look) => look.caller !== caller && look.fromMs < after.fromMs))) continue;
    const goesOn = own.some(
      ({ kind, fromMs }) =>
        kind === 'job' && fromMs >= after.fromMs + Math.max(resolutionMs, 0.5 * gapMs) && fromMs <= after.fromMs + 1.5 * gapMs,
    );
    return { gapMs, goesOn };
  }
  return undefined;
}

/** The same numbers for the same job, in every run. @see https://en.wikipedia.org/wiki/Fowler–Noll–Vo_hash_function and mulberry32 by Tommy Ettinger */
function randomOf(text: string): () => number {
  let state = 0x811c9dc5;
  for (const character of text) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
