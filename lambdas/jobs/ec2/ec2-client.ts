/** The calls to EC2 that both job types share. */
import {
  EC2Client,
  type Instance,
  paginateDescribeInstances,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { ec2Client } from '../../adapters/aws-clients.ts';

let client: EC2Client | undefined;
let launchClient: EC2Client | undefined;

/** Made at the first call. */
export function ec2(): EC2Client {
  client ??= ec2Client();
  return client;
}

/** An answer that is under way when the job is stopped still tells what was launched; the engine waits five seconds for it. */
const launchGraceMs = 4_000;

/**
 * Sent once, without the SDK's own repeats: EC2 calls missing capacity a server error, and the next placement is a better try than the same
 * again. Nor does a frozen Lambda send it again when it thaws.
 * @param signal ends the call some seconds after it aborts
 */
export async function runInstances(request: RunInstancesCommandInput, signal: AbortSignal): Promise<readonly Instance[]> {
  launchClient ??= new EC2Client({ maxAttempts: 1, requestHandler: ec2().config.requestHandler });
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
  /** Such as `tag:Name` or `instance-id`. */
  readonly name: string;
  readonly values: readonly string[];
}

/** @returns what all filters let through; instances that EC2 does not know (yet, or any more) are just not among them */
export async function findInstances(filters: readonly Filter[], abortSignal: AbortSignal): Promise<readonly Instance[]> {
  const found: Instance[] = [];
  const request = { Filters: filters.map(({ name, values }) => ({ Name: name, Values: [...values] })) };
  for await (const { Reservations = [] } of paginateDescribeInstances({ client: ec2(), pageSize: 200 }, request, { abortSignal })) {
    found.push(...Reservations.flatMap(({ Instances = [] }) => Instances));
  }
  return found;
}

/** What has ended already stays so. EC2 may terminate none where it refuses one: see `terminateEach`. */
export async function terminateInstances(instanceIds: readonly string[], abortSignal: AbortSignal): Promise<void> {
  if (instanceIds.length === 0) return;
  await ec2().send(new TerminateInstancesCommand({ InstanceIds: [...instanceIds] }), { abortSignal });
}

/** Whether it has ended, or is about to, so that nothing is left of it and nothing is charged. */
export function isTerminated({ State }: Instance): boolean {
  return State?.Name === 'terminated' || State?.Name === 'shutting-down';
}
