import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { writeConfig } from '../../lambdas/config.ts';
import { queueLimits } from '../../lambdas/core/contract/queue-limits.ts';
import { catalogue } from '../../lambdas/jobs/catalogue.ts';
import { deployedInternalTypes } from '../../lambdas/jobs/internal-types.ts';
import { DelegationStack } from '../../lib/delegation-stack.ts';
import { builtInJobTypes, type JobType } from '../../lib/job-type.ts';
import { parseSettings, runtimeSettings } from '../../lib/parse-settings.ts';
import type { DelegationSettingsInput } from '../../lib/settings.ts';
import { plainApp } from './templates.ts';

const settings: DelegationSettingsInput = {
  writableTables: ['orders'],
  sourceBuckets: ['data-lake'],
  ec2: { instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'], imageIds: ['ami-1'], launchTemplates: ['web'] },
};

const runtime = runtimeSettings(
  parseSettings(
    settings,
    catalogue.map(({ name }) => name),
  ),
);

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Effect: string;
  readonly Condition?: unknown;
}

function synthesise(architecture: 'arm64' | 'x86_64' = 'arm64') {
  const app = new App();
  const stack = new DelegationStack(app, 'Test', { ...settings, architecture });
  return { app, template: Template.fromStack(stack) };
}

const { app, template } = synthesise();
const resources = (type: string) => Object.entries(template.findResources(type));
const functionOf = (name: string) => {
  const found = resources('AWS::Lambda::Function').find(([, { Properties }]) => String(Properties.Description).includes(name));
  if (found === undefined) throw new Error(`no function of ${name}`);
  return found;
};
const statementsOf = (name: string): readonly Statement[] => {
  const [, { Properties }] = functionOf(name);
  const role = Properties.Role['Fn::GetAtt'][0];
  return resources('AWS::IAM::Policy')
    .filter(([, policy]) => JSON.stringify(policy.Properties.Roles).includes(`"${role}"`))
    .flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement);
};
const actionsOf = (name: string) => [...new Set(statementsOf(name).flatMap(({ Action }) => Action))].sort();

describe.each(catalogue.map((contract) => [contract.name, contract] as const))('the queue of %s', (name, contract) => {
  const [, worker] = functionOf(`does ${name} jobs`);
  const mapping = resources('AWS::Lambda::EventSourceMapping').find(
    ([, { Properties }]) => Properties.FunctionName.Ref === functionOf(`does ${name} jobs`)[0],
  );
  const queueId = mapping?.[1].Properties.EventSourceArn['Fn::GetAtt'][0];
  const queue = template.findResources('AWS::SQS::Queue')[queueId];

  it("hides a message for at least six times the function's time-out", () => {
    expect(worker.Properties.Timeout).toBe(contract.timeoutSeconds);
    expect(queue?.['Properties'].VisibilityTimeout).toBeGreaterThanOrEqual(6 * contract.timeoutSeconds);
  });

  it('takes partial batch responses, and caps how much of the account it uses', () => {
    expect(mapping?.[1].Properties).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: contract.concurrency },
      BatchSize: contract.batchSize,
    });
    expect(contract.concurrency).toBeGreaterThanOrEqual(2);
  });

  it('puts poison aside, and never a job that was only throttled', () => {
    expect(queue?.['Properties'].RedrivePolicy.maxReceiveCount).toBe(queueLimits(contract).maxReceiveCount);
    expect(queue?.['Properties'].RedrivePolicy.maxReceiveCount).toBeGreaterThanOrEqual(100);
  });

  it('lets the function send to its own queue without being stopped as a loop', () =>
    expect(worker.Properties.RecursiveLoop).toBe('Allow'));
});

it('gives the worker of redrives and cancels by filter what it does for jobs of every type, and nothing else', () => {
  expect(actionsOf('does bulk-action jobs')).toEqual([
    'dynamodb:BatchGetItem',
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:Query',
    'dynamodb:UpdateItem',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    's3:GetObject',
    's3:ListBucket',
    's3:PutObject',
    's3:PutObjectTagging',
    'sqs:ChangeMessageVisibility',
    'sqs:DeleteMessage',
    'sqs:GetQueueAttributes',
    'sqs:ReceiveMessage',
    'sqs:SendMessage',
  ]);
});

it('keeps and encrypts every queue for as long as SQS can', () => {
  const queues = resources('AWS::SQS::Queue');
  expect(queues).toHaveLength(2 * (catalogue.length + deployedInternalTypes({}).length));
  for (const [, { Properties }] of queues)
    expect(Properties).toMatchObject({ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true });
});

it('refuses plain HTTP at every queue and at the bucket', () => {
  const refusal = { Action: Match.anyValue(), Condition: { Bool: { 'aws:SecureTransport': 'false' } }, Effect: 'Deny' };
  const statement = { PolicyDocument: { Statement: Match.arrayWith([Match.objectLike(refusal)]) } };
  expect(Object.keys(template.findResources('AWS::SQS::QueuePolicy', { Properties: statement }))).toHaveLength(
    2 * (catalogue.length + deployedInternalTypes({}).length),
  );
  expect(Object.keys(template.findResources('AWS::S3::BucketPolicy', { Properties: statement }))).toHaveLength(1);
});

it('lets CloudWatch publish to the topic of the alarms, and no one over plain HTTP', () =>
  template.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        Match.objectLike({ Effect: 'Allow', Action: 'sns:Publish', Principal: { Service: 'cloudwatch.amazonaws.com' } }),
      ]),
    },
  }));

it('stops a loop of the functions that never send to themselves', () => {
  for (const name of ['accepts jobs', 'wakes overdue jobs']) expect(functionOf(name)[1].Properties.RecursiveLoop).toBe('Terminate');
});

it.each([
  ['retain', 0],
  ['destroy', 1],
] as const)('has a function that empties the bucket only when nothing is to stay: %s', (removalPolicy, count) => {
  const template = Template.fromStack(new DelegationStack(plainApp(), 'Test', { removalPolicy }));
  template.resourceCountIs('Custom::S3AutoDeleteObjects', count);
  const DeletionPolicy = { retain: 'RetainExceptOnCreate', destroy: 'Delete' }[removalPolicy];
  for (const type of ['AWS::S3::Bucket', 'AWS::DynamoDB::GlobalTable']) template.allResources(type, { DeletionPolicy });
});

it('keeps the table when the stack goes, can restore it to any moment, and lets ended jobs expire', () => {
  const [[id, table] = []] = resources('AWS::DynamoDB::GlobalTable');
  expect(table).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  expect(table?.Properties).toMatchObject({
    BillingMode: 'PAY_PER_REQUEST',
    TimeToLiveSpecification: { AttributeName: 'expiresAtSeconds', Enabled: true },
    Replicas: [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
  });
  // A changed logical id would replace the table with an empty one.
  expect(id).toBe('DelegationJobsTable13E63AE3');
});

it('keeps the bucket when the stack goes, closed to the public and encrypted, and lets objects expire', () => {
  const [[id, bucket] = []] = resources('AWS::S3::Bucket');
  expect(bucket).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  expect(bucket?.Properties).toMatchObject({
    PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
    BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
    LifecycleConfiguration: {
      Rules: [
        { Status: 'Enabled', ExpirationInDays: 762 },
        { Status: 'Enabled', Prefix: 'uploads/', TagFilters: [{ Key: 'delegation-upload', Value: 'unused' }], ExpirationInDays: 7 },
      ],
    },
  });
  expect(id).toBe('DelegationPayloadsBucketE2D1E6AE');
});

it('lets the API write uploads and read none, and those workers read them whose types take them', () => {
  const onUploads = (name: string) =>
    statementsOf(name)
      .filter(({ Resource }) => JSON.stringify(Resource).includes('/uploads/*'))
      .flatMap(({ Action }) => Action)
      .sort();
  expect(onUploads('accepts jobs')).toEqual(['s3:GetObjectTagging', 's3:PutObject', 's3:PutObjectTagging']);
  for (const type of ['run-query', 'write-batch']) expect(onUploads(`does ${type} jobs`)).toEqual(['s3:GetObject']);
  for (const type of ['launch-instances', 'terminate-instances']) expect(onUploads(`does ${type} jobs`)).toEqual([]);
  expect(onUploads('wakes overdue jobs')).toEqual([]);
});

it('lets every log expire, and gives each function a log of its own', () => {
  const functions = resources('AWS::Lambda::Function').filter(([, { Properties }]) =>
    String(Properties.Description).startsWith('Delegation'),
  );
  expect(functions).toHaveLength(catalogue.length + deployedInternalTypes({}).length + 2);
  const logs = functions.map(([, { Properties }]) => Properties.LoggingConfig.LogGroup.Ref as string);
  expect(new Set(logs).size).toBe(functions.length);
  for (const log of logs) expect(template.findResources('AWS::Logs::LogGroup')[log]?.['Properties'].RetentionInDays).toBe(30);
});

it('asks every caller to sign, but for the health check and the pages about problems', () => {
  const types = resources('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => [Properties.RouteKey, Properties.AuthorizationType]);
  expect(new Map(types as [string, string][])).toEqual(
    new Map([
      ['$default', 'AWS_IAM'],
      ['POST /v1/jobs', 'AWS_IAM'],
      ['GET /healthz', 'NONE'],
      ['GET /problems/{name}', 'NONE'],
    ]),
  );
});

it('lets those workers that may end jobs of a type with concurrency keys see who is next in line, and no others', () => {
  const withContract = (name: string, more: object): JobType => {
    const [known] = builtInJobTypes.filter(({ contract }) => contract.name === name);
    if (known === undefined) throw new Error(`There is no job type ${name}.`);
    return { folder: join(__dirname, '..', '..', 'lambdas', 'jobs', name), contract: { ...known.contract, ...more } };
  };
  // A cancelled query takes its launches along, and those their terminations.
  const changed = [
    withContract('terminate-instances', { keys: { limit: 1 } }),
    withContract('run-query', { delegatesTo: ['launch-instances'] }),
  ];
  const others = builtInJobTypes.filter(({ contract }) => changed.every((one) => one.contract.name !== contract.name));
  const stack = new DelegationStack(plainApp(), 'Keys', { jobTypes: [...changed, ...others] });
  const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  const readers = policies.filter(([, { Properties }]) => /dynamodb:Query.*index\/due/.test(JSON.stringify(Properties.PolicyDocument)));
  const names = readers.map(([id]) => id.replace(/^Delegation(?:Worker)?|RoleDefaultPolicy.*$/g, '')).toSorted();
  expect(names).toEqual(['Api', 'Clock', 'bulkaction', 'group', 'launchinstances', 'runquery', 'terminateinstances']);
});

describe('links for signals', () => {
  const folder = join(__dirname, '..', '..', 'lambdas', 'jobs', 'write-batch');
  const [known] = builtInJobTypes.filter(({ contract }) => contract.name === 'write-batch');
  const withSignals = { ...known, folder, contract: { ...known?.contract, signals: { go: z.null() } } } as JobType;
  const stack = new DelegationStack(plainApp(), 'Links', { jobTypes: [withSignals, ...builtInJobTypes.filter((one) => one !== known)] });
  const made = Template.fromStack(stack);
  const found = (type: string) => Object.values(made.findResources(type)).map(({ Properties }) => Properties);

  it('open exactly their route to everybody, with an own throttle, and only where a job type has signals', () => {
    const types = found('AWS::ApiGatewayV2::Route').map(({ RouteKey, AuthorizationType }) => [RouteKey, AuthorizationType]);
    expect(new Map(types as [string, string][])).toEqual(
      new Map([
        ['$default', 'AWS_IAM'],
        ['POST /v1/jobs', 'AWS_IAM'],
        ['GET /healthz', 'NONE'],
        ['GET /problems/{name}', 'NONE'],
        ['GET /v1/links/{id}', 'NONE'],
        ['HEAD /v1/links/{id}', 'NONE'],
        ['POST /v1/links/{id}', 'NONE'],
      ]),
    );
    const [stage] = found('AWS::ApiGatewayV2::Stage');
    for (const method of ['GET', 'HEAD', 'POST'])
      expect(stage?.RouteSettings[`${method} /v1/links/{id}`]).toEqual({ ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 });
  });

  it('are at the address of the API, which only workers whose type has signals know', () => {
    const functions = found('AWS::Lambda::Function').map(({ Description, Environment }) => [
      Description,
      Environment?.Variables.DELEGATION_API_URL,
    ]);
    const knowing = functions.filter(([, url]) => url !== undefined);
    expect(knowing).toEqual([['Delegation: does write-batch jobs', { 'Fn::GetAtt': [expect.stringMatching(/Gateway/), 'ApiEndpoint'] }]]);
  });

  it('have a secret that the access log does not hold: neither its format nor the path has the query', () => {
    const [stage] = found('AWS::ApiGatewayV2::Stage');
    const format = JSON.parse(String(stage?.AccessLogSettings.Format)) as Record<string, string>;
    expect(Object.values(format).filter((variable) => /query|uri|header|Url/i.test(variable))).toEqual([]);
    expect(format).toMatchObject({ path: '$context.path' });
  });
});

it('answers pages of other origins only where the deployer names them', () => {
  const cors = (settings: DelegationSettingsInput) => {
    const stack = new DelegationStack(plainApp(), 'Cors', settings);
    const made = Template.fromStack(stack);
    const [api] = Object.values(made.findResources('AWS::ApiGatewayV2::Api'));
    const keys = Object.values(made.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties.RouteKey as string);
    const [bucket] = Object.values(made.findResources('AWS::S3::Bucket'));
    return { configuration: api?.['Properties'].CorsConfiguration, keys, uploads: bucket?.['Properties'].CorsConfiguration };
  };
  expect(cors({})).toMatchObject({
    configuration: undefined,
    uploads: undefined,
    keys: expect.not.arrayContaining(['OPTIONS /{proxy+}']) as string[],
  });
  const { configuration, keys, uploads } = cors({ corsOrigins: ['https://app.example.com'] });
  expect(configuration).toMatchObject({
    AllowOrigins: ['https://app.example.com'],
    ExposeHeaders: expect.arrayContaining(['location', 'etag']),
  });
  expect(keys).toContain('OPTIONS /{proxy+}');
  expect(uploads).toEqual({
    CorsRules: [expect.objectContaining({ AllowedOrigins: ['https://app.example.com'], AllowedMethods: ['PUT'] })],
  });
  expect(() => parseSettings({ corsOrigins: ['*'] }, [])).toThrow('must be an origin');
});

it('throttles the public routes separately, and submissions by their setting', () => {
  const [[, { Properties, DependsOn }] = ['', { Properties: {}, DependsOn: [] }]] = resources('AWS::ApiGatewayV2::Stage');
  expect(Properties.RouteSettings).toEqual({
    'GET /healthz': { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 },
    'GET /problems/{name}': { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 },
    'POST /v1/jobs': { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 },
  });
  expect(Properties.DefaultRouteSettings).toEqual({
    ThrottlingRateLimit: 500,
    ThrottlingBurstLimit: 1_000,
    DetailedMetricsEnabled: false,
  });
  const routes = resources('AWS::ApiGatewayV2::Route').filter(([, { Properties }]) => Properties.RouteKey !== '$default');
  expect(DependsOn).toEqual(expect.arrayContaining(routes.map(([id]) => id)));
});

it('takes bursts of no more than an account can', () => {
  const stack = new DelegationStack(plainApp(), 'Test', { throttle: { submissionsPerSecond: 2_000, requestsPerSecond: 10_000 } });
  Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::Stage', {
    DefaultRouteSettings: { ThrottlingRateLimit: 10_000, ThrottlingBurstLimit: 5_000 },
    RouteSettings: { 'POST /v1/jobs': { ThrottlingRateLimit: 2_000, ThrottlingBurstLimit: 4_000 } },
  });
});

it('refuses allow-lists that a function cannot carry, and says what to change', () => {
  const writableTables = (length: number) => Array.from({ length }, (_, i) => `orders-of-the-year-${2_000 + i}`);
  const deploy = (length: number) => new DelegationStack(plainApp(), 'Test', { writableTables: writableTables(length) });
  expect(() => deploy(80)).not.toThrow();
  expect(() => deploy(150)).toThrow(/takes about \d{4} bytes, and Lambda takes 4096: shorten the allow-lists/);
});

it('says what a key of its own takes, rather than what CDK could not render', () =>
  expect(() => new DelegationStack(plainApp(), 'Test', { encryption: 'own-key' })).toThrow('set AWS_REGION'));

it.each([
  ['no run for five minutes', 'Invocations', { ComparisonOperator: 'LessThanThreshold', Threshold: 1, TreatMissingData: 'breaching' }],
  ['most runs failing', 'Errors', { ComparisonOperator: 'GreaterThanOrEqualToThreshold', Threshold: 3, TreatMissingData: 'notBreaching' }],
])('alarms about %s of the clock', (_, MetricName, rule) => {
  const [clock] = functionOf('wakes overdue jobs');
  const Dimensions = [{ Name: 'FunctionName', Value: { Ref: clock } }];
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName, Dimensions, Period: 300, Statistic: 'Sum', ...rule });
});

it('runs the clock every minute', () =>
  template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' }));

describe('permissions', () => {
  it('let whoever ends jobs wake those of every type: any may wait for the end of another', () => {
    const types = catalogue.map(({ name }) => name);
    const parts = new Map(
      [...types, 'bulk-action', 'group', 'deliver-webhook'].map((type) => [`Queue${type.replaceAll('-', '')}Queue`, type]),
    );
    const typesIn = (value: unknown) => {
      const text = JSON.stringify(value);
      return [...parts].flatMap(([part, type]) => (new RegExp(`${part}[0-9A-F]{8}`).test(text) ? [type] : [])).toSorted();
    };
    const sendsTo = (name: string) => {
      const sending = statementsOf(name).filter(({ Action }) => [Action].flat().includes('sqs:SendMessage'));
      const [, { Properties }] = functionOf(name);
      return [typesIn(sending.map(({ Resource }) => Resource)), typesIn(Properties.Environment.Variables.DELEGATION_QUEUES)];
    };
    for (const type of [...types, 'group']) {
      const expected = [...types, 'group'].toSorted();
      expect([type, ...sendsTo(`does ${type} jobs`)]).toEqual([type, expected, expected]);
    }
    const all = [...types, 'bulk-action', 'group'].toSorted();
    for (const name of ['accepts jobs', 'wakes overdue jobs', 'does bulk-action jobs'])
      expect([name, ...sendsTo(name)]).toEqual([name, all, all]);
  });

  it('let the worker of webhooks wake every type, too, since a job may start after a delivery, and the others send to its queue', () => {
    const stack = new DelegationStack(plainApp(), 'Hooks', { ...settings, webhooks: {} });
    const made = Template.fromStack(stack);
    const policies = Object.entries(made.findResources('AWS::IAM::Policy'));
    const sendersTo = (type: string) =>
      policies.flatMap(([id, { Properties }]) => {
        const statements = Properties.PolicyDocument.Statement as readonly Statement[];
        const sending = statements.filter(({ Action }) => [Action].flat().includes('sqs:SendMessage'));
        const isSender = JSON.stringify(sending.map(({ Resource }) => Resource)).includes(`DelegationQueue${type}Queue`);
        return isSender ? [id.replace(/^Delegation(?:Worker)?|RoleDefaultPolicy.*$/g, '')] : [];
      });
    const everyone = [
      'Api',
      'Clock',
      ...[...catalogue, ...deployedInternalTypes({ webhooks: {} } as never)].map(({ name }) => name.replaceAll('-', '')),
    ];
    expect(sendersTo('writebatch').toSorted()).toEqual(everyone.toSorted());
    expect(sendersTo('deliverwebhook').toSorted()).toEqual(everyone.toSorted());
    expect(sendersTo('group').toSorted()).toEqual(everyone.filter((name) => name !== 'deliverwebhook').toSorted());
  });

  it('are those actions for each function, and no others', () => {
    const engine = ['dynamodb:GetItem', 'dynamodb:UpdateItem', 's3:GetObject', 's3:ListBucket', 's3:PutObject'];
    const queue = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:SendMessage'];
    const expected: Record<string, readonly string[]> = {
      'accepts jobs': [
        'dynamodb:BatchGetItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
        's3:GetObject',
        's3:GetObjectTagging',
        's3:ListBucket',
        's3:PutObject',
        's3:PutObjectTagging',
        'sqs:GetQueueAttributes',
        'sqs:SendMessage',
      ],
      'wakes overdue jobs': [
        ...['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:Scan', 'dynamodb:UpdateItem'],
        ...['s3:GetObject', 's3:ListBucket', 's3:PutObject', 'sqs:GetQueueAttributes', 'sqs:SendMessage'],
      ],
      'does write-batch jobs': [...engine, ...queue, 's3:AbortMultipartUpload', 'dynamodb:BatchWriteItem', 'dynamodb:DescribeTable'],
      'does run-query jobs': [...engine, ...queue, 's3:AbortMultipartUpload'],
      'does launch-instances jobs': [
        ...engine,
        ...queue,
        ...[
          'dynamodb:PutItem',
          'ec2:CreateTags',
          'ec2:DescribeInstanceStatus',
          'ec2:DescribeInstances',
          'ec2:RunInstances',
          'ec2:TerminateInstances',
        ],
      ],
      'does terminate-instances jobs': [...engine, ...queue, 'ec2:DescribeInstances', 'ec2:TerminateInstances'],
    };
    const log = ['logs:CreateLogStream', 'logs:PutLogEvents'];
    for (const [name, actions] of Object.entries(expected)) expect([name, actionsOf(name)]).toEqual([name, [...actions, ...log].sort()]);
  });

  it('are filled in wherever they name the account, the region or the partition, in conditions, too', () => {
    expect(JSON.stringify(resources('AWS::IAM::Policy'))).not.toMatch(/\{(partition|region|account)\}/);
    const fromTemplates = statementsOf('does launch-instances jobs').find(({ Condition }) =>
      JSON.stringify(Condition)?.includes('ec2:LaunchTemplate'),
    );
    expect(JSON.stringify(fromTemplates?.Condition)).toContain('AWS::AccountId');
  });

  it('name no action and no resource by a bare star, but where EC2 has no other way', () => {
    const bare = resources('AWS::IAM::Policy').flatMap(([, { Properties }]) =>
      (Properties.PolicyDocument.Statement as Statement[]).filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action),
    );
    expect([...new Set(bare)].sort()).toEqual(['ec2:DescribeInstanceStatus', 'ec2:DescribeInstances']);
    expect(JSON.stringify(resources('AWS::IAM::Policy'))).not.toMatch(/"Action":"[a-z0-9]+:\*"/);
  });
});

describe.each([
  ['arm64', 0xb7],
  ['x86_64', 0x3e],
] as const)('the asset of run-query for %s', (name, machine) => {
  it("holds DuckDB's native binding of that architecture, on any machine that synthesises it", () => {
    const made = name === 'arm64' ? { app, template } : synthesise(name);
    const found = Object.values(made.template.findResources('AWS::Lambda::Function')).find(
      ({ Properties }) => Properties.Description === 'Delegation: does run-query jobs',
    );
    expect(found?.['Properties'].Architectures).toEqual([name]);
    const key = String(found?.['Properties'].Code.S3Key).replace('.zip', '');
    const asset = join(made.app.synth().directory, `asset.${key}`);
    const cpu = name === 'arm64' ? 'arm64' : 'x64';
    const binding = join(asset, 'node_modules', '@duckdb', `node-bindings-linux-${cpu}`);
    for (const file of ['duckdb.node', 'libduckdb.so']) {
      // The ELF header: magic number, and the machine in bytes 18 and 19. https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
      const header = readFileSync(join(binding, file)).subarray(0, 20);
      expect([header.subarray(0, 4).toString('latin1'), header.readUInt16LE(18)]).toEqual(['\x7fELF', machine]);
    }
    expect(existsSync(join(asset, 'index.js')) && statSync(join(asset, 'index.js')).size).toBeGreaterThan(10_000);
  });
});

let made: ReturnType<typeof synthesise> | undefined;
// Lambda's binding is one of Linux, so elsewhere the query worker cannot be loaded.
const loadable = catalogue.filter(({ nativeModules = [] }) => nativeModules.length === 0 || process.platform === 'linux');
it.each(['accepts jobs', 'wakes overdue jobs', ...loadable.map(({ name }) => `does ${name} jobs`)])(
  'bundles the function that %s into one file that Node loads alone, with nothing of the project around it',
  (name) => {
    // For this machine's architecture, since the binding beside the query worker is really loaded.
    made ??= process.arch === 'arm64' ? { app, template } : synthesise('x86_64');
    const found = Object.values(made.template.findResources('AWS::Lambda::Function')).find(({ Properties }) =>
      String(Properties.Description).includes(name),
    );
    const key = String(found?.['Properties'].Code.S3Key).replace('.zip', '');
    const file = join(made.app.synth().directory, `asset.${key}`, 'index.js');
    const types = ['accepts jobs', 'wakes overdue jobs'].includes(name) ? [] : [name.replace(/^does (.*) jobs$/, '$1')];
    const config = {
      ...{ tableName: 't', bucketName: 'b', leaseSeconds: 120, graceSeconds: 120, clockSeconds: 60, retentionDays: 30, settings: runtime },
      queues: Object.fromEntries(types.map((type) => [type, { url: 'https://queue' }])),
    };
    const env = { ...writeConfig(config), AWS_REGION: 'us-east-1', AWS_LAMBDA_FUNCTION_NAME: 'f', PATH: process.env['PATH'] };
    const script = `process.stdout.write(typeof require(${JSON.stringify(file)}).handler)`;
    expect(execFileSync(process.execPath, ['-e', script], { env, cwd: '/' }).toString()).toBe('function');
  },
);

it('gives each of several stages in one app the code of its own job types', () => {
  const stages = plainApp();
  const typeOf = { One: 'write-batch', Two: 'terminate-instances', Again: 'write-batch' };
  for (const [stage, type] of Object.entries(typeOf)) {
    new DelegationStack(stages, stage, { disabledJobTypes: catalogue.map(({ name }) => name).filter((name) => name !== type) });
  }
  const assembly = stages.synth();
  const codeOf = (stage: string) =>
    Object.values(Template.fromJSON(assembly.getStackByName(stage).template).findResources('AWS::Lambda::Function'))
      .filter(({ Properties }) => !String(Properties.Description).includes('does'))
      .map(({ Properties }) => Properties.Code.S3Key as string);
  expect(codeOf('One')).toHaveLength(2);
  expect(codeOf('Again')).toEqual(codeOf('One'));
  expect(codeOf('One').filter((code) => codeOf('Two').includes(code))).toEqual([]);
});
