import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { notChecked } from '../../../../lib/doctor/deploy-failure.ts';
import { isReadOnly } from '../../../../lib/doctor/read-only.ts';
import { Fault } from '../../../support/aws-endpoint.ts';
import { withAws } from '../../../support/doctor-clients.ts';

it('refuses to write before anything is sent', () =>
  withAws({ DeleteTable: {} }, async ({ dynamoDb, sts }, operations) => {
    await expect(dynamoDb.send(new DeleteTableCommand({ TableName: 'x' }))).rejects.toThrow('does not call dynamodb:DeleteTable');
    await expect(sts.send(new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::123456789012:role/x', RoleSessionName: 'xx' }))).rejects.toThrow(
      'sts:AssumeRole',
    );
    expect(operations).toEqual([]);
  }));

it('uses no command that writes', () => {
  const folder = join(__dirname, '..', '..', '..', '..', 'lib', 'doctor');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const commands = files.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/new (\w+Command)\(/g)].map(([, command = '']) => command),
  );
  expect(new Set(commands).size).toBeGreaterThan(30);
  expect(commands.filter((command) => !isReadOnly(command))).toEqual([]);
});

it.each([
  [
    'from the message',
    'User: arn:x is not authorized to perform: dynamodb:DescribeTable on resource: y',
    'you lack dynamodb:DescribeTable.',
  ],
  ['from the call', 'Denied', 'you lack dynamodb:DescribeTable.'],
])('names the missing permission, taken %s', (_, message, expected) =>
  withAws({ DescribeTable: new Fault('AccessDeniedException', message) }, async ({ dynamoDb }) => {
    const error = await dynamoDb.send(new DescribeTableCommand({ TableName: 'x' })).catch((reason: unknown) => reason);
    expect(notChecked('The table', error)).toMatchObject({ status: 'skipped', found: `The table: not checked, since ${expected}` });
  }),
);

it.each(['s3', 'ec2', 'iam', 'lambda', 'kms', 'apiGateway', 'cloudWatch'] as const)(
  'names the missing permission for an error of %s',
  (service) =>
    withAws({}, async (clients) => {
      const { GetAccountCommand } = await import('@aws-sdk/client-api-gateway');
      const { GetDashboardCommand } = await import('@aws-sdk/client-cloudwatch');
      const { DescribeSubnetsCommand } = await import('@aws-sdk/client-ec2');
      const { GetRoleCommand } = await import('@aws-sdk/client-iam');
      const { DescribeKeyCommand } = await import('@aws-sdk/client-kms');
      const { GetAccountSettingsCommand } = await import('@aws-sdk/client-lambda');
      const { HeadBucketCommand } = await import('@aws-sdk/client-s3');
      const calls = {
        s3: [() => clients.s3.send(new HeadBucketCommand({ Bucket: 'b' })), 's3:ListBucket'],
        ec2: [() => clients.ec2.send(new DescribeSubnetsCommand({})), 'ec2:DescribeSubnets'],
        iam: [() => clients.iam.send(new GetRoleCommand({ RoleName: 'r' })), 'iam:GetRole'],
        lambda: [() => clients.lambda.send(new GetAccountSettingsCommand({})), 'lambda:GetAccountSettings'],
        kms: [() => clients.kms.send(new DescribeKeyCommand({ KeyId: 'k' })), 'kms:DescribeKey'],
        apiGateway: [() => clients.apiGateway.send(new GetAccountCommand({})), 'apigateway:GET'],
        cloudWatch: [() => clients.cloudWatch.send(new GetDashboardCommand({ DashboardName: 'd' })), 'cloudwatch:GetDashboard'],
      } as const;
      const [call, action] = calls[service];
      const error = await call().catch((reason: unknown) => reason);
      expect(notChecked('It', error).found).toBe(`It: not checked, since you lack ${action}.`);
    }),
);
