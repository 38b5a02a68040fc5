/** Keeps the process alive while a handler runs. */

const maxIntervalMs = 2 ** 31 - 1;

/**
 * Runs a handler with an open handle until it has answered. A handler may wait for something that is not a handle (a promise that is never settled,
 * a timer that is unreferenced, as the engine's are), and Lambda's runtime client holds none meanwhile: Node would end the process with
 * exit code 0, the invocation would fail with `Runtime.ExitError`, and no time limit of the engine would ever be reached.
 * @see https://github.com/aws/aws-lambda-nodejs-runtime-interface-client
 */
export function withOpenHandle<Event, Host, Answer>(handler: (event: Event, host: Host) => Promise<Answer>) {
  return async (event: Event, host: Host): Promise<Answer> => {
    const handle = setInterval(() => undefined, maxIntervalMs);
    try {
      return await handler(event, host);
    } finally {
      clearInterval(handle);
    }
  };
}
