/** What the deploy test deploys: the product with a job type from outside, and beside it a second stage that takes tokens. */
import { join } from 'node:path';
import { builtInJobTypes, defineDeployments } from '../../lib/index.ts';
import { contract } from './probe/contract.ts';
import { contract as rehearsal } from './rehearsal/contract.ts';

const { DELEGATION_DEPLOY_TEST = '{}' } = process.env;
const {
  imageId = 'ami-0',
  subnetId = 'subnet-0',
  issuer = 'https://localhost',
  retentionDays = 30,
  secretArn,
} = JSON.parse(DELEGATION_DEPLOY_TEST);
const probe = { contract, folder: join(import.meta.dirname, 'probe') };
const common = {
  // Functions run on this machine.
  architecture: process.arch === 'arm64' ? ('arm64' as const) : ('x86_64' as const),
  writableTables: ['scratch'],
  // Short, so that tests need not wait.
  leaseSeconds: 20,
  graceSeconds: 20,
  // ministack has no such resource.
  savedQueries: false,
};

export default defineDeployments(
  {
    ...common,
    stage: 'test',
    jobTypes: [...builtInJobTypes, probe, { contract: rehearsal, folder: join(import.meta.dirname, 'rehearsal') }],
    auth: { kind: 'iam', admins: ['arn:aws:iam::000000000000:user/local', 'arn:aws:iam::000000000000:role/Operator'] },
    // The second lives in another region.
    sourceBuckets: ['delegation-local', 'delegation-elsewhere'],
    ec2: { instanceTypes: ['t3.micro'], imageIds: [imageId], subnetIds: [subnetId] },
    retentionDays,
    events: { starts: true },
    metrics: 'types',
    webhooks: secretArn === undefined ? {} : { owners: { 'arn:aws:iam::000000000000:user/ann': { secretArn } } },
  },
  {
    ...common,
    stage: 'tokens',
    jobTypes: [probe],
    auth: { kind: 'jwt', issuer, audience: ['delegation'], adminClaim: { name: 'groups', value: 'operations' } },
    removalPolicy: 'destroy',
  },
);
