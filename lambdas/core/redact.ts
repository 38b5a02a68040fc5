/** Keeps secrets out of what people read: logs, timelines, errors. A contract names the members of its input that hold them. */
import type { JobPatch } from './job.ts';

const mask = '[redacted]';
/** Shorter texts are no secrets, and would blot out every other word. */
const shortestSecret = 4;

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
  const text = (original: string) =>
    found.reduce(
      hideCutOff,
      found.reduce((rest, secret) => rest.replaceAll(secret, mask), original),
    );
  const value = (original: unknown): unknown => {
    if (typeof original === 'string') return text(original);
    if (Array.isArray(original)) return original.map(value);
    if (typeof original !== 'object' || original === null) return original;
    return Object.fromEntries(
      Object.entries(original).map(([name, member]) => [text(name), hidden.has(name.toLowerCase()) ? mask : value(member)]),
    );
  };
  return { text, value: (original) => (names.length === 0 ? original : (value(original) as typeof original)) };
}

/** Texts are cut to fit the record, through a secret, too: what is left of it at the end is hidden as well. */
function hideCutOff(text: string, secret: string): string {
  const end = text.endsWith('…') ? text.length - 1 : text.length;
  for (let length = Math.min(secret.length - 1, end); length >= shortestSecret; length--) {
    if (text.startsWith(secret.slice(0, length), end - length)) return `${text.slice(0, end - length)}${mask}${text.slice(end)}`;
  }
  return text;
}

function collectSecrets(value: unknown, names: ReadonlySet<string>, isSecret: boolean, secrets: Set<string>): void {
  if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) collectSecrets(member, names, isSecret || names.has(name.toLowerCase()), secrets);
    return;
  }
  if (!isSecret || (typeof value !== 'string' && typeof value !== 'number')) return;
  const secret = String(value);
  if (secret.length < shortestSecret) return;
  // As it is, and as JSON and URLs write it.
  for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) secrets.add(form);
}

/** @returns the patch with nothing secret in what callers and operators see; inputs, results and the worker's own memory are left as they are */
export function redactPatch(patch: JobPatch, { value }: Redactor): JobPatch {
  const { timeline, error, ending, reason, progress } = patch;
  return { ...patch, ...value(withoutUndefined({ timeline, error, ending, reason, progress })) };
}

function withoutUndefined<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined)) as Partial<T>;
}
