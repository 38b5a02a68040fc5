/** The doctor's clients before an endpoint whose answers a test writes. */
import '../models/record-calls.ts';
import { type Clients, clientsFor } from '../../lib/doctor/clients.ts';
import type { Finding } from '../../lib/doctor/finding.ts';
import type { DeployedStack } from '../../lib/doctor/stack.ts';
import type { Template } from '../../lib/doctor/synthesis.ts';
import type { Target } from '../../lib/doctor/target.ts';
import { type Answers, startAwsEndpoint } from './aws-endpoint.ts';

export const target: Target = {
  region: 'eu-central-1',
  account: '123456789012',
  partition: 'aws',
  callerArn: 'arn:aws:sts::123456789012:assumed-role/Developer/ada',
};

export const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Runs something with clients that get these answers. */
export async function withAws<T>(answers: Answers, run: (clients: Clients, operations: readonly string[]) => Promise<T>): Promise<T> {
  const endpoint = await startAwsEndpoint(answers);
  try {
    return await run(clientsFor({ region: target.region, credentials, endpoint: endpoint.url }), endpoint.operations);
  } finally {
    await endpoint.stop();
  }
}

export const templateOf = (Resources: Template['Resources']): Template => ({ Resources });

export const stackOf = (resources: readonly [string, string, string][], createdAt = new Date(0)): DeployedStack => ({
  name: 'Delegation',
  createdAt,
  outputs: {},
  resources: resources.map(([logicalId, type, physicalId]) => ({ logicalId, type, physicalId })),
});

/** Status and sentence, for comparison in one go. */
export const inShort = (findings: Finding | readonly Finding[]): readonly string[] =>
  [findings].flat().map(({ status, found }) => `${status}: ${found}`);
