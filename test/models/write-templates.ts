/** `write-templates.ts FOLDER`: the templates whose properties are checked, each as `<what is particular about it>@<region>.json`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import example from '../../delegation.config.example.ts';
import { type DelegationProps, DelegationStack } from '../../lib/index.ts';
import { deployments } from '../stack/stateful.ts';

const { 'every setting': settings = {} } = deployments;
const everything: DelegationProps = {
  ...settings,
  ec2: {
    instanceTypes: ['t4g.small'],
    subnetIds: ['subnet-0123456789abcdef0'],
    imageIds: ['ami-0123456789abcdef0', 'resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64'],
    launchTemplates: ['lt-0123456789abcdef0'],
    instanceRoles: ['arn:aws:iam::123456789012:role/WebServer'],
  },
  quota: { submissionsPerMinute: 600, jobsInFlight: 500 },
  throttle: { submissionsPerSecond: 50, requestsPerSecond: 200 },
};
/** Budgets are not known to CloudFormation in every region. */
const { monthlyUsd: _, ...alarms } = everything.alarms ?? {};
const [test = {}, prod = {}] = example;

const templates: readonly (readonly [name: string, region: string, props: DelegationProps])[] = [
  ['no settings', 'us-east-1', {}],
  ['every setting', 'us-east-1', everything],
  ['every setting', 'mx-central-1', { ...everything, alarms }],
  ['example test', 'eu-central-1', test],
  ['example prod', 'eu-central-1', prod],
];

const [folder = '.'] = process.argv.slice(2);
for (const [name, region, props] of templates) {
  // The code of the functions is not part of a template, and takes seconds to bundle.
  const app = new App({ context: { 'aws:cdk:disable-asset-staging': true } });
  const stack = new DelegationStack(app, 'Delegation', props, { env: { region } });
  writeFileSync(join(folder, `${name}@${region}.json`), JSON.stringify(app.synth().getStackArtifact(stack.artifactId).template));
}
