/** Answers of the API, as far as the command line reads them. */

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

/** `GET /v1/me`. */
export interface Me {
  readonly owner: string;
  readonly isAdmin: boolean;
  readonly allowed: { readonly submit: readonly string[] };
  readonly deployment: string | null;
  readonly version: string;
}

/** `GET /v1/schedules/{name}`. */
export interface ScheduleResource {
  readonly name: string;
  readonly cron: string | null;
  readonly timeZone: string | null;
  readonly every: Readonly<Record<string, number>> | null;
  readonly job: { readonly type: string };
  readonly paused: boolean;
  readonly nextTimes: readonly string[];
  readonly lastFiring: {
    readonly scheduledFor: string;
    readonly job: string | null;
    readonly skipped: { readonly code: string; readonly detail: string } | null;
  } | null;
}
