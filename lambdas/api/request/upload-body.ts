/** The body of `POST /v1/uploads`: what the caller announces. */
import * as z from 'zod';
import { contentTypeForm, maxContentTypeLength } from '../../core/job/content-type.ts';
import { maxUploadBytes } from '../../core/job/upload.ts';

const sizeRule = `must be a whole number of bytes from 1 to ${maxUploadBytes}`;

export const uploadBody = z.strictObject({
  sizeBytes: z
    .int(sizeRule)
    .min(1, sizeRule)
    .max(maxUploadBytes, sizeRule)
    .describe('The number of bytes that will be sent. Bytes beyond this limit go into a bucket of your own.'),
  sha256: z
    .string()
    .regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, 'must be the 32 bytes of a SHA-256 in Base64, with padding: 44 characters')
    .describe('The SHA-256 of the bytes that will be sent, in Base64: `openssl dgst -sha256 -binary FILE | base64`.'),
  contentType: z
    .string()
    .max(maxContentTypeLength)
    .regex(contentTypeForm, 'must be a media type such as "text/csv; charset=utf-8"')
    .describe('The media type of the content, without its compression.'),
  contentEncoding: z
    .enum(['gzip', 'zstd'])
    .optional()
    .describe('How the bytes are compressed. Readers of text decompress them; size and checksum are of the compressed bytes.'),
});
