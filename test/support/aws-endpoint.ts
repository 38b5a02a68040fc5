/**
 * An endpoint for every AWS service, whose answers a test writes: for what no emulator has, such as the quotas of a new account. It speaks the
 * protocols of AWS; what no answer was written for is denied, as by a missing permission.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Text is XML, an object JSON. */
export type Answer = string | object | Fault;

export class Fault {
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, message = code, status = 400, headers: Readonly<Record<string, string>> = {}) {
    this.code = code;
    this.message = message;
    this.status = status;
    this.headers = headers;
  }
}

/** By operation (`DescribeStacks`), or by method and path where the protocol names none (`GET /account`, `GET /bucket?encryption`). */
export type Answers = Readonly<Record<string, Answer | ((input: URLSearchParams | Record<string, unknown>, region: string) => Answer)>>;

export interface AwsEndpoint {
  readonly url: string;
  readonly operations: readonly string[];
  stop(): Promise<void>;
}

type Protocol = 'json' | 'query' | 'ec2' | 's3' | 'rest-json';

export async function startAwsEndpoint(answers: Answers): Promise<AwsEndpoint> {
  const operations: string[] = [];
  const server = createServer((request, response) => void handle(request, response));
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const { operation, input, protocol } = await understand(request);
    const region = regionOf(request);
    operations.push(operation);
    const written = answers[operation] ?? new Fault('AccessDenied', 'Denied by the test', 403);
    const answer = keyElsewhere(input, region) ?? (typeof written === 'function' ? written(input, region) : written);
    if (answer instanceof Fault) writeFault(response, answer, protocol);
    else if (typeof answer === 'string') response.writeHead(200, { 'content-type': 'text/xml' }).end(enclosed(operation, answer, protocol));
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    operations,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The region that a request is signed for. */
const regionOf = ({ headers }: IncomingMessage): string => /Credential=[^/]+\/\d+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';

/** KMS knows the keys of the region that it is asked in. */
function keyElsewhere(input: URLSearchParams | Record<string, unknown>, region: string): Fault | undefined {
  const [, of] = /^arn:[^:]+:kms:([^:]+):/.exec('KeyId' in input ? String(input.KeyId) : '') ?? [];
  return of === undefined || of === region ? undefined : new Fault('NotFoundException', `Invalid arn ${of}`);
}

async function understand(request: IncomingMessage) {
  const body = await text(request);
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string')
    return {
      operation: target.split('.').at(-1) ?? '',
      input: JSON.parse(body || '{}') as Record<string, unknown>,
      protocol: 'json' as const,
    };
  const form = new URLSearchParams(body);
  const action = form.get('Action');
  if (action !== null)
    return { operation: action, input: form, protocol: form.get('Version') === '2016-11-15' ? ('ec2' as const) : ('query' as const) };
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const flag = [...searchParams.keys()].find((key) => key === 'encryption');
  return {
    operation: `${request.method} ${pathname.replace(/(.)\/$/, '$1')}${flag === undefined ? '' : `?${flag}`}`,
    input: searchParams,
    protocol: /\/s3\/aws4_request/.test(request.headers.authorization ?? '') ? ('s3' as const) : ('rest-json' as const),
  };
}

function enclosed(operation: string, xml: string, protocol: Protocol): string {
  if (protocol === 'query') return `<${operation}Response><${operation}Result>${xml}</${operation}Result></${operation}Response>`;
  return protocol === 'ec2' ? `<${operation}Response>${xml}</${operation}Response>` : xml;
}

function writeFault(response: ServerResponse, { code, message, status, headers }: Fault, protocol: Protocol): void {
  const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const bodies = {
    json: JSON.stringify({ __type: code, message }),
    query: `<ErrorResponse>${error}</ErrorResponse>`,
    ec2: `<Response><Errors>${error}</Errors></Response>`,
    s3: error,
    'rest-json': JSON.stringify({ Type: 'User', message }),
  };
  response.writeHead(status, { 'x-amzn-errortype': code, ...headers }).end(bodies[protocol]);
}

/** @returns a list in the query protocol: `members('Stacks', ['<StackName>…'])`. */
export const members = (name: string, items: readonly string[]): string =>
  `<${name}>${items.map((item) => `<member>${item}</member>`).join('')}</${name}>`;
/** @returns a list in EC2's protocol */
export const itemSet = (name: string, items: readonly string[]): string =>
  `<${name}>${items.map((item) => `<item>${item}</item>`).join('')}</${name}>`;
/** Elements of an object with text. */
export const elements = (object: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(object)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('');
