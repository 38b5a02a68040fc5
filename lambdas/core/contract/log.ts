/**
 * Writes structured lines. Each takes a message and any fields; errors among them are written with their stacks and causes. Logging never throws.
 * `ctx.log` adds the job's `job`, `type` and `attempt` to every line, which fields of these names cannot replace, and redacts the values of
 * the input's secret members (`redact` in the contract). Other secrets are written as they are, so never log one.
 */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
