/** `s3://bucket/key`, taken literally: nothing in it is percent-decoded, so one spelling names one object. */

export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const pattern = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/su;
/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const longestKeyBytes = 1024;

/** @returns what is wrong with it, for callers, or undefined */
export function faultOfS3Url(url: string): string | undefined {
  const [, bucket = '', key = ''] = pattern.exec(url) ?? [];
  if (bucket === '' || bucket.includes('..')) return 'must look like s3://bucket/key, with a valid bucket name and a key';
  if (Buffer.byteLength(key) > longestKeyBytes || !key.isWellFormed())
    return `must have a key of at most ${longestKeyBytes} bytes of UTF-8`;
  // Something between here and S3 may resolve them like a path, which would end in another key or bucket.
  if (key.split('/').some((segment) => segment === '.' || segment === '..')) return 'must not contain "." or ".." as a part of the key';
  if (/\.(gz|gzip|zip|zst|bz2|xz|parquet)$/i.test(key)) return 'must be uncompressed text, CSV or NDJSON';
  return undefined;
}

/** @param url one that `faultOfS3Url` finds no fault with */
export function parseS3Url(url: string): S3Location {
  const [, bucket = '', key = ''] = pattern.exec(url) ?? [];
  return { bucket, key };
}
