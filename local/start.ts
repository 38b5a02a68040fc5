/** `npm start`: the local mode until Ctrl-C. */
import './thread-pool.ts';
import * as z from 'zod';
import { defaultTimes, quotaSchema } from '../lambdas/config.ts';
import { startLocalMode } from './local-mode.ts';

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

async function main(): Promise<void> {
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
  const end = () => {
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}

function fail(error: unknown): never {
  const isPortTaken = (error as { code?: string }).code === 'EADDRINUSE';
  console.error(isPortTaken ? 'The port is taken. Choose another one with PORT, or PORT=0 for a free one.' : (error as Error).message);
  process.exit(1);
}

main().catch(fail);
