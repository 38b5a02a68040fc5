/** Where a source is: one object, or all objects with a common prefix. */
import { parseS3Url, type S3Location } from '../../text/s3-url.ts';

export interface SourceLocation extends S3Location {
  /** Whether the key is a prefix of keys. */
  readonly isPrefix: boolean;
}

/**
 * A URL that ends in `/` or `*` means every object whose key begins so.
 * @returns undefined when it is not an S3 URL, or is another kind of pattern
 */
export function parseSourceUrl(url: string): SourceLocation | undefined {
  const location = parseS3Url(url.endsWith('*') ? url.slice(0, -1) : url);
  if (location === undefined || /[*?]/.test(location.key)) return undefined;
  return { ...location, isPrefix: url.endsWith('*') || location.key === '' || location.key.endsWith('/') };
}
