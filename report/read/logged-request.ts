/** One request as a log saw it: what every reader produces, and all that the rest of the report knows of a log. */

/** How a request ended. `rejected` is a 4xx, `failed` a 5xx, `hangup` a caller who closed the connection before the answer. */
export type Outcome = 'ok' | 'redirect' | 'rejected' | 'failed' | 'throttled' | 'timeout' | 'hangup' | 'unknown';

/** What a caller was recognised by, from the strongest to the weakest. */
export type CallerKind = 'user' | 'key' | 'address+agent' | 'address' | 'none';

/** Who sent it, as far as the user agent says. A `webhook` is a sender of webhooks; `unknown` may have a person behind it, such as a mobile app. */
export type AgentKind = 'browser' | 'program' | 'webhook' | 'bot' | 'unknown';

/** A missing fact is undefined, never 0 and never -1. */
export interface LoggedRequest {
  /** Milliseconds since 1970, UTC; computed from the end where a format logs the end. */
  readonly startMs: number;
  /** How long the caller waited, as far as this log can see. */
  readonly waitMs?: number | undefined;
  /** How long the application was occupied: the basis of capacity. */
  readonly heldMs?: number | undefined;
  /** Cut off by a time-out or a hang-up: the true duration is longer. */
  readonly isAtLeast?: boolean | undefined;
  /** The method, in upper case. */
  readonly method: string;
  readonly host?: string | undefined;
  /** Percent escapes decoded once, without the query, without a trailing slash. For a Lambda function's own log: its name. */
  readonly path: string;
  /** A hash of the query, to recognise the same read again; undefined without a query. */
  readonly queryHash?: number | undefined;
  /** The template, such as `/orders/{id}`, where the log knows it. */
  readonly route?: string | undefined;
  readonly status?: number | undefined;
  readonly outcome: Outcome;
  readonly bytesIn?: number | undefined;
  readonly bytesOut?: number | undefined;
  /** Who called, in the log's own words; hashed with a random salt as soon as it is measured, and never shown. */
  readonly caller?: string | undefined;
  readonly callerKind: CallerKind;
  readonly agentKind: AgentKind;
  /** Request ids that can be found in another log of the same request. */
  readonly ids?: readonly string[] | undefined;
  readonly isCacheHit?: boolean | undefined;
  /** A WebSocket, server-sent events or another stream: its duration is the connection's life. */
  readonly isStream?: boolean | undefined;
  /** The content type of the answer, where the log has it. */
  readonly contentType?: string | undefined;
  /** How many requests this one stands for: 1, or 1 / sampling rate. @default 1 */
  readonly weight?: number | undefined;
  /** A run of a Lambda function, seen from its own log: nothing is known of a caller. */
  readonly isInvocation?: boolean | undefined;
  /** Memory of the Lambda function, in MB, where the log has it. */
  readonly memoryMb?: number | undefined;
}
