/** Ids of jobs, and the idempotency tokens of outside effects. */
import { hash } from 'node:crypto';

/** Crockford's base 32, which has no letters that look like digits. @see https://www.crockford.com/base32.html */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const idPattern = /^job_[0-9a-hjkmnp-tv-z]{26}$/;

/** @returns the number of an id's last letter, from 0 to 31: of many ids, each number has the same share. Of another text, any number */
export function lastLetterOf(id: string): number {
  const last = id.charAt(id.length - 1);
  const number = alphabet.indexOf(last);
  return number === -1 ? (last.codePointAt(0) ?? 0) : number;
}

/** @returns whether `text` has the form of a job's id */
export function isJobId(text: string): boolean {
  return idPattern.test(text);
}

/** What a job's id is derived from: the same source always gives the same id. */
export type IdSource =
  /** The caller's idempotency key. */
  | { readonly kind: 'key'; readonly key: string }
  /** The key of a batch, for an item without a key of its own; for the group that the batch makes, at position -1. */
  | { readonly kind: 'batch'; readonly key: string; readonly position: number }
  /** A key that failed jobs have freed: `number` of them, of which the first has the id. */
  | { readonly kind: 'released-key'; readonly firstId: string; readonly number: number }
  /** The time of a schedule. */
  | { readonly kind: 'schedule'; readonly schedule: string; readonly creation: string; readonly atMs: number }
  /** The job that is retried. */
  | { readonly kind: 'retry'; readonly of: JobOfSource }
  /** The job that delegates, and the name of the delegation. */
  | { readonly kind: 'delegation'; readonly by: JobOfSource; readonly name: string }
  /** The job whose webhook is delivered; `event` is undefined for its end. */
  | { readonly kind: 'webhook'; readonly of: JobOfSource; readonly event?: string | undefined }
  /** The key under which an owner has at most one unfinished job of a type, and which of those jobs. */
  | { readonly kind: 'unique'; readonly type: string; readonly key: string; readonly number: number }
  /** The group, and the place of the member in it. */
  | { readonly kind: 'member'; readonly of: JobOfSource; readonly shard: number; readonly position: number }
  /** A new random token, where there is no key. */
  | { readonly kind: 'token'; readonly token: string };

/** A record: its id alone may come again, once it has expired. */
interface JobOfSource {
  readonly id: string;
  readonly createdAtMs: number;
}

/** Derives a job's id. One owner and key always give the same id, so the conditional write of the record is the idempotency check. */
export function deriveJobId(owner: string, source: IdSource): string {
  const parts = partsOf(owner, source);
  return `job_${base32(sha256Bytes(JSON.stringify(parts)), 26)}`;
}

/** @returns the first `length` letters of a digest, 5 bits each */
export function base32(digest: Buffer, length: number): string {
  let letters = '';
  for (let i = 0; i < length; i++) {
    const bit = i * 5;
    const twoBytes = digest.readUInt8(bit >> 3) * 256 + (digest[(bit >> 3) + 1] ?? 0);
    letters += alphabet.charAt((twoBytes >> (11 - (bit & 7))) & 31);
  }
  return letters;
}

/**
 * Each kind of source has a name of its own in front, or a key that holds a NUL, which no caller can send: so no two kinds give the same id. The
 * parts never change, since a request may be repeated across a deploy.
 */
function partsOf(owner: string, source: IdSource): readonly (string | number)[] {
  switch (source.kind) {
    case 'key':
      return ['key', owner, source.key];
    case 'batch':
      return ['batch', owner, source.key, source.position];
    case 'released-key':
      return ['key', owner, `\0release ${source.number} of the key of ${source.firstId}`];
    case 'schedule':
      return ['schedule', owner, source.schedule, source.creation, source.atMs];
    case 'retry':
      return ['key', owner, `\0retry of ${source.of.id} of ${source.of.createdAtMs}`];
    case 'webhook':
      return [
        'key',
        owner,
        `\0webhook of ${source.of.id} of ${source.of.createdAtMs}${source.event === undefined ? '' : `: ${source.event}`}`,
      ];
    case 'delegation':
      return ['key', owner, `\0delegated by ${source.by.id} of ${source.by.createdAtMs}: ${source.name}`];
    case 'unique':
      return ['unique', owner, source.type, source.key, source.number];
    case 'member':
      return ['key', owner, `\0member ${source.shard}.${source.position} of ${source.of.id} of ${source.of.createdAtMs}`];
    case 'token':
      return ['token', source.token];
  }
}

/**
 * Identifies one effect of one record. A job's id alone does not: an idempotency key that is used again after its job expired gives the same id.
 * @returns 64 hexadecimal digits, the maximum length of EC2's ClientToken. @see https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
export function idempotencyToken({ id, createdAtMs }: { readonly id: string; readonly createdAtMs: number }, name: string): string {
  return sha256Hex(JSON.stringify([id, createdAtMs, name]));
}

/** @returns the SHA-256 of a text's UTF-8, as 64 hexadecimal digits */
export function sha256Hex(text: string): string {
  return hash('sha256', text);
}

/** @returns the SHA-256 of a text's UTF-8, as 32 bytes */
export function sha256Bytes(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
