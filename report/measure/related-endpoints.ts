/** Finds the reads by which a caller comes back for what it wrote. */

/** How a read and the write that it belongs to must match, besides their templates. */
export type Match = 'any' | 'same path' | 'child of path' | 'parent of path';

export interface RelatedRead {
  /** Index of the endpoint that reads. */
  readonly endpoint: number;
  readonly match: Match;
  /** Reads of the thing that an action belongs to, such as `GET /orders/{id}` after `POST /orders/{id}/pay`: they say that the answer was used, and not that somebody came back for a result. */
  readonly isOfParent: boolean;
}

export interface EndpointName {
  readonly method: string;
  readonly template: string;
}

/** RFC 9110, 9.2.1. */
export const isSafe = (method: string) => ['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(method);

const hasPlaceholder = (template: string) => template.includes('{');
const parentOf = (template: string) => template.slice(0, template.lastIndexOf('/'));

/**
 * A related read has the template of the write itself, a child's, or its collection's; with an identifier in the template, the same one.
 * @returns for each endpoint the reads that belong to it; empty for reads
 */
export function relatedReads(endpoints: readonly EndpointName[]): readonly (readonly RelatedRead[])[] {
  return endpoints.map((write) =>
    isSafe(write.method)
      ? []
      : endpoints.flatMap((read, endpoint) => {
          const relation = isRead(read.method) ? relationOf(unnamed(write.template), unnamed(read.template)) : undefined;
          return relation === undefined ? [] : [{ endpoint, ...relation }];
        }),
  );
}

const isRead = (method: string) => method === 'GET' || method === 'HEAD';

/** Names of placeholders say nothing: `/orders/{orderId}/lines` is below `/orders/{id}`. */
const unnamed = (template: string) => template.replaceAll(/\{[^}]*\}/g, '{}');

function relationOf(write: string, read: string): Omit<RelatedRead, 'endpoint'> | undefined {
  const isOne = hasPlaceholder(write);
  if (read === write) return { match: isOne ? 'same path' : 'any', isOfParent: false };
  // With an identifier, the read must be of the same thing: its path without the last segment is the write's.
  if (isOne ? parentOf(read) === write : read.startsWith(`${write}/`)) return { match: isOne ? 'child of path' : 'any', isOfParent: false };
  if (read === parentOf(write) && read !== '') return { match: 'parent of path', isOfParent: !write.endsWith('}') };
  return undefined;
}
