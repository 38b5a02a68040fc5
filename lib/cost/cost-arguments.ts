/** The command line of `npm run cost`, validated. */
import { parseArgs } from 'node:util';
import { findContract, type JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { type Prices, prices } from './prices.ts';
import type { Work } from './usage.ts';

export const costHelp = `npm run cost -- --jobs 1000000 --type write-batch [options]

What a deployment costs a month: for N jobs, and when idle. Without --jobs, only the latter.

  --jobs N            jobs a month
  --type NAME         their type
  --seconds S         duration of one attempt; default: the contract's typicalSeconds
  --batch N           jobs that reach the worker in one batch; default 1, at most the contract's batchSize
  --retries R         retries of each job; default 0
  --input-bytes N     size of one input; default 100
  --reads N           status requests for each job; default 0
  --webhooks SHARE    jobs with a webhook, which its receiver takes at once: 0.5 is every second job; default 0
  --region NAME       ${Object.keys(prices).join(' or ')}; default us-east-1
  --config FILE       default delegation.config.ts
  --stage NAME        which of the deployments in it, if there are several
`;

const text = { type: 'string' } as const;
const options = {
  jobs: text,
  type: text,
  seconds: text,
  batch: text,
  retries: text,
  'input-bytes': text,
  reads: text,
  webhooks: text,
  region: text,
  config: text,
  stage: text,
  help: { type: 'boolean' },
} as const;

/** The largest input that the API accepts. */
export const maxInputBytes = 1_048_576;

export type CostArguments = ReturnType<typeof readArguments>;

/** @throws Error that names what is wrong with the command line */
export function readArguments(argv: readonly string[]) {
  // parseArgs reads `--jobs -5` as a missing number; it is a wrong number.
  const args: string[] = [];
  for (const word of argv) {
    const last = args.at(-1);
    if (/^-\d/.test(word) && last !== undefined && /^--[a-z-]+$/.test(last)) args[args.length - 1] = `${last}=${word}`;
    else args.push(word);
  }
  const given = args.map((word) => word.split('=')[0] ?? '').filter((word) => word.startsWith('--'));
  const twice = given.find((word, i) => given.indexOf(word) !== i);
  if (twice !== undefined) throw new Error(`${twice} was given more than once.`);
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Error(`${(error as Error).message}. For the options, see npm run cost -- --help`, { cause: error });
  }
}

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
  if (values.jobs === undefined && values.type === undefined) return undefined;
  const jobs = values.jobs === undefined ? undefined : numberOf('jobs', values.jobs, { from: 1, to: 1e12, isWhole: true });
  if (jobs === undefined || values.type === undefined) throw new Error('--jobs and --type go together: how many jobs, and of which type.');
  const contract = findContract(types, values.type);
  if (contract === undefined) throw new Error(`--type must be one of ${types.map(({ name }) => name).join(', ')} (was ${values.type}).`);
  const { timeoutSeconds, typicalSeconds, batchSize } = contract;
  return {
    contract,
    jobs,
    // Longer work continues in further invocations, depending on its checkpoints.
    seconds: values.seconds === undefined ? typicalSeconds : numberOf('seconds', values.seconds, { from: 0.001, to: timeoutSeconds }),
    batch: values.batch === undefined ? 1 : numberOf('batch', values.batch, { from: 1, to: batchSize }),
    retries: numberOf('retries', values.retries ?? '0', { from: 0, to: contract.maxAttempts - 1 }),
    inputBytes: numberOf('input-bytes', values['input-bytes'] ?? '100', { from: 2, to: maxInputBytes, isWhole: true }),
    reads: numberOf('reads', values.reads ?? '0', { from: 0, to: 1e6 }),
    ...(values.webhooks === undefined ? {} : { webhooks: numberOf('webhooks', values.webhooks, { from: 0, to: 1 }) }),
  };
}

function numberOf(name: string, text: string, { from, to, isWhole = false }: { from: number; to: number; isWhole?: boolean }): number {
  const value = /^-?\d/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to && (!isWhole || Number.isInteger(value))) return value;
  const kind = isWhole ? 'a whole number' : 'a number';
  throw new Error(`--${name} must be ${kind} from ${from.toLocaleString('en-US')} to ${to.toLocaleString('en-US')} (was ${text}).`);
}
