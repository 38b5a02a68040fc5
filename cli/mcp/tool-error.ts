/** Errors as answers of tools: what the API refused, what did not answer, and what this server does not do. */
import { is } from '../../client/client-errors.ts';
import { docs } from './package-docs.ts';
import type { ToolAnswer } from './tool-answer.ts';

/** This server refuses the call. The message says what is allowed and what to do. */
export class ToolRefusal extends Error {
  override readonly name = 'ToolRefusal';
  /** Stable, for programs. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** @returns the error as an answer @throws anything that is not an expected error */
export function errorAnswer(error: unknown): ToolAnswer {
  if (error instanceof ToolRefusal)
    return { says: `Refused (${error.code}). ${error.message}`, facts: { code: error.code }, isError: true };
  if (is(error, 'problem')) {
    const { code, status, detail, errors, retryAfterSeconds } = error;
    const later = retryAfterSeconds === undefined ? '' : ` It may be tried again in ${retryAfterSeconds} s.`;
    return {
      says: [`The API refused the request: ${nameOf(code)} (${status}).${later}`, ...docs().rowsOf(nameOf(code))].join('\n'),
      facts: { code: nameOf(code), status, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) },
      // A detail may repeat what is in a job, such as the message that it failed with.
      data: { what: 'The detail of the problem', value: { detail, errors } },
      isError: true,
    };
  }
  if (is(error, 'unreachable'))
    return {
      says: 'The API did not answer, so nothing is known of the request. Check that it runs, then call the tool again: with the same arguments nothing is done twice.',
      facts: { code: 'unreachable' },
      data: { what: 'What was tried', value: { message: error.message } },
      isError: true,
    };
  throw error;
}

/** A gateway between may answer as it likes. */
function nameOf(code: string): string {
  return /^[a-z0-9-]{1,60}$/.test(code) ? code : 'unknown-problem';
}
