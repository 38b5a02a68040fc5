import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { type DelegationSettingsInput, DelegationStack } from '../../lib/index.ts';
import { plainApp } from './templates.ts';

const everything: DelegationSettingsInput = {
  stage: 'prod',
  auth: { kind: 'jwt', issuer: 'https://issuer.example', audience: ['delegation'] },
  console: { clientId: 'console' },
  writableTables: ['orders'],
  sourceBuckets: ['data-lake'],
  ec2: {
    instanceTypes: ['t4g.small'],
    subnetIds: ['subnet-1'],
    imageIds: ['ami-1', 'resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64'],
    launchTemplates: ['lt-1'],
    instanceRoles: ['arn:aws:iam::123456789012:role/Web'],
  },
  vpc: {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-central-1a'],
    subnetIds: ['subnet-0123456789abcdef0'],
    securityGroupIds: ['sg-0123456789abcdef0'],
  },
  encryption: 'own-key',
  tracing: 'xray',
  warm: true,
  alarms: { email: 'ops@example.com', monthlyUsd: 20 },
  domain: {
    name: 'jobs.example.com',
    certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/1',
    hostedZoneId: 'Z0123456789ABCDEFGHIJ',
  },
};

/** @returns what cdk-nag found that has no recorded reason */
function findings(settings: DelegationSettingsInput): readonly string[] {
  const app = plainApp();
  new DelegationStack(app, 'Test', settings, { env: { region: 'eu-central-1' } });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  jest.spyOn(console, 'error').mockReturnValue(undefined);
  try {
    app.synth();
  } catch (error) {
    if (!String(error).includes('Validation failed')) throw error;
  } finally {
    jest.restoreAllMocks();
  }
  const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as {
    pluginReports: { pluginName: string; violations: { ruleName: string; violatingConstructs: { constructPath: string }[] }[] }[];
  };
  expect(report.pluginReports.map(({ pluginName }) => pluginName).sort()).toEqual(['AwsSolutions', 'Serverless']);
  return report.pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    ),
  );
}

it.each<[string, DelegationSettingsInput]>([
  ['no settings at all', {}],
  ['every setting', everything],
  ['nothing to stay', { removalPolicy: 'destroy' }],
  ['launch templates by name', { ec2: { launchTemplates: ['web'] } }],
])('cdk-nag (AWS Solutions, Serverless) finds nothing without a reason, with %s', (_, settings) => expect(findings(settings)).toEqual([]));
