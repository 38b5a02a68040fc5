/** Keeps secrets out of what people read: logs, timelines, errors. A contract names the members of its input that hold them. */

import { isExactNumber } from '../../text/exact-json.ts';
import { truncationMark } from '../../text/truncate.ts';
import type { JobError, JobPatch } from '../job/job.ts';

const mask = '[redacted]';
/** A shorter secret is hidden only where it stands as a word of its own: it would blot out parts of every other word. */
const shortestPart = 4;
/** Of a text that does not say that it was cut: many a sentence ends in a word that a secret begins with. */
const shortestUnmarked = 8;
/** What programs name errors by. */
const plainCode = /^[A-Za-z_.]+$/;

export interface Redactor {
  text(text: string): string;
  /** Replaces secrets in every string within, and whatever stands under a name of a secret. */
  value<T>(value: T): T;
}

/**
 * @param names members whose values are secret, at any depth, compared without case
 * @param input where the values are found
 */
export function makeRedactor(names: readonly string[], input: unknown): Redactor {
  const hidden = new Set(names.map((name) => name.toLowerCase()));
  const secrets = new Set<string>();
  collectSecrets(input, hidden, false, secrets);
  // The longest first: one may be part of another.
  const found = [...secrets].sort((a, b) => b.length - a.length);
  const text = (original: string) => (found.length === 0 ? original : hideCutOff(found.reduce(hide, original), found));
  const value = (original: unknown): unknown => {
    if (typeof original === 'string') return text(original);
    if (typeof original === 'number' || isExactNumber(original)) return secrets.has(JSON.stringify(original)) ? mask : original;
    if (Array.isArray(original)) return original.map(value);
    if (typeof original !== 'object' || original === null) return original;
    return Object.fromEntries(
      Object.entries(original).map(([name, member]) => [text(name), hidden.has(name.toLowerCase()) ? mask : value(member)]),
    );
  };
  return { text, value: (original) => (names.length === 0 ? original : (value(original) as typeof original)) };
}

function hide(text: string, secret: string): string {
  if (secret.length >= shortestPart) return text.replaceAll(secret, mask);
  return text.replaceAll(new RegExp(`(?<![\\p{L}\\p{N}])${RegExp.escape(secret)}(?![\\p{L}\\p{N}])`, 'gu'), mask);
}

/** Texts are cut to fit the record, through a secret, too: what is left of it is hidden as well. A worker may cut its own without a mark. */
function hideCutOff(text: string, secrets: readonly string[]): string {
  const marks = [...text.matchAll(new RegExp(truncationMark, 'g'))].map(({ index }) => index);
  return [text.length, ...marks.toReversed()].reduce((rest, end) => {
    const shortest = end === text.length ? shortestUnmarked : shortestPart;
    // A loop: a call cannot take as many arguments as an input may hold secrets.
    const length = secrets.reduce((longest, secret) => Math.max(longest, lengthOfPart(rest, secret, end)), 0);
    return length < shortest ? rest : `${rest.slice(0, end - length)}${mask}${rest.slice(end)}`;
  }, text);
}

/** @returns how many of a secret's first characters, but not all, stand before this place of a text */
function lengthOfPart(text: string, secret: string, end: number): number {
  for (let length = Math.min(secret.length - 1, end); length > 0; length--) {
    if (text.startsWith(secret.slice(0, length), end - length)) return length;
  }
  return 0;
}

function collectSecrets(value: unknown, names: ReadonlySet<string>, isSecret: boolean, secrets: Set<string>): void {
  if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) collectSecrets(member, names, isSecret || names.has(name.toLowerCase()), secrets);
    return;
  }
  if (!isSecret || (typeof value !== 'string' && typeof value !== 'number')) return;
  const secret = String(value);
  if (secret === '') return;
  // As it is, and as JSON and URLs write it.
  for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed())]) secrets.add(form);
}

/** @returns the patch with nothing secret in what callers and operators read: the words, and none of the engine's own names and values */
export function redactPatch(patch: JobPatch, redactor: Redactor): JobPatch {
  const { text, value } = redactor;
  const error = (original: JobError): JobError => ({
    ...original,
    // Of the worker's choice, as its details are, or the engine's own.
    code: plainCode.test(original.code) ? original.code : text(original.code),
    message: text(original.message),
    ...(original.details === undefined ? {} : { details: value(original.details) }),
  });
  const { timeline, pendingOutcome, reason, progress } = patch;
  return {
    ...patch,
    ...(timeline && { timeline: timeline.map((entry) => withText(entry, 'detail', text)) }),
    ...(patch.error && { error: error(patch.error) }),
    ...(pendingOutcome?.status === 'failed' && { pendingOutcome: { ...pendingOutcome, error: error(pendingOutcome.error) } }),
    ...(reason && { reason: withText(reason, 'detail', text) }),
    ...(progress && { progress: withText(progress, 'message', text) }),
  };
}

function withText<Name extends string, T extends { readonly [K in Name]?: string | null | undefined }>(
  members: T,
  name: Name,
  text: Redactor['text'],
): T {
  const original = members[name];
  return typeof original === 'string' ? { ...members, [name]: text(original) } : members;
}
