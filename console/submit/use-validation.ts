/** Has the API check a submission while it is being written. */
import { useEffect, useState } from 'preact/hooks';
import type { ValidationResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { asProblem, type Problem } from '../net/api-calls.ts';
import { session } from '../net/session.ts';

export interface Validation {
  readonly answer: ValidationResource | undefined;
  readonly problem: Problem | undefined;
  /** Faults by pointer into the submission. */
  readonly errors: ReadonlyMap<string, string>;
}

/** After this pause in writing; each check is a request. */
const pauseMs = 500;
const nothing: Validation = { answer: undefined, problem: undefined, errors: new Map() };

/** @param text of the submission; null where there is nothing to check yet */
export function useValidation(text: string | null, key: string): Validation {
  const [validation, setValidation] = useState<Validation>(nothing);
  useEffect(() => {
    if (text === null) return setValidation(nothing);
    const ending = new AbortController();
    const timer = setTimeout(() => {
      validate(text, key, ending.signal).then(setValidation, () => undefined);
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [text, key]);
  return validation;
}

async function validate(text: string, key: string, signal: AbortSignal): Promise<Validation> {
  const headers = key === '' ? {} : { 'idempotency-key': quotedKey(key) };
  try {
    const { body } = await session().api.send<ValidationResource>('/v1/jobs?validateOnly=true', { method: 'POST', text, headers, signal });
    return { ...nothing, answer: body };
  } catch (error) {
    signal.throwIfAborted();
    const problem = asProblem(error);
    return { answer: undefined, problem, errors: new Map(problem.errors?.map(({ pointer, detail }) => [pointer, detail])) };
  }
}

/** @returns the key as a string of structured fields, which may hold any printable character */
export function quotedKey(key: string): string {
  return `"${key.replace(/["\\]/g, '\\$&')}"`;
}
