/** The schemas of a contract's signals, as its worker uses them. */
import type { z } from 'zod';
import { truncate } from '../../text/truncate.ts';
import type { JobTypeContract } from '../contract/contract.ts';
import { PermanentError } from '../contract/errors.ts';
import { parseWithSchema } from '../contract/schema.ts';
import type { ContextParts } from './context-parts.ts';

/** @throws PermanentError `unknown_signal` */
export function signalSchema(contract: JobTypeContract, name: string): z.ZodType {
  const { signals = {} } = contract;
  const schema = Object.hasOwn(signals, name) ? signals[name] : undefined;
  if (schema !== undefined) return schema;
  const known = Object.keys(signals).join(', ') || 'none';
  throw new PermanentError(`The contract of ${contract.name} has no signal "${truncate(String(name), 40)}" (it has: ${known}).`, {
    code: 'unknown_signal',
  });
}

/** @returns parses a payload, whose secrets are redacted from then on @throws PermanentError `unknown_signal` */
export function signalParser<T>({ contract, session }: ContextParts, name: string): (value: unknown) => T {
  const schema = signalSchema(contract, name);
  return (value) => {
    session.redactAlso(contract.redact ?? [], value);
    const parsed = parseWithSchema(schema, value);
    if (parsed.success) return parsed.data as T;
    throw new PermanentError(`The contract of ${contract.name} no longer accepts a signal "${name}" that was accepted before.`, {
      code: 'invalid_signal',
    });
  };
}
