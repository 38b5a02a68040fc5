/** `npm start`: the local mode until Ctrl-C, or until npm is gone. */
import { enableCompileCache } from 'node:module';
import { watchNpm } from './watch-npm.ts';

/** While it starts there is nothing to stop: what is on disk is whole at any moment. */
let stop = async (): Promise<void> => undefined;

const end = (): void => void stop().then(() => process.exit(0), fail);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, end);
watchNpm(end);

function fail(error: unknown): never {
  const { code, port, message } = error as { code?: string; port?: number; message?: string };
  console.error(
    code === 'EADDRINUSE' ? `Port ${port} is in use. Choose another one with PORT, or PORT=0 for a free one.` : (message ?? String(error)),
  );
  process.exit(1);
}

enableCompileCache();
// Imported only now: loading it takes most of the start, and a signal that came meanwhile would end the process as if it had failed.
import('./serve.ts')
  .then(async ({ serve }) => {
    const running = await serve();
    stop = () => running.stop();
  })
  .catch(fail);
