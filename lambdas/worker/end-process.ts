/** Ends the process of code that ignored its signal to stop. */

/** For the last lines of the log: standard output may be a pipe, which is written to behind Node's back. */
const maxFlushMs = 1_000;

/**
 * SIGKILL rather than `process.exit`, which waits for the threads of native calls (DuckDB's, of zlib, of files) to return: with one of them
 * under way the process would stay, deaf, until Lambda's own time is over.
 */
export async function endProcess(): Promise<never> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, maxFlushMs);
    process.stdout.write('', () => resolve());
  });
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}
