/** The claim check: small JSON texts are in the record, larger ones in the bucket, with their checksum in the record. */
import { DamagedPayloadError } from '../contract/errors.ts';
import { sha256Hex } from './ids.ts';
import type { Payload } from './job.ts';
import type { PayloadStore } from './ports.ts';

/** Larger texts are stored in the bucket: every update of a DynamoDB item pays for each started KB of the whole item. */
export const inlinePayloadBytes = 2_048;

export interface NewPayload {
  readonly jobId: string;
  readonly name: 'input' | 'result' | 'step' | 'signal';
  readonly json: string;
  /** Texts of up to this size stay in the record. @default inlinePayloadBytes */
  readonly inlineBytes?: number;
}

/** Stores a text in the record or the bucket. The object's key contains its checksum, so no attempt overwrites what another one wrote. */
export async function storePayload(
  payloads: PayloadStore,
  { jobId, name, json, inlineBytes = inlinePayloadBytes }: NewPayload,
): Promise<Payload> {
  const sizeBytes = Buffer.byteLength(json);
  if (sizeBytes <= inlineBytes) return { kind: 'inline', json };
  const sha256 = sha256Hex(json);
  const key = `payloads/${jobId}/${name}-${sha256}.json`;
  await payloads.put(key, json);
  return { kind: 'stored', key, sizeBytes, sha256 };
}

/** @throws DamagedPayloadError `payload_missing` or `payload_changed`: the record's own data is gone, so the job cannot go on */
export async function loadPayload(payloads: PayloadStore, payload: Payload): Promise<string> {
  if (payload.kind === 'inline') return payload.json;
  const json = await payloads.get(payload.key);
  if (json === undefined) {
    throw new DamagedPayloadError('The stored payload of this job is no longer in the bucket.', { code: 'payload_missing' });
  }
  if (sha256Hex(json) !== payload.sha256) {
    throw new DamagedPayloadError('The stored payload of this job is not what was stored: its checksum differs.', {
      code: 'payload_changed',
    });
  }
  return json;
}
