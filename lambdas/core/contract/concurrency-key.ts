/** Concurrency keys, which bound how many jobs of one owner and type run at once, and priorities, which order those that wait. */
import type { InputFault, JobTypeContract } from './contract.ts';

/** The priorities, from the last to the first. */
export const priorities = ['low', 'normal', 'high'] as const;
export type Priority = (typeof priorities)[number];

/** The largest number of jobs that may run at once with one key: their ids are in one item, and each write of it pays for them. */
export const maxPlaces = 100;
/** The longest key, in characters. */
export const maxKeyLength = 255;

/** What `isConcurrencyKey` asks for, for people. It is the rule of unique keys, too. */
export const keyRule = `must be 1 to ${maxKeyLength} printable characters, with no white space at either end`;

/** @returns whether a text may be a concurrency key or a unique key: keys are compared as they are, so what cannot be seen may not distinguish two */
export function isConcurrencyKey(text: string): boolean {
  return (
    text.length > 0 &&
    text.length <= maxKeyLength &&
    text.isWellFormed() &&
    text.trim() === text &&
    !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)
  );
}

/** @returns the key that the type computes from an input; undefined where it computes none, or the input has none */
export function computedKey({ keys }: Pick<JobTypeContract, 'keys'>, input: unknown): string | undefined {
  return keys?.of?.(input);
}

/** @returns what is wrong with the key that the type computes from a parsed input */
export function computedKeyFaults(contract: Pick<JobTypeContract, 'keys'>, input: unknown): readonly InputFault[] {
  const key: unknown = computedKey(contract, input);
  if (key === undefined || (typeof key === 'string' && isConcurrencyKey(key))) return [];
  return [{ pointer: '', detail: `gives a concurrency key that is none: it ${keyRule} (was ${JSON.stringify(key)})` }];
}

/** What a submission says of its place among others. */
export interface PlaceRequest {
  readonly concurrencyKey?: string | undefined;
  readonly priority?: Priority | undefined;
}

export interface PlaceFault {
  readonly member: keyof PlaceRequest;
  readonly detail: string;
}

/** @returns what the type does not take of a request whose members have the right form */
export function placeFaults(
  { name, keys, priorities: takes }: JobTypeContract,
  { concurrencyKey, priority }: PlaceRequest,
): readonly PlaceFault[] {
  const ofKey =
    keys === undefined ? `is not for ${name}, whose jobs run without keys` : `must be left out: ${name} computes it from the input`;
  return [
    ...(concurrencyKey !== undefined && (keys === undefined || keys.of !== undefined)
      ? [{ member: 'concurrencyKey' as const, detail: ofKey }]
      : []),
    ...(priority !== undefined && takes !== true
      ? [{ member: 'priority' as const, detail: `is not for ${name}, whose jobs have no priorities` }]
      : []),
  ];
}
