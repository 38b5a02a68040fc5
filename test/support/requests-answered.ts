/** Waits for the requests that a test's code has sent, however long the machine takes for them. */
import { subscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';

let sent = 0;
let open = 0;
const ended = () => {
  open -= 1;
};
subscribe('http.client.request.start', () => {
  sent += 1;
  open += 1;
});
subscribe('http.client.response.finish', ended);
subscribe('http.client.request.error', ended);

/** Resolves once each HTTP request of this process is answered, and none was sent for a while, so that the code has done all that it can without time. */
export async function requestsAnswered(quietMs: number): Promise<void> {
  let before: number;
  do {
    before = sent;
    await sleep(quietMs);
  } while (open > 0 || sent > before);
}
