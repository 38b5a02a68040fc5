/** Job types, as the API answers with them and as far as the command line reads them. */

export interface PropertySchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly PropertySchema[];
  readonly oneOf?: readonly PropertySchema[];
}

/** `GET /v1/job-types` and `GET /v1/job-types/{type}`; only the latter has the schemas and the limits. */
export interface JobTypeResource {
  readonly name: string;
  readonly description: string;
  readonly state: string;
  readonly stateChange: { readonly at: string; readonly by: string; readonly reason: string | null } | null;
  readonly queue: { readonly depth: number; readonly oldestSeconds: number | null } | null;
  readonly inputSchema: { readonly properties?: Readonly<Record<string, PropertySchema>>; readonly required?: readonly string[] };
  readonly limits?: Readonly<Record<string, unknown>>;
}
