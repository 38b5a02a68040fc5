/** Where a source lies: one object, or all whose keys begin alike. */
import { parseS3Url, type S3Location } from '../../../text/s3-url.ts';

export interface SourceLocation extends S3Location {
  /** The key is what the keys begin with. */
  readonly isPrefix: boolean;
}

/**
 * A URL that ends in `/` or `*` means every object whose key begins so.
 * @returns undefined when it is no S3 URL, or a pattern of another kind
 */
export function parseSourceUrl(url: string): SourceLocation | undefined {
  const location = parseS3Url(url.endsWith('*') ? url.slice(0, -1) : url);
  if (location === undefined || /[*?]/.test(location.key)) return undefined;
  return { ...location, isPrefix: url.endsWith('*') || location.key === '' || location.key.endsWith('/') };
}
