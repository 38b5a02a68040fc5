/** What SQS delivers in one batch goes to the engine, message by message; what must come again is reported (partial batch response). */

import { Stop, type StopSignal } from '../core/job/stop.ts';
import type { EngineDeps } from '../core/run/handle-wake-up.ts';
import { handleWakeUp } from '../core/run/handle-wake-up.ts';
import type { Delivery, Worker } from '../core/run/job-run.ts';

/** The members of an SQS message that the handler reads. @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
}

export interface SqsEvent {
  readonly Records: readonly SqsRecord[];
}

/** Names the messages that must be delivered again. @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html */
export interface SqsBatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** What runs the handler: Lambda, the local mode, or the simulation. */
export interface Host {
  /** What is left of the invocation. */
  readonly getRemainingTimeInMillis: () => number;
  /** Aborts when the host is going down and can wait no longer; Lambda has no such thing. */
  readonly hostStopping?: StopSignal;
}

export interface SqsHandlerDeps {
  /** Hides a message for this many seconds from now, at most 12 hours. */
  readonly changeVisibility: (receiptHandle: string, seconds: number) => Promise<void>;
  /** Ends this process at once, with everything that runs in it. Undefined where that would end more than a worker. */
  readonly endProcess?: (() => Promise<never>) | undefined;
}

export type WorkerHandler = (event: SqsEvent, host: Host) => Promise<SqsBatchResponse>;

const siblingGraceMs = 10_000;
/** The delay after a failure that may be transient; the queue's visibility timeout is six times the longest invocation. */
const retryDelaySeconds = 30;
const maxVisibilitySeconds = 43_200;

export function sqsHandler(worker: Worker, ports: EngineDeps, { changeVisibility, endProcess }: SqsHandlerDeps): WorkerHandler {
  return async (event, host) => {
    // Code that ignores its signal can only be stopped together with its process; the other jobs of the batch are warned before.
    const runaway = Promise.withResolvers<void>();
    const hostStopping = new Stop();
    const stop = () => hostStopping.stop();
    if (host.hostStopping?.aborted === true) stop();
    host.hostStopping?.addEventListener('abort', stop);
    let hasRunaway = false;

    const handleRecord = async (record: SqsRecord): Promise<string | undefined> => {
      const extendVisibility = (seconds: number) =>
        changeVisibility(record.receiptHandle, Math.min(maxVisibilitySeconds, Math.max(0, Math.ceil(seconds))));
      const delivery: Delivery = {
        body: record.body,
        receiveCount: Number(record.attributes.ApproximateReceiveCount),
        remainingMs: () => host.getRemainingTimeInMillis(),
        extendVisibility,
        hostStopping,
        reportRunaway: () => {
          hasRunaway = true;
          if (endProcess === undefined) return;
          stop();
          runaway.resolve();
        },
      };
      try {
        const disposition = await handleWakeUp(worker, delivery, ports);
        if (disposition.kind === 'acknowledge') return undefined;
        await extendVisibility(disposition.afterSeconds);
      } catch (error) {
        ports.log.error('A message could not be handled and will come again.', { messageId: record.messageId, error: String(error) });
        await extendVisibility(retryDelaySeconds).catch(() => undefined); // then it is redelivered after the queue's visibility timeout
      }
      return record.messageId;
    };

    const failed = Promise.all(event.Records.map(handleRecord));
    if (endProcess !== undefined) {
      // The other jobs get some time to reach a safe point; then the process ends in any case, before the runaway's lease is over.
      const patience = runaway.promise.then(() => ports.runtime.sleep(siblingGraceMs, new Stop()));
      await Promise.race([failed, patience]);
      if (hasRunaway) {
        ports.log.error('Code ignored its signal to stop, so its process is ended; the batch comes again.', { code: 'runaway' });
        await endProcess();
      }
    }
    const failures = await failed;
    host.hostStopping?.removeEventListener('abort', stop);
    const batchItemFailures = failures.flatMap((itemIdentifier) => (itemIdentifier === undefined ? [] : [{ itemIdentifier }]));
    return { batchItemFailures };
  };
}
