/**
 * A program with an `EventSource`, as a browser has one: `event-source.ts URL [SIGNER]`, the second to sign its requests. It prints each event as a line of JSON, and an error with its status and whether it
 * connects again. It never closes the source itself, and ends when that is closed.
 */
import { EventSource } from 'eventsource';
import { type SignedTransportOptions, signedTransport } from './signed-transport.ts';

const [url = '', signer] = process.argv.slice(2);
const send = signer === undefined ? undefined : signedTransport(JSON.parse(signer) as SignedTransportOptions);
const print = (line: object) => console.log(JSON.stringify(line));
const source = new EventSource(url, send && { fetch: (to, init) => send(new URL(to), init) });
source.onopen = () => print({ event: 'open' });
for (const name of ['job', 'end', 'message'])
  source.addEventListener(name, ({ data, lastEventId }) => {
    const { status } = JSON.parse(data) as { status: string };
    print({ event: name, status, id: lastEventId });
  });
source.onerror = ({ code }) => {
  const isClosed = source.readyState === source.CLOSED;
  print({ event: 'error', code: code ?? null, isClosed });
  if (isClosed) process.exit();
};
// The pause before it connects again keeps no program alive.
setInterval(() => undefined, 60_000);
