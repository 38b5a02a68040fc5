/** `POST /v1/uploads`: a signed place for an input that is too large for a request. Nothing is written. */
import { uploadReference } from '../../core/contract/upload-reference.ts';
import { newUploadId, uploadKey, uploadLinkSeconds } from '../../core/job/upload.ts';
import type { ApiContext, ApiDeps } from '../api-context.ts';
import type { UploadResource } from '../openapi/resource-schemas.ts';
import { parseBody } from '../request/parse-body.ts';
import { readJsonBody } from '../request/read-body.ts';
import { uploadBody } from '../request/upload-body.ts';

export async function createUpload(c: ApiContext, { runtime, uploadLinks }: ApiDeps): Promise<Response> {
  const { owner } = c.var.caller;
  const { contentEncoding, ...required } = parseBody(uploadBody, await readJsonBody(c.req), 'The upload');
  const content = { ...required, contentEncoding };
  const id = newUploadId(owner, content, runtime.newToken());
  const expiresAt = new Date(runtime.nowMs() + uploadLinkSeconds * 1000).toISOString();
  const { url, headers } = await uploadLinks.sign(uploadKey(owner, id), content);
  const upload: UploadResource = { id, source: uploadReference(id), method: 'PUT', url, headers, expiresAt };
  return c.json(upload, 201);
}
