/** Types of inputs, results and signals, taken from what the caller has: contracts, Standard Schemas, or types that are written by hand. */

/** @see https://standardschema.dev */
interface StandardSchema<Input = unknown, Output = unknown> {
  readonly '~standard': { readonly types?: { readonly input: Input; readonly output: Output } | undefined };
}

/** One job type: its schemas, as a contract has them, or the types themselves. */
export interface JobTypeShape {
  readonly input: unknown;
  readonly output: unknown;
  readonly signals?: unknown;
}

/** Job types by name. */
export type JobTypes = Readonly<Record<string, JobTypeShape>>;

/** Any job type, with any input and result: a client without types. */
export type AnyJobTypes = Readonly<Record<string, { readonly input: unknown; readonly output: unknown }>>;

type SentBy<Schema> = Schema extends StandardSchema<infer Input, unknown> ? Input : Schema;
type ReadFrom<Schema> = Schema extends StandardSchema<unknown, infer Output> ? Output : Schema;

/** What a submission of the type sends. */
export type InputOf<Types extends JobTypes, Name extends keyof Types> = SentBy<Types[Name]['input']>;
/** What a job of the type returns. */
export type ResultOf<Types extends JobTypes, Name extends keyof Types> = ReadFrom<Types[Name]['output']>;
type SignalsOf<Types extends JobTypes, Name extends keyof Types> = Types[Name] extends { readonly signals?: infer Signals }
  ? NonNullable<Signals>
  : Readonly<Record<string, unknown>>;
/** Names of the signals of the type. */
export type SignalName<Types extends JobTypes, Name extends keyof Types> = keyof SignalsOf<Types, Name> & string;
/** What a signal of the type sends. */
export type PayloadOf<Types extends JobTypes, Name extends keyof Types, Signal extends SignalName<Types, Name>> = SentBy<
  SignalsOf<Types, Name>[Signal]
>;
