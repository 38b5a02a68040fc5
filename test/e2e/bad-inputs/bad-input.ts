/** One request that must be refused, and how. */

export interface BadInput {
  /** What is wrong with it. */
  readonly what: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Texts and bytes are sent unchanged, everything else as JSON. */
  readonly body?: unknown;
  readonly status: number;
  readonly code: string;
  /** The first places that the problem points at. */
  readonly pointers?: readonly string[];
}

/** An input that `write-batch` accepts. */
export const validInput = { table: 'scratch', operation: 'put', rows: [{ id: 'bad-input', n: 1 }] };
/** A submission that is accepted, and not started within the tests. */
export const validSubmission = { type: 'write-batch', input: validInput, delaySeconds: 3_600 };

/** A submission that breaks its schema at one place. */
export const invalid = (what: string, members: object, ...pointers: readonly string[]): BadInput => ({
  what,
  body: { ...validSubmission, ...members },
  status: 422,
  code: 'invalid-submission',
  ...(pointers.length > 0 ? { pointers } : {}),
});

/** The beginning of a text, so that a title stays readable. */
export const shown = (value: unknown) =>
  (typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value))).slice(0, 60);
