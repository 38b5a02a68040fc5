/** Sends one request to the target with the person's credentials, and passes its answer on piece by piece. */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type Agent, Agent as HttpAgent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { CheckedTarget } from './console-target.ts';
import { answerHeaders } from './end-to-end-headers.ts';
import { howToSignIn, ProxyProblem } from './proxy-problem.ts';
import { problemOfRefusal } from './refused-answer.ts';

export interface ForwardedRequest {
  readonly method: string;
  /** The path with its query. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined for methods that have none. */
  readonly body: Buffer | undefined;
  /** Whether a redirect is answered with `200` and its body, which holds the link: a page can neither read a redirect nor send its key by a navigation. */
  readonly takesLinkAsBody: boolean;
  /** Aborts when the client is gone, or the proxy ends. */
  readonly signal: AbortSignal;
}

export interface ForwarderOptions {
  readonly target: CheckedTarget;
  /** How long the target may take until its answer begins, and how long it may be silent within it, in milliseconds. */
  readonly timeoutMs: number;
}

export class Forwarder {
  private readonly options: ForwarderOptions;
  private readonly agent: Agent;

  constructor(options: ForwarderOptions) {
    this.options = options;
    this.agent = new (options.target.base.startsWith('https:') ? HttpsAgent : HttpAgent)({ keepAlive: true });
  }

  /**
   * @returns the status of the answer, once all of it was passed on
   * @throws ProxyProblem where there is no answer to pass on
   */
  async forward(request: ForwardedRequest, response: ServerResponse): Promise<number> {
    const headers = await this.sign(request);
    const answer = await this.sendSafely(request, headers);
    const status = answer.statusCode === 303 && request.takesLinkAsBody ? 200 : (answer.statusCode ?? 502);
    const refusal = await problemOfRefusal(answer);
    if (refusal !== undefined) throw refusal;
    response.writeHead(status, answerHeaders(answer.headers));
    // A stream of events is silent between its heartbeats.
    answer.setTimeout(this.options.timeoutMs, () => answer.destroy());
    await pipeline(answer, response);
    return status;
  }

  stop(): void {
    this.agent.destroy();
  }

  /** Signs the checksum, since a signer takes texts alone, and bodies may be compressed. */
  private async sign({ method, address, headers, body }: ForwardedRequest): Promise<Readonly<Record<string, string>>> {
    const checksum = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    const unsigned = { ...headers, 'x-amz-content-sha256': checksum };
    const url = `${this.options.target.base}${address}`;
    try {
      return await this.options.target.auth({
        method,
        url,
        headers: unsigned,
        body: body !== undefined && isUtf8(body) ? String(body) : undefined,
      });
    } catch (error) {
      throw new ProxyProblem('no-credentials', `${messageOf(error)} ${howToSignIn}`, { cause: error });
    }
  }

  /** The target may close a kept connection at the moment of a request: one that only reads is sent again, and any other has a connection of its own. */
  private async sendSafely(request: ForwardedRequest, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    if (request.body !== undefined) return this.send(request, headers, false);
    try {
      return await this.send(request, headers, this.agent);
    } catch (error) {
      if (!(error instanceof ProxyProblem) || (error.cause as { readonly wasReused?: boolean } | undefined)?.wasReused !== true)
        throw error;
      return this.send(request, headers, false);
    }
  }

  private send(
    { method, address, body, signal }: ForwardedRequest,
    headers: Readonly<Record<string, string>>,
    agent: Agent | false,
  ): Promise<IncomingMessage> {
    const { target, timeoutMs } = this.options;
    const url = new URL(`${target.base}${address}`);
    const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(body.length) };
      const sent = open(url, { method, agent, headers: { ...headers, ...length }, signal });
      const timer = setTimeout(() => sent.destroy(new ProxyProblem('target-timeout', slowness(target.base, timeoutMs))), timeoutMs);
      sent.once('response', resolve);
      sent.once('error', (error) => {
        reject(error instanceof ProxyProblem ? error : unreachable(target.base, Object.assign(error, { wasReused: sent.reusedSocket })));
      });
      sent.once('close', () => clearTimeout(timer));
      sent.once('response', () => clearTimeout(timer));
      sent.end(body);
    });
  }
}

function slowness(base: string, timeoutMs: number): string {
  return `${base} took more than ${timeoutMs / 1000} s. What was sent may still have been done: look before you repeat it.`;
}

function unreachable(base: string, error: Error & { readonly code?: string }): ProxyProblem {
  const reason = error.message === '' ? error.code : error.message;
  const detail = `${base} does not answer (${reason}). Check the network and the address; \`delegation console\` need not be started again.`;
  return new ProxyProblem('target-unreachable', detail, { cause: error });
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /[.!?]$/.test(message) ? message : `${message}.`;
}
