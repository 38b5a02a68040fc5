/** The emulators in a thread of their own: they answer while the handlers compute. Started by `startEmulatorsInThread`. */
import { parentPort, workerData } from 'node:worker_threads';
import { startEmulators } from './emulators.ts';

const { stop, ...endpoints } = await startEmulators(workerData as { readonly dataDir?: string });
parentPort?.postMessage(endpoints);
parentPort?.once('message', async () => {
  await stop();
  process.exit(0); // ends the thread
});
