/** Keeps secrets out of what people read: logs, timelines, errors. A contract names the members of its input that hold them. */
import { isExactNumber } from '../../text/exact-json.ts';
import { truncationMark } from '../../text/truncate.ts';
import type { JobError, JobPatch } from '../job/job.ts';

const mask = '[redacted]';
/** A shorter secret is hidden only where it is a word of its own: it would hide parts of every other word. */
const minPartLength = 4;
/** Minimum length of a part at the end of a text without a mark: many sentences end in a word that a secret begins with. */
const minUnmarkedLength = 8;
/** A code that a program compares, and not a text. */
const plainCode = /^[A-Za-z_.]+$/;

export interface Redactor {
  /** @returns the text with each secret replaced by `[redacted]` */
  text(text: string): string;
  /** Replaces secrets in every string within, and every value under the name of a secret. */
  value<T>(value: T): T;
}

/** Changes nothing: the redactor of a contract that names no secrets. */
const hidesNothing: Redactor = { text: (text) => text, value: (value) => value };

/**
 * @param names members whose values are secret, at any depth, compared without case
 * @param input where the values are found
 */
export function makeRedactor(names: readonly string[], input: unknown): Redactor {
  if (names.length === 0) return hidesNothing;
  const hidden = new Set(names.map((name) => name.toLowerCase()));
  const secrets = secretsOf(input, hidden);
  // The longest first: one may be part of another.
  const found = [...secrets].sort((a, b) => b.length - a.length);
  const text = (original: string) => (found.length === 0 ? original : redactTruncated(found.reduce(hide, original), found));
  const value = (original: unknown): unknown => {
    if (typeof original === 'string') return text(original);
    if (typeof original === 'number' || isExactNumber(original)) return secrets.has(JSON.stringify(original)) ? mask : original;
    if (Array.isArray(original)) return original.map(value);
    if (typeof original !== 'object' || original === null) return original;
    return Object.fromEntries(
      Object.entries(original).map(([name, member]) => [text(name), hidden.has(name.toLowerCase()) ? mask : value(member)]),
    );
  };
  return { text, value: (original) => value(original) as typeof original };
}

function hide(text: string, secret: string): string {
  if (secret.length >= minPartLength) return text.replaceAll(secret, mask);
  const literal = secret.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'); // RegExp.escape came with Node 24, and the local mode runs on Node 22, too
  return text.replaceAll(new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'gu'), mask);
}

/**
 * Hides what is left of a secret where a text was truncated: at its end, and before each mark of a truncation. Texts are truncated in many places,
 * by worker code without a mark, too; only here are all of them seen.
 */
function redactTruncated(text: string, secrets: readonly string[]): string {
  const marks = [...text.matchAll(new RegExp(truncationMark, 'g'))].map(({ index }) => index);
  return [text.length, ...marks.toReversed()].reduce((rest, end) => {
    const minLength = end === text.length ? minUnmarkedLength : minPartLength;
    // A loop: a call cannot take as many arguments as an input may hold secrets.
    const length = secrets.reduce((longest, secret) => Math.max(longest, partLength(rest, secret, end)), 0);
    return length < minLength ? rest : `${rest.slice(0, end - length)}${mask}${rest.slice(end)}`;
  }, text);
}

/** @returns how many first characters of a secret, but not all, are before this place of a text */
function partLength(text: string, secret: string, end: number): number {
  for (let length = Math.min(secret.length - 1, end); length > 0; length--) {
    if (text.startsWith(secret.slice(0, length), end - length)) return length;
  }
  return 0;
}

/** @param names in lower case @returns the values within an input that are under one of the names, in each of their written forms */
function secretsOf(input: unknown, names: ReadonlySet<string>): ReadonlySet<string> {
  const secrets = new Set<string>();
  const collect = (value: unknown, isSecret: boolean): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) collect(member, isSecret || names.has(name.toLowerCase()));
      return;
    }
    if (!isSecret || (typeof value !== 'string' && typeof value !== 'number')) return;
    const secret = String(value);
    if (secret === '') return;
    // The secret itself, and the forms in which JSON and URLs write it.
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed())]) secrets.add(form);
  };
  collect(input, false);
  return secrets;
}

/** @returns the patch with nothing secret in what callers and operators read: the words, and none of the engine's own names and values */
export function redactPatch(patch: JobPatch, redactor: Redactor): JobPatch {
  if (redactor === hidesNothing) return patch;
  const { text, value } = redactor;
  const error = (original: JobError): JobError => ({
    ...original,
    // The worker may choose it freely, as it may choose the details.
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
