/** The calls to EC2 that both job types share. */
import type { Instance, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { ec2Client } from '../../adapters/aws-clients.ts';
import type { Ec2Client } from '../../adapters/ec2/client.ts';
import { paginateDescribeInstances, RunInstancesCommand, TerminateInstancesCommand } from '../../adapters/ec2/ec2-operations.ts';

let client: Ec2Client | undefined;
let launchClient: Ec2Client | undefined;

/** Creates the client at the first call. */
export function ec2(): Ec2Client {
  client ??= ec2Client();
  return client;
}

/** A response that is under way when the job is stopped still says what was launched; the engine waits five seconds for it. */
const launchGraceMs = 4_000;

/**
 * Sends the request once, without the SDK's own retries: EC2 answers missing capacity with a server error, and the next placement is more
 * likely to succeed than the same one. Nor does a frozen Lambda send it again when it thaws.
 * @param signal ends the call some seconds after it aborts
 */
export async function runInstances(request: RunInstancesCommandInput, signal: AbortSignal): Promise<readonly Instance[]> {
  launchClient ??= ec2Client({ maxAttempts: 1, requestHandler: ec2().config.requestHandler });
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stopLater = () => {
    timer = setTimeout(() => late.abort(), launchGraceMs);
  };
  signal.addEventListener('abort', stopLater, { once: true });
  try {
    return (await launchClient.send(new RunInstancesCommand(request), { abortSignal: late.signal })).Instances ?? [];
  } finally {
    signal.removeEventListener('abort', stopLater);
    clearTimeout(timer);
  }
}

export interface Filter {
  /** EC2's name of the filter, such as `tag:Name` or `instance-id`. */
  readonly name: string;
  readonly values: readonly string[];
}

/** @returns the instances that match all filters; those that EC2 does not know yet, or no longer, are missing */
export async function findInstances(filters: readonly Filter[], abortSignal: AbortSignal): Promise<readonly Instance[]> {
  const found: Instance[] = [];
  const request = { Filters: filters.map(({ name, values }) => ({ Name: name, Values: [...values] })) };
  for await (const { Reservations = [] } of paginateDescribeInstances({ client: ec2(), pageSize: 200 }, request, { abortSignal })) {
    found.push(...Reservations.flatMap(({ Instances = [] }) => Instances));
  }
  return found;
}

/** Terminates instances; repeating it changes nothing. EC2 may terminate none where it refuses one: see `terminateEach`. */
export async function terminateInstances(instanceIds: readonly string[], abortSignal: AbortSignal): Promise<void> {
  if (instanceIds.length === 0) return;
  await ec2().send(new TerminateInstancesCommand({ InstanceIds: [...instanceIds] }), { abortSignal });
}

/** @returns whether the instance has ended, or is about to, so that it is no longer charged */
export function isTerminated({ State }: Instance): boolean {
  return State?.Name === 'terminated' || State?.Name === 'shutting-down';
}
