/** `s3://bucket/key` as callers write it. Keys are literal: nothing is decoded, so there is one spelling for each object. */
export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const pattern = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.*)$/su;
/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const maxKeyBytes = 1024;

/**
 * Parses an S3 URL. Segments `.` and `..`, a leading slash and control characters are refused: anything between here and S3 may fold such a
 * path into another key or bucket.
 * @returns undefined when it is not such a URL; the key may be empty
 */
export function parseS3Url(url: string): S3Location | undefined {
  const [, bucket, key] = pattern.exec(url) ?? [];
  if (bucket === undefined || key === undefined || bucket.includes('..')) return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (Buffer.byteLength(key) > maxKeyBytes || !key.isWellFormed() || /[\u0000-\u001f\u007f\\]/.test(key)) return undefined;
  if (key.startsWith('/') || key.split('/').some((segment) => segment === '.' || segment === '..')) return undefined;
  return { bucket, key };
}
