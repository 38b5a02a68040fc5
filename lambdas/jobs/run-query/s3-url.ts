/** `s3://bucket/key` as callers write it. Keys are literal: nothing is decoded, so there is one spelling for each object. */
export interface S3Location {
  readonly bucket: string;
  /** The object's key, or what the keys begin with. */
  readonly key: string;
  readonly isPrefix: boolean;
}

/**
 * A url that ends in `/` or `*` means every object whose key begins so. Segments `.` and `..` are refused, since anything between here
 * and S3 may fold such a path into another bucket's.
 * @returns undefined when it is no such url
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function parseS3Url(url: string): S3Location | undefined {
  const [, bucket, path] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.*)$/s.exec(url) ?? [];
  if (bucket === undefined || path === undefined || bucket.includes('..')) return undefined;
  const isPrefix = path === '' || path.endsWith('/') || path.endsWith('*');
  const key = path.endsWith('*') ? path.slice(0, -1) : path;
  if (!isLiteralKey(key)) return undefined;
  return { bucket, key, isPrefix };
}

function isLiteralKey(key: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (Buffer.byteLength(key) > 1024 || /[\u0000-\u001f\u007f\\*?]/.test(key) || key.startsWith('/')) return false;
  return key.split('/').every((segment) => segment !== '.' && segment !== '..');
}
