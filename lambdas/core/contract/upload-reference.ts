/** `upload://upl_…`: how the input of a job names what its caller uploaded. */
import { isExactNumber } from '../../text/exact-json.ts';
import type { InputFault, JobTypeContract } from './contract.ts';

const scheme = 'upload://';
const form = /^upload:\/\/(upl_[0-9a-hjkmnp-tv-z]{39})$/;
/** Each is looked up when the job is accepted. */
const maxUploads = 100;

export interface UploadReference {
  readonly text: string;
  /** The names and positions that lead to it in the input. */
  readonly path: readonly string[];
}

/** @returns the id of the upload; undefined for any other text */
export function parseUploadReference(text: string): string | undefined {
  return form.exec(text)?.[1];
}

export function isUploadReference(text: string): boolean {
  return form.test(text);
}

export function uploadReference(id: string): string {
  return `${scheme}${id}`;
}

/** @returns each text of an input that begins with `upload://`, if the type takes uploads; for any other type it is a text like all others */
export function uploadReferences({ uploads }: Pick<JobTypeContract, 'uploads'>, input: unknown): readonly UploadReference[] {
  return uploads === undefined ? [] : [...referencesIn(input, [])];
}

function* referencesIn(value: unknown, path: readonly string[]): Generator<UploadReference> {
  if (typeof value === 'string' && value.startsWith(scheme)) yield { text: value, path };
  if (typeof value !== 'object' || value === null || isExactNumber(value)) return;
  for (const [name, member] of Object.entries(value)) yield* referencesIn(member, [...path, name]);
}

/** @returns the fault of an input that names more uploads than may be looked up at once */
export function uploadFaults(contract: Pick<JobTypeContract, 'uploads'>, input: unknown): readonly InputFault[] {
  const { size } = new Set(uploadReferences(contract, input).map(({ text }) => text));
  return size > maxUploads ? [{ pointer: '', detail: `must name at most ${maxUploads} uploads (was ${size})` }] : [];
}
