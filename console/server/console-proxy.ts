/**
 * The server of `delegation console`: the console's files, and the API of one deployment behind them, with each request signed by the credentials of the
 * person who started it. So the browser needs no credentials, and a deployment that authenticates by IAM stays closed to everybody else.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StaticFiles } from '../../lambdas/console/console-answer.ts';
import { keyHeader, newKey, refuseForeignPages, requireKey } from './caller-check.ts';
import { type CheckedTarget, type ConsoleTarget, checkTarget } from './console-target.ts';
import { linkHeader, requestHeaders } from './end-to-end-headers.ts';
import { Forwarder } from './forward-request.ts';
import { ProxyProblem, sendProblem } from './proxy-problem.ts';
import { readRequestBody } from './request-body.ts';
import { isOfApi, type RequestPath, readPath } from './request-path.ts';
import { sendConsoleAnswer } from './send-console-answer.ts';

export interface ConsoleProxyOptions {
  readonly target: ConsoleTarget;
  /** What `consoleFiles()` gives. */
  readonly files: StaticFiles<Uint8Array>;
  /** @default 0, a free one */
  readonly port?: number;
  /** Refuses all but `GET` and `HEAD`, here and not in the page alone. @default false */
  readonly isReadOnly?: boolean;
  /** Gets a line for each change, refusal and failure, without queries and bodies. @default nothing is logged */
  readonly log?: (line: string) => void;
  /** How long the API may take to begin an answer, in milliseconds. @default 35 s: API Gateway gives up after 30 */
  readonly timeoutMs?: number;
}

export interface ConsoleProxy {
  /** With the key after its `#`: for the person who started the proxy, and for no log. */
  readonly url: string;
  /** Ends requests that are under way, too. */
  stop(): Promise<void>;
}

/** A request has to arrive within this time: no connection is held for ever. */
const requestTimeoutMs = 60_000;

/** @throws Error for an address of the API that is not one, and for a port that is taken */
export async function startConsoleProxy(options: ConsoleProxyOptions): Promise<ConsoleProxy> {
  const target = checkTarget(options.target);
  const key = newKey();
  const handler = new ProxyHandler(target, key, options);
  const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => void handler.handle(request, response));
  const port = await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}/console/#key=${key}`,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      handler.stop();
      server.closeAllConnections();
      await closed;
    },
  };
}

class ProxyHandler {
  private readonly key: string;
  private readonly options: ConsoleProxyOptions;
  private readonly config: string;
  private readonly forwarder: Forwarder;
  private readonly ending = new AbortController();

  constructor(target: CheckedTarget, key: string, options: ConsoleProxyOptions) {
    this.key = key;
    this.options = options;
    this.config = configOf(target, options.isReadOnly === true);
    this.forwarder = new Forwarder({ target, timeoutMs: options.timeoutMs ?? 35_000 });
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let path: RequestPath | undefined;
    try {
      refuseForeignPages(request);
      path = readPath(request.url ?? '');
      await this.answer(request, response, path);
    } catch (error) {
      this.fail(error, response, `${request.method} ${path?.path ?? 'an invalid or foreign address'}`, path?.path);
    }
  }

  stop(): void {
    this.ending.abort();
    this.forwarder.stop();
  }

  private async answer(request: IncomingMessage, response: ServerResponse, path: RequestPath): Promise<void> {
    if (path.path === '/') response.writeHead(303, { location: '/console/', 'cache-control': 'no-store' }).end();
    else if (/^\/console(?:\/|$)/.test(path.decoded)) {
      const { files } = this.options;
      sendConsoleAnswer({ files, config: this.config, path: path.decoded }, request, response);
    } else await this.answerCall(request, response, path);
  }

  private async answerCall(request: IncomingMessage, response: ServerResponse, { path, search }: RequestPath): Promise<void> {
    requireKey(request.headers, this.key);
    if (!isOfApi(path)) throw new ProxyProblem('not-found', 'The console and the API are at /console/ and /v1/.');
    const { method = 'GET' } = request;
    this.checkMethod(method);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const body = await readRequestBody(request);
    const isRead = method === 'GET' || method === 'HEAD';
    const forwarded = {
      ...{ method, address: `${path}${search}`, headers: requestHeaders(request.headers), body: isRead ? undefined : body },
      takesLinkAsBody: request.headers[linkHeader] === 'body',
      signal: AbortSignal.any([gone.signal, this.ending.signal]),
    };
    const status = await this.forwarder.forward(forwarded, response);
    if (!isRead) this.options.log?.(`${method} ${path} ${status}`);
  }

  private checkMethod(method: string): void {
    if (!['GET', 'HEAD', 'POST', 'PUT', 'DELETE'].includes(method))
      throw new ProxyProblem('method-not-allowed', `${method} is not forwarded. Allowed: GET, HEAD, POST, PUT, DELETE.`);
    if (this.options.isReadOnly === true && method !== 'GET' && method !== 'HEAD')
      throw new ProxyProblem(
        'read-only',
        'This console was started with --read-only, so nothing can be changed here. Start it without that.',
      );
  }

  /** An answer that was started can only be cut off, so that no client takes it for a whole one. */
  private fail(error: unknown, response: ServerResponse, what: string, path: string | undefined): void {
    const problem = error instanceof ProxyProblem ? error : undefined;
    const isGone = response.destroyed || this.ending.signal.aborted;
    // Texts of the target or of a source of credentials must not write to the terminal as they like.
    const line = `${what} ${problem?.status ?? 500}: ${problem?.message ?? String(error)}`.replaceAll(/\p{Cc}+/gu, ' ');
    if (!isGone) this.options.log?.(line);
    if (isGone || response.headersSent || problem === undefined) response.destroy();
    else sendProblem(response, problem, path);
  }
}

function configOf({ label, region, isLocal }: CheckedTarget, isReadOnly: boolean): string {
  return JSON.stringify({ apiUrl: '', isReadOnly, isLocal, label, region, auth: { kind: 'key', header: keyHeader } });
}

/** Listens on 127.0.0.1, which no other machine reaches. @returns the port */
async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Error(`The port ${port} is taken. Choose another one, or none for a free one.`) : error),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}
