/**
 * How much of what can be run in any amount is run: histories, random cases, large backlogs. `.ci/run` runs all of it, `npm test` enough
 * to notice a mistake.
 */
export const isFullSize = process.env['DELEGATION_TEST_SIZE'] === 'full';

/** @returns the one size in `.ci/run`, the other in `npm test` */
export function sizeOf({ full, quick }: { readonly full: number; readonly quick: number }): number {
  return isFullSize ? full : quick;
}
