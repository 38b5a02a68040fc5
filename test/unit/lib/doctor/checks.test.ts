import deployments from '../../../../delegation.config.example.ts';
import { checksOfAccount, checksOfDeployment, checksWithoutAccount } from '../../../../lib/doctor/checks.ts';
import { clientsFor } from '../../../../lib/doctor/clients.ts';
import { subjectOf } from '../../../../lib/doctor/subject.ts';
import type { DelegationProps } from '../../../../lib/index.ts';
import { credentials, stackOf, target, templateOf } from '../../../support/doctor-clients.ts';

const bootstrap = { parameter: '/p', version: 6, bucket: 'b', roles: [], executionRole: '' };
const synthesis = { stackName: 'Delegation', template: templateOf({}), bootstrap };
const clients = clientsFor({ region: target.region, credentials });
const contextOf = (deployment: DelegationProps) => ({ clients, target, subject: subjectOf(deployment), synthesis });
const always = ['bootstrap', 'asset-bucket', 'deploy-roles', 'execution-role', 'services', 'runtimes', 'resource-types'];
const names = ['service-roles', 'function-quotas', 'throttles', 'dashboard-name', 'log-group-names', 'leftovers'];
const launching = ['images', 'launch-templates', 'instance-roles', 'volume-encryption'];

it.each<[string, DelegationProps, readonly string[], readonly string[]]>([
  ['no settings', {}, [], []],
  ['types that are not deployed', { disabledJobTypes: ['write-batch', 'launch-instances'], writableTables: ['orders'] }, [], []],
  ['an existing key', { encryption: 'arn:aws:kms:eu-central-1:123456789012:key/1' }, ['encryption-key'], []],
  [
    'keys of sources',
    { sourceBuckets: ['lake'], sourceKeys: ['arn:aws:kms:eu-central-1:123456789012:key/1'] },
    ['bucket', 'other-key'],
    [],
  ],
  [
    'a secret of an owner',
    { webhooks: { owners: { ann: { secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-a1b2c3' } } } },
    ['webhook-secret'],
    [],
  ],
  ['a topic of the account', { alarms: { topicArn: 'arn:aws:sns:eu-central-1:123456789012:operations' } }, ['alarm-topic'], []],
  ['a launch template alone', { ec2: { launchTemplates: ['lt-1'] } }, launching, []],
  [
    'everything of the example',
    deployments[1] ?? {},
    [
      'custom-domain',
      'event-bus',
      'alarm-topic',
      'table',
      'table',
      'bucket',
      'other-key',
      'other-key',
      'other-key',
      'subnets',
      'instance-types',
      'instance-quota',
      ...launching,
      'network',
    ],
    ['issuer'],
  ],
])('with %s, the doctor runs the checks for that', (_, deployment, expected, before) => {
  const context = contextOf(deployment);
  expect(checksOfAccount(context).map(({ check }) => check)).toEqual([...always, ...names, ...expected]);
  expect(checksWithoutAccount(context.subject).map(({ check }) => check)).toEqual(before);
});

it('calls a deployment as its callers do, and checks the key that the stack created', () => {
  const ofDeployment = (deployment: DelegationProps) =>
    checksOfDeployment(contextOf(deployment), stackOf([['K', 'AWS::KMS::Key', 'key-1']]), { credentials, now: new Date() }).map(
      ({ check }) => check,
    );
  const common = ['clock', 'triggers', 'functions', 'alarms', 'alarm-mail', 'alarm-path', 'own-key'];
  expect(ofDeployment({})).toEqual(['health', 'signed-call', ...common]);
  expect(ofDeployment(deployments[1] ?? {})).toEqual(['health', 'token-call', ...common]);
});
