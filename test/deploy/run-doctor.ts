/** Runs the doctor on the emulated account as a user who may only read. */
import { IAMClient } from '@aws-sdk/client-iam';
import type { Credentials } from '../../lib/doctor/clients.ts';
import { examine } from '../../lib/doctor/examine.ts';
import type { ReportedFinding } from '../../lib/doctor/finding.ts';
import deployments from './delegation.config.ts';
import { makeUser, newKeys } from './users.ts';

const configFile = 'test/deploy/delegation.config.ts';

/** The part of AWS's ReadOnlyAccess that the doctor uses, and the permission to call the API. */
const rights = [
  'apigateway:GET',
  ...['cloudformation', 'cloudwatch', 'dynamodb', 'ec2', 'events', 'iam', 'kms', 'lambda', 'logs', 's3', 'sns', 'ssm'].flatMap((service) =>
    ['Get', 'List', 'Describe'].map((verb) => `${service}:${verb}*`),
  ),
  'iam:Simulate*',
  'servicequotas:GetServiceQuota',
  'execute-api:Invoke',
  // Not a part of it: without it the doctor leaves the secrets of webhooks out.
  'secretsmanager:GetSecretValue',
];

const UserName = 'reader';

/** Creates a user who may read everything and change nothing. */
export function makeReader(): Promise<Credentials> {
  return makeUser(new IAMClient(), UserName, { Action: rights, Resource: '*' });
}

/** Creates new keys for that user. */
export function readerKeys(): Promise<Credentials> {
  return newKeys(new IAMClient(), UserName);
}

export interface Examination {
  readonly findings: readonly ReportedFinding[];
  /** The findings that are not ok, as `check: status`. */
  readonly unusual: readonly string[];
  readonly sentenceOf: (check: string) => string;
}

/** @param env such as `DELEGATION_TOKEN` */
export async function examined(stage: string, credentials: Credentials, env: Readonly<Record<string, string>> = {}): Promise<Examination> {
  const deployment = deployments.find((one) => one.stage === stage);
  if (deployment === undefined) throw new Error(`There is no stage ${stage}.`);
  const options = { configFile, readDeployment: async () => deployment, env: { AWS_REGION: 'us-east-1', ...env }, credentials };
  const { findings } = await examine(options);
  return {
    findings,
    unusual: findings.filter(({ status }) => status !== 'ok').map(({ check, status }) => `${check}: ${status}`),
    sentenceOf: (name) => findings.find(({ check }) => check === name)?.found ?? '',
  };
}

/** Checks that ministack cannot answer: AWS's own parameters, the registry of types, some of EC2, service quotas. */
export const unknownToMinistack = ['services', 'resource-types', 'instance-types', 'instance-quota', 'volume-encryption'].map(
  (check) => `${check}: skipped`,
);
