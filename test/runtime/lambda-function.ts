/** A function as Lambda runs it: its bundle, in a process of its own, under AWS's runtime client, before a Runtime API that speaks for Lambda. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { maxAnswerBytes } from '../../local/gateway.ts';
import { runtimeClient } from './runtime-client.ts';

/** What becomes of an invocation, in Lambda's words where it has some. */
export type Outcome =
  | { readonly kind: 'response'; readonly body: unknown }
  | { readonly kind: 'error'; readonly errorType: string; readonly errorMessage: string };

export interface FunctionOptions {
  /** The bundle. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Files that are loaded before it. */
  readonly preload?: readonly string[];
  readonly memoryMiB?: number;
}

/** Lambda gives the start of a function as long. @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const maxInitMs = 10_000;

export class LambdaFunction {
  /** Lines of standard output, which Lambda writes to the function's log. */
  readonly lines: string[] = [];
  invocations = 0;
  /** What the process wrote to standard error: nothing, unless Node itself complains. */
  standardError = '';
  private readonly server: Server;
  private readonly process: ChildProcess;
  /** The runtime client asks for an invocation. */
  private asking = Promise.withResolvers<ServerResponse>();
  private readonly initError = Promise.withResolvers<never>();
  private current: { readonly id: string; readonly outcome: PromiseWithResolvers<Outcome> } | undefined;
  private readonly exited: Promise<Outcome>;

  static async start(options: FunctionOptions): Promise<LambdaFunction> {
    let started: LambdaFunction | undefined;
    const server = createServer((request, response) => void started?.serve(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    started = new LambdaFunction(server, options);
    return started;
  }

  private constructor(server: Server, { file, environment, preload = [], memoryMiB = 2_048 }: FunctionOptions) {
    this.server = server;
    this.initError.promise.catch(() => undefined);
    const preloads = [join(__dirname, 'replace-native-client.ts'), ...preload].flatMap((module) => ['--import', module]);
    const oldSpace = `--max-old-space-size=${Math.floor(memoryMiB * 0.9)}`;
    this.process = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', oldSpace, ...preloads, runtimeClient()], {
      cwd: dirname(file),
      env: { ...reservedVariables(file, server, memoryMiB), ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    const [, output, errors, outcomes] = this.process.stdio as unknown as readonly NodeJS.ReadableStream[];
    if (output === undefined || errors === undefined || outcomes === undefined) throw new Error('The process has no pipes.');
    createInterface({ input: output }).on('line', (line) => this.lines.push(line));
    errors.on('data', (chunk: Buffer) => {
      this.standardError += chunk.toString();
    });
    createInterface({ input: outcomes }).on('line', (line) => this.settle(JSON.parse(line) as Reported));
    this.exited = once(this.process, 'exit').then(([code, signal]): Outcome => {
      const why = signal === null ? `Runtime exited with error: exit status ${code}` : `Runtime exited with error: signal: ${signal}`;
      return {
        kind: 'error',
        errorType: 'Runtime.ExitError',
        errorMessage: code === 0 ? 'Runtime exited without providing a reason' : why,
      };
    });
  }

  get isAlive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** Waits until the function is loaded. @throws Error with what its start failed with */
  async ready(): Promise<void> {
    const failed = this.exited.then((outcome) => {
      throw new Error(`The function did not start: ${JSON.stringify(outcome)} ${this.standardError}`);
    });
    failed.catch(() => undefined);
    const tooLate = timeout(maxInitMs, () => new Error('The function did not start within 10 seconds.'));
    await Promise.race([this.asking.promise, this.initError.promise, failed, tooLate.promise]).finally(tooLate.clear);
  }

  /** @returns the result as Lambda would report it; a function that does not answer in time is ended, as Lambda does */
  async invoke(event: unknown, timeoutMs = 60_000): Promise<Outcome> {
    await this.ready();
    const response = await this.asking.promise;
    this.asking = Promise.withResolvers();
    const id = `request-${++this.invocations}`;
    const outcome = Promise.withResolvers<Outcome>();
    this.current = { id, outcome };
    const late = timeout(timeoutMs, () => undefined);
    response
      .writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': id,
        'lambda-runtime-deadline-ms': String(Date.now() + timeoutMs),
        'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:123456789012:function:test',
        'lambda-runtime-trace-id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0',
      })
      .end(JSON.stringify(event));
    const timedOut = late.promise.then(
      () => undefined as never,
      (): Outcome => ({ kind: 'error', errorType: 'Sandbox.Timedout', errorMessage: `Task timed out after ${timeoutMs / 1000} seconds` }),
    );
    const found = await Promise.race([outcome.promise, this.exited, timedOut]).finally(late.clear);
    if (found.kind === 'error' && found.errorType === 'Sandbox.Timedout') this.process.kill('SIGKILL');
    return found;
  }

  /** Lambda freezes a process between invocations. */
  async frozenFor(ms: number): Promise<void> {
    this.process.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.process.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exited;
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.endsWith('/invocation/next') === true) return this.asking.resolve(response);
    if (request.url?.endsWith('/init/error') === true) {
      const body = await text(request);
      response.writeHead(202).end();
      return this.initError.reject(new Error(`The function did not start: ${body}`));
    }
    response.writeHead(404).end();
  }

  private settle({ id, kind, body }: Reported): void {
    if (this.current?.id !== id) throw new Error(`There is no invocation ${id} under way.`);
    const { outcome } = this.current;
    this.current = undefined;
    outcome.resolve(outcomeOf(kind, body));
  }
}

function outcomeOf(kind: Reported['kind'], body: string): Outcome {
  if (kind === 'error') {
    const { errorType, errorMessage } = JSON.parse(body) as { errorType: string; errorMessage: string };
    return { kind, errorType, errorMessage };
  }
  if (Buffer.byteLength(body) <= maxAnswerBytes) return { kind, body: JSON.parse(body) };
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${maxAnswerBytes} bytes).`;
  return { kind: 'error', errorType: 'Function.ResponseSizeTooLarge', errorMessage };
}

interface Reported {
  readonly id: string;
  readonly kind: 'response' | 'error';
  readonly body: string;
}

/** What Lambda sets for every function. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
function reservedVariables(file: string, server: Server, memoryMiB: number): Record<string, string> {
  const name = 'test';
  return {
    _HANDLER: 'index.handler',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMiB),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef',
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_LAMBDA_LOG_LEVEL: 'INFO',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    LAMBDA_TASK_ROOT: dirname(file),
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/usr/local/bin:/usr/bin:/bin',
  };
}

/** @returns a promise that only ever rejects, and how to give it up */
function timeout(ms: number, error: () => Error | undefined): { readonly promise: Promise<never>; readonly clear: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(error()), ms);
  promise.catch(() => undefined);
  return { promise, clear: () => clearTimeout(timer) };
}
