/**
 * Uploads: inputs too large for a request, which callers put into the bucket with a signed link. The id of an upload is a commitment to its owner,
 * size, checksum and type, so that a worker knows from the id alone whether an object is what was announced, and nothing is written beside the object.
 */
import type { Readable } from 'node:stream';
import { base32, sha256Bytes, sha256Hex } from './ids.ts';

/** The most that S3 takes in one PUT is 5 GiB. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html */
export const maxUploadBytes = 5_000_000_000;
/** An upload that no job used is deleted after this many days, and S3 may take one more. */
export const unusedUploadDays = 7;
/** How long a signed link accepts the beginning of an upload. */
export const uploadLinkSeconds = 900;
/** A lifecycle rule deletes what has this tag. */
export const uploadTag = { name: 'delegation-upload', unused: 'unused', used: 'used' };
/** The folder of the bucket. */
export const uploadFolder = 'uploads';

/** 65 bits: two uploads of one owner differ even if their contents do not. */
const nonceLetters = 13;
/** 130 bits: no caller can find other content for an id. */
const commitmentLetters = 26;
const idPrefix = 'upl_';

export type UploadEncoding = 'gzip' | 'zstd';

/** What a caller announces, and what S3 says of an object. */
export interface UploadContent {
  readonly sizeBytes: number;
  /** The SHA-256 of the bytes as they are sent, in Base64 with padding. */
  readonly sha256: string;
  readonly contentType: string;
  readonly contentEncoding: UploadEncoding | undefined;
}

/** An object as S3 describes it; members that S3 does not know are undefined. */
export type StoredUpload = { readonly [Member in keyof UploadContent]: UploadContent[Member] | string | undefined } & {
  /** Changes with every write of the object. */
  readonly etag: string | undefined;
};

export interface UploadRead {
  readonly etag: string | undefined;
  readonly signal: AbortSignal;
  /** Undefined for the whole object. */
  readonly range?: { readonly offset: number; readonly bytes: number };
}

/** The uploads in the bucket, for those who accept jobs. Every method may throw `UnavailableError`. */
export interface UploadStore {
  /** Keeps an upload as long as any job may need it. @returns false if there is none */
  keep(key: string): Promise<boolean>;
  exists(key: string): Promise<boolean>;
}

/** The uploads in the bucket, for workers. Every method may throw `UnavailableError`. */
export interface UploadReader {
  /** @returns undefined if there is none */
  describe(key: string): Promise<StoredUpload | undefined>;
  /** @returns undefined if the object is not, or no longer, the one with this ETag */
  read(key: string, what: UploadRead): Promise<Readable | undefined>;
}

export interface SignedUpload {
  readonly url: string;
  /** Signed with the link: S3 refuses any other values. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Signs links that take one upload each, for `uploadLinkSeconds`. */
export interface UploadLinks {
  sign(key: string, content: UploadContent): Promise<SignedUpload>;
}

/** @param token a new random token */
export function newUploadId(owner: string, content: UploadContent, token: string): string {
  return idOf(owner, content, base32(sha256Bytes(token), nonceLetters));
}

/** @returns whether an object is what was announced when the id was made, for this owner */
export function isUpload(id: string, owner: string, { sizeBytes, sha256, contentType, contentEncoding }: StoredUpload): boolean {
  const nonce = id.slice(idPrefix.length, idPrefix.length + nonceLetters);
  return idOf(owner, { sizeBytes, sha256, contentType, contentEncoding }, nonce) === id;
}

function idOf(owner: string, content: Omit<StoredUpload, 'etag'>, nonce: string): string {
  const { sizeBytes, sha256, contentType, contentEncoding = null } = content;
  const parts = ['upload', owner, nonce, sizeBytes, sha256, contentType, contentEncoding];
  return `${idPrefix}${nonce}${base32(sha256Bytes(JSON.stringify(parts)), commitmentLetters)}`;
}

/** @returns where an upload is; each owner has a folder, so that an id gives no access to another owner's upload */
export function uploadKey(owner: string, id: string): string {
  return `${uploadFolder}/${sha256Hex(owner).slice(0, 32)}/${id}`;
}
