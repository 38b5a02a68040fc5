/** The CDK app: reads the settings from the context (`cdk.json`, or `-c`), once, and hands them on as props. */
import { App } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import * as z from 'zod';
import { quotaSchema } from '../lambdas/config.ts';
import { catalogue } from '../lambdas/jobs/catalogue.ts';
import { DelegationStack } from '../lib/delegation-stack.ts';

const names = z.array(z.string().min(1)).default([]);
const context = z.strictObject({
  stackName: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,127}$/)
    .default('Delegation'),
  architecture: z.enum(['arm64', 'x86_64']).default('arm64'),
  retentionDays: z.int().min(1).max(3_650).default(30),
  writableTables: names,
  sourceBuckets: names,
  admins: names,
  quota: quotaSchema.exactOptional(),
  ec2: z.strictObject({ instanceTypes: names, subnetIds: names, imageIds: names, launchTemplates: names }).prefault({}),
});

const app = new App();
const parsed = context.safeParse(app.node.tryGetContext('delegation') ?? {});
if (!parsed.success) throw new Error(`The "delegation" settings in cdk.json are not valid:\n${z.prettifyError(parsed.error)}`);
const { stackName, architecture, retentionDays, writableTables, sourceBuckets, admins, quota, ec2 } = parsed.data;
new DelegationStack(app, stackName, {
  jobTypes: catalogue,
  settings: { writableTables, sourceBuckets, admins, ec2, ...(quota === undefined ? {} : { quota }) },
  architecture: architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
  retentionDays,
});
