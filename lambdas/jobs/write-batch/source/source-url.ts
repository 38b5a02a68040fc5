import { PermanentError } from '../../../core/contract/errors.ts';
import { isUploadReference } from '../../../core/contract/upload-reference.ts';
import { parseS3Url, type S3Location } from '../../../text/s3-url.ts';

/** @returns what is wrong with the URL of a source, for callers, or undefined if nothing is */
export function sourceUrlError(url: string): string | undefined {
  if (isUploadReference(url)) return undefined;
  const { key = '' } = parseS3Url(url) ?? {};
  if (key === '')
    return 'must be upload://upl_… as POST /v1/uploads answered, or look like s3://bucket/key, with a valid bucket name and a key of at most 1024 bytes that holds no "." or ".." as a part';
  if (/\.(zip|bz2|xz|parquet)$/i.test(key)) return 'must be text, CSV or NDJSON, plain or compressed with gzip (.gz) or zstd (.zst)';
  return undefined;
}

/** @throws PermanentError `invalid_input` if `faultOfSourceUrl` finds a fault that the schema should have found */
export function locationOfSource(url: string): S3Location {
  const location = parseS3Url(url);
  if (location === undefined) throw new PermanentError(`The source ${sourceUrlError(url)}.`, { code: 'invalid_input' });
  return location;
}
