/** The job type that the suite submits, with inputs that do no harm. */
import { Failure } from './contract-check.ts';
import type { Caller } from './http-caller.ts';

export interface Subject {
  readonly type: string;
  /** The input of a job that succeeds within seconds. */
  readonly input: unknown;
  /** The input of a job that fails within seconds. */
  readonly failingInput?: unknown;
  /** The input of a job that runs for longer than the suite, and stops when it is cancelled. */
  readonly slowInput?: unknown;
  /** The input of a job whose result is too large for its record. */
  readonly largeResultInput?: unknown;
  /** A signal that the type takes. */
  readonly signal?: SubjectSignal | undefined;
}

export interface SubjectSignal {
  readonly name: string;
  readonly payload: unknown;
  /** A payload that the schema of the signal refuses. */
  readonly refusedPayload?: unknown;
}

/** The built-in type that reads nothing and writes nothing here: it computes in memory. */
const runQuery: Subject = {
  type: 'run-query',
  input: { sql: 'SELECT 1 AS one' },
  failingInput: { sql: 'SELECT nonsense' },
  slowInput: { sql: 'SELECT count(*) FROM range(1000000) a, range(1000000) b' },
  largeResultInput: { sql: "SELECT repeat('x', 100) AS x FROM range(500)" },
};

/**
 * Finds a job type that can be submitted without harm. Only `run-query` is known to be one: what another type does with an empty input is unknown.
 * @throws Failure that says which options name a type
 */
export async function findSubject(caller: Caller): Promise<Subject> {
  const answer = await caller.get('/v1/job-types');
  const { jobTypes = [] } = (answer.json ?? {}) as { jobTypes?: readonly { readonly name?: string }[] };
  const names = jobTypes.map(({ name }) => String(name));
  if (names.includes(runQuery.type)) return runQuery;
  throw new Failure(
    `This deployment has no job type that is known to be harmless (it has: ${names.join(', ') || 'none'}). Name one with --type and --input.`,
    answer,
  );
}
