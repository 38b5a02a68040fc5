/** Unusual values to store, throw and pass on, and how code sees them: written for the simulation, without the engine's code. */
import { PermanentError, RetryableError } from '../../lambdas/core/contract/errors.ts';
import { isImpossible, isLossy, type Thrown, type Value } from './programs.ts';

/** A number that no double represents. */
export const exactDigits = '12345678901234567890.5';
const exact = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(exactDigits);

/** @param name distinguishes the values of two steps */
export function makeValue(kind: Value, name: string): unknown {
  switch (kind) {
    case 'text':
      return `value of ${name}`;
    case 'null':
      return null;
    case 'false':
      return false;
    case 'zero':
      return 0;
    case 'date':
      return new Date(Date.UTC(2026, 10, 24));
    case 'members':
      return { name, left: undefined, within: [{ deep: [undefined, 1] }] };
    case 'exact':
      return { name, exact };
    case 'large':
      return { name, text: 'é'.repeat(1_100) };
    case 'nan':
      return { name, number: Number.NaN };
    case 'map':
      return { name, map: new Map([['a', 1]]) };
    case 'bigint':
      return { name, count: 1n };
    case 'cycle': {
      const value: Record<string, unknown> = { name };
      value['self'] = value;
      return value;
    }
    case 'function':
      return () => name;
  }
}

/** @returns what the code must see of a stored value; undefined if it cannot be stored */
export function storedShape(kind: Value, name: string): string | undefined {
  return isImpossible(kind) ? undefined : shapeOf(parseExact(JSON.stringify(makeValue(kind, name))));
}

export const mayBeRefused = (kind: Value) => isImpossible(kind) || isLossy(kind);

/** @returns the value of a JSON text, with `exactDigits` in full */
export function parseExact(text: string): unknown {
  const parse = JSON.parse as (text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown) => unknown;
  return parse(text, (_key, value, { source }) => (source === exactDigits ? exact : value));
}

/** Describes a value as the code sees it, with every digit and with what JSON would leave out. */
export function shapeOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? JSON.stringify(value) : String(value);
  if ((JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(shapeOf).join(',')}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return String((value as object).constructor.name);
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${key}:${shapeOf((value as Record<string, unknown>)[key])}`).join(',')}}`;
}

/** How an error affects the job. */
export interface ErrorEffect {
  readonly code: string;
  readonly isRetryable: boolean;
  /** The wait before the next attempt that the error asks for. */
  readonly afterMs?: number;
}

export function thrownOf(kind: Thrown, secret: string): unknown {
  const message = `planned, with ${secret}`;
  const after = (seconds: number) => new RetryableError(message, { code: 'planned', after: { seconds } });
  switch (kind) {
    case 'retryable':
      return new RetryableError(message, { code: 'planned', details: { password: secret } });
    case 'permanent':
      return new PermanentError(message, { code: 'planned' });
    case 'plain':
      return new Error(message);
    case 'service':
      return Object.assign(new Error(message), { name: 'planned', $fault: 'server', $metadata: { httpStatusCode: 500 } });
    case 'nothing':
      return undefined;
    case 'text':
      return message;
    case 'no message':
      return Object.assign(new Error('replaced'), { message: undefined });
    case 'object as message':
      return Object.assign(new Error('replaced'), { message: { text: message } });
    case 'message that throws':
      return Object.defineProperty(new Error('replaced'), 'message', {
        get: () => {
          throw new Error('of its message');
        },
      });
    case 'no prototype':
      return Object.assign(Object.create(null) as object, { message });
    case 'proxy': {
      const refuse = () => {
        throw new Error('a trap');
      };
      return new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse, getPrototypeOf: refuse, getOwnPropertyDescriptor: refuse });
    }
    case 'number as code':
      return Object.assign(new Error(message), { code: 404 });
    case 'aggregate':
      // biome-ignore lint/suspicious/useErrorMessage: Promise.any makes them without one
      return new AggregateError([new Error('first'), new Error('second', { cause: new Error('third') })]);
    case 'huge':
      return new Error(`${'🦁'.repeat(5_000)} ${message}`);
    case 'after NaN':
      return after(Number.NaN);
    case 'after a negative time':
      return after(-5);
    case 'after the deadline':
      return after(100_000);
  }
}

/** Reads what was thrown, as documented: an error of Delegation or of a service says how it affects the job; anything else is retryable. */
export function errorEffectOf(thrown: unknown): ErrorEffect {
  try {
    const { code, retryable, name, $fault, after } = thrown as Partial<Record<'code' | 'retryable' | 'name' | '$fault', unknown>> & {
      after?: { seconds?: number };
    };
    if (typeof code === 'string' && typeof retryable === 'boolean')
      return { code, isRetryable: retryable, ...(after === undefined ? {} : { afterMs: (after.seconds ?? 0) * 1000 }) };
    if ($fault !== undefined) return { code: String(name), isRetryable: $fault === 'server' };
  } catch {
    // A value that throws when it is read says nothing.
  }
  return { code: 'worker_error', isRetryable: true };
}

export const describeError = ({ code, isRetryable }: ErrorEffect) => `${code}, ${isRetryable ? 'retryable' : 'permanent'}`;
