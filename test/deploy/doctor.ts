/** The doctor as a person who may only read runs it on the emulated account, with a note of each call that it makes. */
import { IAMClient } from '@aws-sdk/client-iam';
import type { Credentials } from '../../lib/doctor/clients.ts';
import { examine } from '../../lib/doctor/examine.ts';
import type { ReportedFinding } from '../../lib/doctor/finding.ts';
import deployments from './delegation.config.ts';
import { makeUser, newKeys } from './users.ts';

const configFile = 'test/deploy/delegation.config.ts';

/** As much of AWS's ReadOnlyAccess as the doctor uses, and the right to call the API. */
const rights = [
  'apigateway:GET',
  ...['cloudformation', 'cloudwatch', 'dynamodb', 'ec2', 'iam', 'kms', 'lambda', 'logs', 's3', 'sns', 'ssm'].flatMap((service) =>
    ['Get', 'List', 'Describe'].map((verb) => `${service}:${verb}*`),
  ),
  'iam:Simulate*',
  'servicequotas:GetServiceQuota',
  'execute-api:Invoke',
];

const UserName = 'reader';

/** Makes a user who may read everything and change nothing. */
export function makeReader(): Promise<Credentials> {
  return makeUser(new IAMClient(), UserName, { Action: rights, Resource: '*' });
}

/** New keys of the user who was made before. */
export function readerKeys(): Promise<Credentials> {
  return newKeys(new IAMClient(), UserName);
}

export interface Examination {
  readonly findings: readonly ReportedFinding[];
  /** `check: status`, of all but those that are ok. */
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

/** What ministack has not: parameters of AWS's own, the registry of types, some of EC2, service quotas. */
export const unknownToMinistack = ['services', 'resource-types', 'instance-types', 'instance-quota', 'volume-encryption'].map(
  (check) => `${check}: skipped`,
);
