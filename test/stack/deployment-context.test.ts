import { App, Fn, Stack } from 'aws-cdk-lib';
import { catalogue } from '../../lambdas/jobs/catalogue.ts';
import { createDeploymentContext } from '../../lib/deployment-context.ts';
import { parseSettings } from '../../lib/parse-settings.ts';
import type { DelegationSettingsInput } from '../../lib/settings.ts';

const types = catalogue.map(({ name }) => name);
const keyOf = (region: string) => `arn:aws:kms:${region}:123456789012:key/1`;
const deploy = (settings: DelegationSettingsInput, region?: string) => () =>
  createDeploymentContext(new Stack(new App(), 'Test', region === undefined ? {} : { env: { region } }), parseSettings(settings, types));

const uses: readonly [setting: string, (key: string) => DelegationSettingsInput][] = [
  ['encryption', (key) => ({ encryption: key })],
  ['tableKeys', (key) => ({ writableTables: ['orders'], tableKeys: [keyOf('eu-central-1'), key] })],
  ['alarms.topicArn', (arn) => ({ alarms: { topicArn: arn.replace(/:kms:(.*):key\/1/, ':sns:$1:operations') } })],
  [
    'domain.certificateArn',
    (arn) => ({ domain: { name: 'jobs.example.com', certificateArn: arn.replace(/:kms:(.*):key/, ':acm:$1:certificate') } }),
  ],
  ['ec2.volumeKeys', (key) => ({ ec2: { launchTemplates: ['web'], volumeKeys: [keyOf('eu-central-1'), key] } })],
];

it.each(uses)('takes keys of the region of the deployment alone in %s', (setting, settings) => {
  expect(deploy(settings(keyOf('eu-central-1')), 'eu-central-1')).not.toThrow();
  expect(deploy(settings(keyOf('eu-west-1')), 'eu-central-1')).toThrow(
    new RegExp(
      `^The setting ${setting} names arn:aws:\\w+:eu-west-1:\\S+; the deployment is in eu-central-1, and takes ARNs of its own region there\\.$`,
    ),
  );
});

it.each(uses)('takes what CDK does not know yet in %s, and any key where it does not know the region', (_, settings) => {
  expect(deploy(settings(Fn.importValue('Key')), 'eu-central-1')).not.toThrow();
  expect(deploy(settings(keyOf('eu-west-1')))).not.toThrow();
});

it('takes keys of sources of any region', () =>
  expect(deploy({ sourceBuckets: ['lake'], sourceKeys: [keyOf('eu-west-1')] }, 'eu-central-1')).not.toThrow());

it.each<[setting: string, settings: DelegationSettingsInput]>([
  ['auth.admins', { auth: { kind: 'iam', admins: ['arn:aws-cn:iam::123456789012:role/Ops'] } }],
  ['sourceKeys', { sourceBuckets: ['lake'], sourceKeys: ['arn:aws-cn:kms:cn-north-1:123456789012:key/1'] }],
  ['ec2.instanceRoles', { ec2: { launchTemplates: ['web'], instanceRoles: ['arn:aws-cn:iam::123456789012:role/Web'] } }],
])('refuses an ARN of another partition in %s', (setting, settings) => {
  expect(deploy(settings, 'cn-north-1')).not.toThrow();
  expect(deploy(settings)).not.toThrow();
  expect(deploy(settings, 'eu-central-1')).toThrow(
    new RegExp(`^The setting ${setting} names arn:aws-cn:.*; ARNs in eu-central-1 begin with arn:aws:\\.$`),
  );
});
