/** The work that `delegation cost` is asked about, validated. */
import { findContract, type JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { type Prices, prices } from './prices.ts';
import type { Work } from './usage.ts';

/** The largest input that the API accepts. */
export const maxInputBytes = 1_048_576;

/** Options of `delegation cost`, as they were written. */
export type CostArguments = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** @throws Error that lists the supported regions */
export function pricesOf(region = 'us-east-1'): Prices {
  const found = Object.hasOwn(prices, region) ? prices[region] : undefined;
  if (found === undefined)
    throw new Error(`--region must be one whose prices are known: ${Object.keys(prices).join(', ')} (was ${region}).`);
  return found;
}

/**
 * @param types the deployed job types
 * @returns undefined if neither jobs nor a type are given
 * @throws Error that names the wrong argument, what is allowed and what was given
 */
export function workOf(values: CostArguments, types: readonly JobTypeContract[]): Work | undefined {
  const given = (name: string): string | undefined => (typeof values[name] === 'string' ? values[name] : undefined);
  const [jobsText, type, seconds, batch, webhooks] = [given('jobs'), given('type'), given('seconds'), given('batch'), given('webhooks')];
  if (jobsText === undefined && type === undefined) return undefined;
  const jobs = jobsText === undefined ? undefined : numberOf('jobs', jobsText, { from: 1, to: 1e12, isWhole: true });
  if (jobs === undefined || type === undefined) throw new Error('--jobs and --type go together: how many jobs, and of which type.');
  const contract = findContract(types, type);
  if (contract === undefined) throw new Error(`--type must be one of ${types.map(({ name }) => name).join(', ')} (was ${type}).`);
  const { timeoutSeconds, typicalSeconds, batchSize } = contract;
  return {
    contract,
    jobs,
    // Longer work continues in further invocations, depending on its checkpoints.
    seconds: seconds === undefined ? typicalSeconds : numberOf('seconds', seconds, { from: 0.001, to: timeoutSeconds }),
    batch: batch === undefined ? 1 : numberOf('batch', batch, { from: 1, to: batchSize }),
    retries: numberOf('retries', given('retries') ?? '0', { from: 0, to: contract.maxAttempts - 1 }),
    inputBytes: numberOf('input-bytes', given('input-bytes') ?? '100', { from: 2, to: maxInputBytes, isWhole: true }),
    reads: numberOf('reads', given('reads') ?? '0', { from: 0, to: 1e6 }),
    ...(webhooks === undefined ? {} : { webhooks: numberOf('webhooks', webhooks, { from: 0, to: 1 }) }),
  };
}

function numberOf(name: string, text: string, { from, to, isWhole = false }: { from: number; to: number; isWhole?: boolean }): number {
  const value = /^-?\d/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to && (!isWhole || Number.isInteger(value))) return value;
  const kind = isWhole ? 'a whole number' : 'a number';
  throw new Error(`--${name} must be ${kind} from ${from.toLocaleString('en-US')} to ${to.toLocaleString('en-US')} (was ${text}).`);
}
