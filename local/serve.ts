/** Starts the local mode as the environment says. */
import { type LocalMode, startLocalMode } from './local-mode.ts';
import { readLocalEnvironment } from './options.ts';

/**
 * Prints one line when it is listening.
 * @throws Error that says which setting is wrong, or what is taken
 */
export async function serve(): Promise<LocalMode> {
  const running = await startLocalMode(readLocalEnvironment());
  console.log(`Delegation is listening on ${running.url}`);
  return running;
}
