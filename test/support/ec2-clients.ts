/** Delegation's client of EC2 beside the SDK's own, each before a server that a test plays. */
import { Readable } from 'node:stream';
import * as sdk from '@aws-sdk/client-ec2';
import { HttpResponse } from '@smithy/core/protocols';
import { Ec2Client } from '../../lambdas/adapters/ec2/client.ts';
import * as own from '../../lambdas/adapters/ec2/ec2-operations.ts';
import * as schemas from '../../lambdas/adapters/ec2/schemas.ts';

export const operations = ['DescribeInstanceStatus', 'DescribeInstances', 'RunInstances', 'TerminateInstances'] as const;
export type Operation = (typeof operations)[number];

/** @returns the schemas of its input and of its output */
export function schemasOf(operation: Operation) {
  return partsOf(schemas, operation);
}

/** @returns what the SDK's own client has in their place */
export function sdkSchemasOf(operation: Operation) {
  const all = {
    DescribeInstanceStatus: sdk.DescribeInstanceStatus$,
    DescribeInstances: sdk.DescribeInstances$,
    RunInstances: sdk.RunInstances$,
    TerminateInstances: sdk.TerminateInstances$,
  };
  return partsOf(all, operation);
}

function partsOf(all: Readonly<Record<Operation, typeof schemas.RunInstances>>, operation: Operation) {
  const [, , , , input, output] = all[operation];
  return { input, output };
}

/** A request as it would go to the wire. */
export interface SentRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query: object;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly requests: readonly SentRequest[];
  readonly output?: object;
  readonly error?: Error;
}

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };
const clients = { own: Ec2Client, sdk: sdk.EC2Client } as const;
const commands = { own, sdk } as const;
export type Side = keyof typeof clients;

/** Sends a command with one of the clients. @param answer what the server does; an error is one of the connection */
export async function send(
  side: Side,
  operation: Operation,
  input: object,
  answer: () => Answer | Error = () => ({ status: 200, body: '' }),
  settings: object = { region: 'eu-central-1', credentials },
): Promise<Outcome> {
  const requests: SentRequest[] = [];
  const requestHandler = {
    async handle(request: SentRequest) {
      requests.push({ ...request, headers: { ...request.headers } });
      const answered = answer();
      if (answered instanceof Error) throw answered;
      const { status, body, headers = {} } = answered;
      return { response: new HttpResponse({ statusCode: status, headers: { ...headers }, body: Readable.from([Buffer.from(body)]) }) };
    },
  };
  const client = new clients[side]({ maxAttempts: 2, ...settings, requestHandler } as never) as Ec2Client;
  const Command = commands[side][`${operation}Command`] as typeof own.RunInstancesCommand;
  try {
    return { requests, output: await client.send(new Command(input as never)) };
  } catch (error) {
    return { requests, error: error as Error };
  }
}

/** Does the same with both clients. */
export async function sendWithBoth(
  ...args: Parameters<typeof send> extends [Side, ...infer Rest] ? Rest : never
): Promise<Record<Side, Outcome>> {
  return { own: await send('own', ...args), sdk: await send('sdk', ...args) };
}

/** What the product and the SDK's retries look at. */
export function describeError(error: Error | undefined): object | undefined {
  return error && { ...error, name: error.name, message: error.message, kind: error.constructor.name };
}
