/** What the main thread and the thread of a worker say to each other. */
import type { SqsBatchResponse, SqsEvent } from '../../lambdas/worker/sqs-handler.ts';

export interface ThreadData {
  /** The bundle that exports `handler`. */
  readonly file: string;
  /** The worker's source file, for error messages. */
  readonly source: string;
}

export type ToThread =
  | { readonly kind: 'invoke'; readonly id: number; readonly event: SqsEvent; readonly remainingMs: number }
  /** The host is going down: no invocation has time left. */
  | { readonly kind: 'hurry' }
  | { readonly kind: 'interrupt' };

export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unusable'; readonly message: string }
  | { readonly kind: 'answered'; readonly id: number; readonly response: SqsBatchResponse }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
