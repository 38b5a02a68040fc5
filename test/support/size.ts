/**
 * How much of what can be run in any amount is run: histories, random cases, large backlogs. `.ci/run` runs all of it, `npm test` enough
 * to notice a mistake.
 */
const isFullSize = process.env['DELEGATION_TEST_SIZE'] === 'full';

/** @returns the one size in `.ci/run`, the other in `npm test` */
export function sizeOf({ full, quick }: { readonly full: number; readonly quick: number }): number {
  return isFullSize ? full : quick;
}

/** @returns the first of each `count`: where a list is in groups of a kind, some of each kind are among them */
export function firstOfEach<T>(count: number, all: readonly T[]): readonly T[] {
  return all.filter((_, i) => i % count === 0);
}
