/** Starts the local mode as the environment says. */
import * as z from 'zod';
import { defaultTimes } from '../lambdas/config.ts';
import { quotaSchema } from '../lambdas/core/contract/settings.ts';
import { type LocalMode, startLocalMode } from './local-mode.ts';

function number(name: string, otherwise: number, min: number, max: number, isWhole = false): number {
  const text = process.env[name];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (!(value >= min && value <= max) || (isWhole && !Number.isInteger(value)))
    throw new Error(`${name} must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max} (was "${text}").`);
  return value;
}

const endpoints = z.strictObject({ dynamodb: z.url(), sqs: z.url(), s3: z.url(), ec2: z.url() });

/** @throws Error that says what the variable must be */
function json<T>(name: string, schema: z.ZodType<T>, what: string): T | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${name} must be ${what} (was "${text}").`, { cause: error });
  }
}

/**
 * Prints one line when it is listening.
 * @throws Error that says which setting is wrong, or what is taken
 */
export async function serve(): Promise<LocalMode> {
  const others = json('DELEGATION_ENDPOINTS', endpoints, '{"dynamodb","sqs","s3","ec2"}, all of them URLs');
  const quota = json(
    'DELEGATION_QUOTA',
    quotaSchema,
    '{"submissionsPerMinute","jobsInFlight"}, whole numbers from 1, the second up to 1,000',
  );
  const running = await startLocalMode({
    port: number('PORT', 8787, 0, 65_535, true),
    dataFolder: process.env['DELEGATION_DATA'] || '.delegation',
    clockSeconds: number('DELEGATION_CLOCK_SECONDS', defaultTimes.clockSeconds, 0.1, 3_600),
    leaseSeconds: number('DELEGATION_LEASE_SECONDS', defaultTimes.leaseSeconds, 1, 43_200),
    graceSeconds: number('DELEGATION_GRACE_SECONDS', defaultTimes.graceSeconds, 1, 86_400),
    ...(others === undefined ? {} : { endpoints: others }),
    ...(quota === undefined ? {} : { quota }),
  });
  console.log(`Delegation is listening on ${running.url}`);
  return running;
}
