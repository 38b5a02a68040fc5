/** A bare HTTP server on the emulators of the local mode: for each job that is posted, the two calls that accept it, and `202`. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { listenOnLoopback } from '../../local/loopback-server.ts';
import { startBareEmulators } from './bare-emulators.ts';

const bare = await startBareEmulators();
const server = createServer(async (request, response) => {
  const { delaySeconds } = (await json(request)) as { readonly delaySeconds?: number };
  const id = randomUUID();
  await bare.accept(id, delaySeconds);
  response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify({ id }));
});
const { url } = await listenOnLoopback(server);
console.log(`The bare server is listening on ${url}`);
process.once('SIGTERM', () => void bare.stop().then(() => process.exit(0)));
