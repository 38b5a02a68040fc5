/** The uploads that inputs name: looked up, and kept, before a job is accepted. Submissions that name none cost no call. */
import { parseUploadReference, uploadReferences } from '../contract/upload-reference.ts';
import { type UploadStore, uploadKey } from '../job/upload.ts';
import type { IdentifiedSubmission, Submission } from './submit-job.ts';

/** A text in an input that names no upload of the owner. */
export interface MissingUpload {
  /** The names and positions that lead to it in the input. */
  readonly path: readonly string[];
}

type MissingUploads = ReadonlyMap<IdentifiedSubmission, readonly MissingUpload[]>;

/**
 * Keeps the uploads that submissions name, each with one call.
 * @returns for submissions that name one that is not there, where
 * @throws UnavailableError
 */
export async function keepUploads(items: readonly IdentifiedSubmission[], uploads: UploadStore): Promise<MissingUploads> {
  const kept = new Map<string, Promise<boolean>>();
  const keep = (key: string) => {
    const result = kept.get(key) ?? uploads.keep(key);
    kept.set(key, result);
    return result;
  };
  const missing = new Map<IdentifiedSubmission, readonly MissingUpload[]>();
  for (const item of items) {
    const found = await missingUploads(item.submission, keep);
    if (found.length > 0) missing.set(item, found);
  }
  return missing;
}

/** @param isThere whether there is an object with a key */
export async function missingUploads(
  { owner, contract, input }: Submission,
  isThere: (key: string) => Promise<boolean>,
): Promise<readonly MissingUpload[]> {
  const named = uploadReferences(contract, input);
  if (named.length === 0) return [];
  const found = await Promise.all(
    named.map(async ({ text }) => {
      const id = parseUploadReference(text);
      return id !== undefined && (await isThere(uploadKey(owner, id)));
    }),
  );
  return named.flatMap(({ path }, i) => (found[i] === true ? [] : [{ path }]));
}
