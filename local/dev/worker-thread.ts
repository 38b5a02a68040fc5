/** The thread of one job type's worker: Lambda's part, which loads a bundle and calls its handler. */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerHandler } from '../../lambdas/worker/sqs-handler.ts';
import type { FromThread, ThreadData, ToThread } from './worker-messages.ts';

process.setSourceMapsEnabled(true);

const { file, source } = workerData as ThreadData;
const post = (message: FromThread) => parentPort?.postMessage(message);
const interrupting = new AbortController();
let isHurried = false;

const handler = load();
if (handler !== undefined) {
  parentPort?.on('message', (message: ToThread) => {
    if (message.kind === 'hurry') isHurried = true;
    else if (message.kind === 'interrupt') interrupting.abort();
    else void invoke(handler, message);
  });
  post({ kind: 'ready' });
}

async function invoke(run: WorkerHandler, { id, event, remainingMs }: Extract<ToThread, { kind: 'invoke' }>): Promise<void> {
  const endsAtMs = performance.now() + remainingMs;
  const host = {
    getRemainingTimeInMillis: () => (isHurried ? 0 : Math.max(0, endsAtMs - performance.now())),
    hostStopping: interrupting.signal,
  };
  try {
    post({ kind: 'answered', id, response: await run(event, host) });
  } catch (error) {
    post({ kind: 'failed', id, message: String(error) });
  }
}

function load(): WorkerHandler | undefined {
  try {
    const found = (createRequire(import.meta.url)(file) as { handler?: unknown }).handler;
    if (typeof found === 'function') return found as WorkerHandler;
    post({ kind: 'unusable', message: `${source} must export its handler: export const handler = worker(contract, definition);` });
  } catch (error) {
    post({ kind: 'unusable', message: `${source} cannot be loaded: ${error instanceof Error ? error.stack : String(error)}` });
  }
  return undefined;
}
