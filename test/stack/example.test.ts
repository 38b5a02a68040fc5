import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { contract } from '../../examples/shop/jobs/archive-orders/contract.ts';
import { Delegation, type DelegationProps } from '../../lib/index.ts';
import { plainApp } from './templates.ts';

const root = join(__dirname, '..', '..');
const app = mkdtempSync(join(tmpdir(), 'delegation-shop-'));

/** The package with its exports at the sources, which need no build. The package as it is published is tested by `npm run test:package`. */
function linkPackage(folder: string): void {
  mkdirSync(folder);
  const exports = { '.': './lib/index.ts', './contract': './lambdas/core/contract/contract.ts', './worker': './lambdas/worker/handler.ts' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', exports }));
  for (const name of ['lib', 'lambdas']) symlinkSync(join(root, name), join(folder, name), 'junction');
}

/** The example as another repository has it: in a folder of its own, with Delegation as a dependency. */
function synthesise(): Template {
  cpSync(join(root, 'examples', 'shop'), app, { recursive: true, filter: (file) => !file.includes('cdk.out') });
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
  const modules = join(app, 'node_modules');
  mkdirSync(modules);
  linkPackage(join(modules, 'delegation-aws'));
  for (const name of ['aws-cdk-lib', 'constructs', 'zod', '@aws-sdk'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  const env = { PATH: process.env['PATH'], CDK_OUTDIR: join(app, 'cdk.out') };
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', 'app.ts'], { cwd: app, env });
  return Template.fromJSON(JSON.parse(readFileSync(join(app, 'cdk.out', 'Shop.template.json'), 'utf8')));
}

const template = synthesise();
afterAll(() => rmSync(app, { recursive: true, force: true }));

const type = { contract, folder: join(root, 'examples', 'shop', 'jobs', 'archive-orders') };
const environment = { ORDERS_TABLE: 'orders', ARCHIVE_BUCKET: 'archive' };

const idOf = (type: string, prefix: string) => {
  const found = Object.keys(template.findResources(type)).find((id) => id.startsWith(prefix));
  if (found === undefined) throw new Error(`no ${type} that begins with ${prefix}`);
  return found;
};
const statements = (prefix: string) =>
  Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith(prefix))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as { Action: unknown; Resource: unknown }[]);

it('deploys the listed job type and that of the service, and no other: for each a queue with its dead-letter queue, and a worker', () => {
  const descriptions = Object.values(template.findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties.Description);
  expect(descriptions.sort()).toEqual([
    'Delegation: accepts jobs and reports on them',
    'Delegation: does archive-orders jobs',
    'Delegation: does bulk-action jobs',
    'Delegation: does group jobs',
    'Delegation: wakes overdue jobs',
  ]);
  template.resourceCountIs('AWS::SQS::Queue', 6);
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    FunctionName: { Ref: Match.stringLikeRegexp('^JobsWorkerarchiveorders') },
    EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^JobsQueuearchiveordersQueue'), 'Arn'] },
  });
});

it('exists beside another one in the same stack, each with a dashboard and metrics of its own', () => {
  const stack = new Stack(plainApp(), 'Shop', { env: { region: 'eu-central-1' } });
  const jobTypes = [{ ...type, environment }];
  for (const id of ['Jobs', 'MoreJobs']) new Delegation(stack, id, { jobTypes, metrics: 'types' });
  const both = Template.fromStack(stack);
  const names = Object.values(both.findResources('AWS::CloudWatch::Dashboard')).map(({ Properties }) => Properties.DashboardName);
  expect(names.sort()).toEqual(['Shop_Jobs-eu-central-1', 'Shop_MoreJobs-eu-central-1']);
  const stages = Object.values(both.findResources('AWS::Lambda::Function')).map(
    ({ Properties }) => Properties.Environment?.Variables.DELEGATION_NAME,
  );
  expect([...new Set(stages)].sort()).toEqual(['Shop_Jobs', 'Shop_MoreJobs']);
});

it("lets its worker do what the contract says, with the app's own table and bucket and nothing else of the app", () => {
  const [table, bucket] = [idOf('AWS::DynamoDB::GlobalTable', 'Orders'), idOf('AWS::S3::Bucket', 'Archive')];
  const own = statements('JobsWorkerarchiveorders').filter(({ Resource }) => /"(Orders|Archive)/.test(JSON.stringify(Resource)));
  const name = (before: string, id: string, after: string) => [
    Match.stringLikeRegexp(`${before}$`),
    { Ref: id },
    ...(after === '' ? [] : [after]),
  ];
  expect(own.map(({ Action }) => Action)).toEqual(
    [
      ['dynamodb:DeleteItem', 'dynamodb:Scan'],
      ['s3:GetObject', 's3:PutObject'],
    ].map((actions) => expect.arrayContaining(actions)),
  );
  for (const resource of [Match.arrayWith(name(':table/', table, '')), Match.arrayWith(name(':s3:::', bucket, '/orders/*'))]) {
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Resource: { 'Fn::Join': ['', resource] } })]) },
    });
  }
});

it('gives its worker their names', () =>
  template.hasResourceProperties('AWS::Lambda::Function', {
    Description: 'Delegation: does archive-orders jobs',
    Environment: { Variables: { ORDERS_TABLE: { Ref: idOf('AWS::DynamoDB::GlobalTable', 'Orders') }, DELEGATION_TABLE: Match.anyValue() } },
  }));

it("lets the app's own role call this API and no other", () => {
  const api = idOf('AWS::ApiGatewayV2::Api', 'Jobs');
  const [invoke, ...others] = statements('BackOffice');
  expect(others).toEqual([]);
  expect(invoke).toMatchObject({ Action: 'execute-api:Invoke', Effect: 'Allow' });
  expect(invoke?.Resource).toMatchObject({ 'Fn::Join': ['', expect.arrayContaining([{ Ref: api }, '/*'])] });
});

describe('a capability that is not there', () => {
  const deploy = (props: DelegationProps) =>
    new Delegation(new Stack(plainApp(), 'Test'), 'Jobs', { jobTypes: [{ ...type, environment }], ...props });

  it('is refused with what there is: a permission for a name that the environment does not hold', () =>
    expect(() => deploy({ jobTypes: [type] })).toThrow('{ORDERS_TABLE}, which must be one of partition, region, account'));

  it('is refused with what there is: the worker of a type that is not deployed', () => {
    const jobs = deploy({});
    expect(() => jobs.workerOf('archive-order')).toThrow('There are: archive-orders.');
    expect(jobs.workerOf('archive-orders').grantPrincipal.assumeRoleAction).toBe('sts:AssumeRole');
  });

  it('is refused with the reason: a grant to callers who bring tokens', () => {
    const jobs = deploy({ auth: { kind: 'jwt', issuer: 'https://issuer.example', audience: ['shop'] } });
    expect(() => jobs.grantSubmit(jobs.workerOf('archive-orders'))).toThrow('there is nothing to grant them');
  });
});

it('says where jobs are submitted', () =>
  template.hasOutput('JobsUrl', { Value: { 'Fn::GetAtt': [idOf('AWS::ApiGatewayV2::Api', 'Jobs'), 'ApiEndpoint'] } }));

it('leaves nothing behind in the folder that the app was started from', () =>
  expect(readdirSync(app).sort()).toEqual(
    [...readdirSync(join(root, 'examples', 'shop')), 'cdk.out', 'node_modules', 'package.json']
      .filter((name, i, all) => all.indexOf(name) === i)
      .sort(),
  ));
