/** One request as it really happened, with what no log knows: whose answer it follows, and why it was sent. */
import type { Outcome } from '../../../report/read/logged-request.ts';
import type { Endpoint } from './endpoint.ts';
import type { WorldCaller } from './world-callers.ts';

/** The shapes of ids in paths. */
export const idShapes = ['number', 'uuid', 'ulid', 'ksuid', 'mongo', 'base64url'] as const;
export type IdShape = (typeof idShapes)[number];

/** A place of the service. A template has at most one `{id}`. */
export interface Route {
  readonly method: string;
  readonly template: string;
  readonly ids: IdShape;
  readonly contentType: string;
}

/**
 * Why a request was sent. `call`: an endpoint's own work. `repeat`: the same after a failure or a hang-up. `read`, `come-back`, `go-on`
 * and `again`: because of an answer. All others have nothing to do with an answer.
 */
export type Why = 'call' | 'repeat' | 'read' | 'come-back' | 'go-on' | 'again' | 'page' | 'poll' | 'browse' | 'bot' | 'health' | 'static';

export interface WorldEvent {
  readonly why: Why;
  /** The endpoint that was called, or whose answer or page led to this request. */
  readonly endpoint: Endpoint | undefined;
  /** The request whose answer or failure led to this one. */
  readonly follows: WorldEvent | undefined;
  readonly route: Route;
  /** The number behind the id in the path. */
  readonly ref: number;
  /** The page number in the query; 0 where there is none. */
  readonly page: number;
  readonly startMs: number;
  /** How long the caller waited, up to the answer or to the hang-up. */
  readonly waitMs: number;
  /** How long the application is known to have been occupied when the caller's wait ended; 0 where it had not received the request. */
  readonly heldMs: number;
  /** How long the application was occupied in the end, also after a hang-up. */
  readonly workMs: number;
  readonly status: number;
  readonly outcome: Outcome;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly caller: WorldCaller;
  /** After a hang-up: what a server logs that does not notice it. */
  readonly unnoticed: { readonly status: number; readonly waitMs: number; readonly bytesOut: number } | undefined;
}

/** The status that nginx writes for a caller who closed the connection. */
export const closedByCaller = 499;
