/** The deployment of docs/first-deploy-checklist.md, which destroys it an hour later. */
import { join } from 'node:path';
import { builtInJobTypes, defineDeployments } from '../../lib/index.ts';
import { contract } from './strain/contract.ts';

/** Variables of the checklist's step 1; each may be left out. */
const { EMAIL, IMAGE, SUBNET, TEMPLATE } = process.env;

export default defineDeployments({
  stage: 'check',
  jobTypes: [...builtInJobTypes, { contract, folder: join(import.meta.dirname, 'strain') }],
  // The minimum that SQS accepts, for an account that may run ten functions at once: the API finds room, since the checklist never fills all queues.
  disabledJobTypes: ['write-batch'],
  concurrency: { 'run-query': 2, 'launch-instances': 2, 'terminate-instances': 2 },
  ...(SUBNET === undefined || TEMPLATE === undefined || IMAGE === undefined
    ? {}
    : { ec2: { launchTemplates: [TEMPLATE], templateParameters: [IMAGE], subnetIds: [SUBNET] } }),
  // Alarms must reach a mailbox through an encrypted topic.
  encryption: 'own-key',
  ...(EMAIL === undefined ? {} : { alarms: { email: EMAIL } }),
  leaseSeconds: 15,
  graceSeconds: 15,
  removalPolicy: 'destroy',
  retentionDays: 1,
  logRetentionDays: 1,
});
