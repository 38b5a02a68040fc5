/** The options of the local mode that the environment holds. */
import * as z from 'zod';
import { defaultTimes } from '../lambdas/config.ts';
import { quotaSchema } from '../lambdas/core/contract/runtime-settings.ts';
import type { PlatformOptions } from './platform.ts';

export interface LocalEnvironment extends PlatformOptions {
  /** 0 takes a free one. */
  readonly port: number;
}

const endpoints = z.strictObject({ dynamodb: z.url(), sqs: z.url(), s3: z.url(), ec2: z.url(), events: z.url().exactOptional() });

const eventSettings = z.strictObject({ bus: z.string().min(1).default('default'), starts: z.boolean().default(false) });

/** @throws Error that says which variable is wrong, and what it must be */
export function readLocalEnvironment(): LocalEnvironment {
  const others = json(
    'DELEGATION_ENDPOINTS',
    endpoints,
    '{"dynamodb","sqs","s3","ec2","events"}, all of them URLs, the last only for DELEGATION_EVENTS',
  );
  const quota = json(
    'DELEGATION_QUOTA',
    quotaSchema,
    '{"submissionsPerMinute","jobsInFlight"}, whole numbers from 1, the second up to 1,000',
  );
  const events = json('DELEGATION_EVENTS', eventSettings, '{"bus":"default","starts":true}, both of which may be left out');
  if (events !== undefined && others !== undefined && others.events === undefined)
    throw new Error('DELEGATION_EVENTS needs the URL of an EventBridge: name it as events in DELEGATION_ENDPOINTS.');
  return {
    port: number('PORT', 8787, { min: 0, max: 65_535, isWhole: true }),
    dataFolder: process.env['DELEGATION_DATA'] || '.delegation',
    clockSeconds: number('DELEGATION_CLOCK_SECONDS', defaultTimes.clockSeconds, { min: 0.1, max: 3_600 }),
    leaseSeconds: number('DELEGATION_LEASE_SECONDS', defaultTimes.leaseSeconds, { min: 1, max: 43_200 }),
    graceSeconds: number('DELEGATION_GRACE_SECONDS', defaultTimes.graceSeconds, { min: 1, max: 86_400 }),
    ...(others === undefined ? {} : { endpoints: others }),
    ...(quota === undefined ? {} : { quota }),
    ...(events === undefined ? {} : { events }),
  };
}

interface NumberBounds {
  readonly min: number;
  readonly max: number;
  readonly isWhole?: boolean;
}

function number(name: string, otherwise: number, { min, max, isWhole = false }: NumberBounds): number {
  const text = process.env[name];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (!(value >= min && value <= max) || (isWhole && !Number.isInteger(value)))
    throw new Error(`${name} must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max} (was "${text}").`);
  return value;
}

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
