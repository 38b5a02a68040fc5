import { truncate } from '../text/truncate.ts';

/**
 * Describes a path at which there is nothing. Callers join paths from parts, and an extra slash is hard to see. It is not answered with a redirect,
 * since a signature is valid for one path only.
 * @param routes patterns such as `/v1/jobs/:id`
 * @returns the address that is meant, where only slashes differ
 */
export function describeMissingPath(path: string, routes: readonly string[]): string {
  const plain = path.replaceAll(/\/{2,}/g, '/').replace(/\/$/, '');
  const isRoute = routes.some((route) => new RegExp(`^${route.replaceAll(/:\w+/g, '[^/]+')}$`).test(plain));
  if (plain !== path && isRoute)
    return `There is nothing at ${truncate(path, 300)}. Without the extra slash there is: ${truncate(plain, 300)}.`;
  return 'There is nothing at this address. GET /v1/job-types lists what may be delegated.';
}
