/** The real API over the stores of a test: every answer as a caller gets it, without a server between, and as the API describes it. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { s3Client } from '../../lambdas/adapters/aws-clients.ts';
import { s3UploadLinks } from '../../lambdas/adapters/s3-upload-links.ts';
import type { ApiHost, ApiPorts } from '../../lambdas/api/api-context.ts';
import { createApi } from '../../lambdas/api/app.ts';
import { local } from '../../local/resources.ts';
import { checkAnswer } from './check-answer.ts';
import type { JobAnswer } from './http-client.ts';

export interface ApiAnswer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

export interface ProblemAnswer {
  readonly type: string;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

export class ApiCaller {
  private readonly app: ReturnType<typeof createApi>;
  private readonly owner: string;

  private constructor(app: ReturnType<typeof createApi>, owner: string) {
    this.app = app;
    this.owner = owner;
  }

  /** The owner of the engine's jobs, who is not an admin. `olga` is one. */
  static of(engine: { readonly ports: Omit<ApiPorts, 'links' | 'uploadLinks'> }, changes: Partial<ApiPorts> = {}): ApiCaller {
    const settings = { ...engine.ports.settings, admins: ['olga'] };
    const links = { sign: async (key: string) => `https://bucket/${key}` };
    const deps = { ...engine.ports, settings, links, uploadLinks: s3UploadLinks(s3Client(), local.payloadBucket), ...changes };
    return new ApiCaller(createApi(deps), 'tester');
  }

  as(owner: string): ApiCaller {
    return new ApiCaller(this.app, owner);
  }

  async request<Body = JobAnswer & ProblemAnswer>(
    method: string,
    path: string,
    {
      body,
      headers = {},
      host,
    }: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>>; readonly host?: ApiHost } = {},
  ): Promise<ApiAnswer<Body>> {
    const sent = { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers };
    const init = { method, headers: sent, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) };
    const event = { headers: sent, requestContext: { authorizer: { lambda: { owner: this.owner } } } };
    const response = await this.app.request(path, init, { event: event as unknown as APIGatewayProxyEventV2, lambdaContext: host });
    const text = await response.text();
    const answer = response.headers.get('content-type')?.includes('json') === true && text !== '' ? JSON.parse(text) : undefined;
    checkAnswer({ method, path, status: response.status, headers: response.headers, body: answer });
    return { status: response.status, headers: response.headers, text, body: answer as Body };
  }

  get<Body = JobAnswer & ProblemAnswer>(path: string): Promise<ApiAnswer<Body>> {
    return this.request('GET', path);
  }

  post<Body = JobAnswer & ProblemAnswer>(path: string, body?: unknown): Promise<ApiAnswer<Body>> {
    return this.request('POST', path, { body });
  }
}
