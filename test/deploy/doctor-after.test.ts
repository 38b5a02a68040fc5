import { CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, PutMetricDataCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { alarmPath, alarmStates } from '../../lib/doctor/checks/alarms.ts';
import { triggers } from '../../lib/doctor/checks/health.ts';
import { type Credentials, clientsFor } from '../../lib/doctor/clients.ts';
import { isReadOnly } from '../../lib/doctor/read-only.ts';
import { lookUpStack } from '../../lib/doctor/stack.ts';
import { signedTransport } from '../support/signed-transport.ts';
import { tokenOf } from './issuer.ts';
import { type Examination, examined, readerKeys, unknownToMinistack } from './run-doctor.ts';

const { issuerKey = '' } = JSON.parse(process.env['DELEGATION_DEPLOYED'] ?? '{}') as { readonly issuerKey?: string };
const { issuer = '' } = JSON.parse(process.env['DELEGATION_DEPLOY_TEST'] ?? '{}') as { readonly issuer?: string };
/** The reader may not assume the roles that deploy. */
const rights = ['deploy-roles: warning'];
/** One of the source buckets is in another region. */
const inAnotherRegion = ['bucket: warning'];
/** The tests before have put numbers into the alarms' metrics, the clock's among them. */
const shaken = ['alarms: warning', 'alarms: problem', 'clock: problem'];
/** ministack attaches no managed policies when CloudFormation makes a role, and has no roles of AWS's services. */
const differences = [...unknownToMinistack, ...rights, ...inAnotherRegion, ...shaken, 'execution-role: warning', 'service-roles: warning'];

const commands: string[] = [];
let reader: Credentials;
let ofTest: Examination;
let ofTokens: Examination;

beforeAll(async () => {
  // The names of the URLs end in .localhost, which this makes known.
  signedTransport({ accessKeyId: '', secretAccessKey: '', region: '' });
  reader = await readerKeys();
  await ranClock();
  recordCommands();
  const nowSeconds = Math.floor(Date.now() / 1000);
  const token = tokenOf(issuerKey, { iss: issuer, aud: 'delegation', sub: 'ann', iat: nowSeconds, exp: nowSeconds + 600 });
  [ofTest, ofTokens] = await Promise.all([examined('test', reader), examined('tokens', reader, { DELEGATION_TOKEN: token })]);
});

/** Records every command of the SDK: all go through this method. */
function recordCommands(): void {
  const base = Object.getPrototypeOf(Object.getPrototypeOf(PurgeQueueCommand.prototype)) as {
    resolveMiddlewareWithContext(...args: unknown[]): unknown;
  };
  const resolve = base.resolveMiddlewareWithContext;
  base.resolveMiddlewareWithContext = function (this: unknown, ...args: unknown[]) {
    commands.push((args[3] as { commandName: string }).commandName);
    return resolve.apply(this, args);
  };
}

async function resources(StackName: string) {
  const { StackResourceSummaries = [] } = await new CloudFormationClient().send(new ListStackResourcesCommand({ StackName }));
  return StackResourceSummaries;
}

/** Counts an invocation, as Lambda does; ministack accepts such metrics from any caller. */
async function ranClock(): Promise<void> {
  for (const stack of ['Delegation-test', 'Delegation-tokens']) {
    const clock = (await resources(stack)).find(({ LogicalResourceId = '' }) => /ClockFunction[0-9A-F]{8}$/.test(LogicalResourceId));
    const Dimensions = [{ Name: 'FunctionName', Value: clock?.PhysicalResourceId ?? '' }];
    const MetricData = [{ MetricName: 'Invocations', Dimensions, Value: 1, Timestamp: new Date(Date.now() - 60_000) }];
    await new CloudWatchClient().send(new PutMetricDataCommand({ Namespace: 'AWS/Lambda', MetricData }));
  }
}

it('reports a healthy deployment to a user who may only read, by calls that only read', () => {
  const { unusual, sentenceOf } = ofTest;
  expect(unusual.filter((one) => !differences.includes(one))).toEqual([]);
  expect(sentenceOf('signed-call')).toBe('A signed call succeeds: 6 job types.');
  expect(unusual).toContain('deploy-roles: warning');
  expect(sentenceOf('triggers')).toBe('All 9 queues invoke their workers.');
  expect(ofTest.findings.filter(({ check, status }) => check === 'webhook-secret' && status === 'ok')).toHaveLength(2);
  expect(sentenceOf('clock')).toMatch(/^The clock ran \d+ s ago/);
  expect(commands.filter((command) => !isReadOnly(command))).toEqual([]);
  expect(commands.length).toBeGreaterThan(50);
});

it('reports a healthy stage with tokens, and warns of its issuer', () => {
  const { findings, unusual, sentenceOf } = ofTokens;
  // The issuer has an EC key beside its RSA key, and is on this machine.
  expect(unusual.filter((one) => !differences.includes(one))).toEqual(['issuer: warning', 'issuer: warning']);
  expect(findings.filter(({ check }) => check === 'issuer').map(({ found }) => found)).toEqual([
    'The issuer has RSA keys (1) and others (EC).',
    'localhost has only a private address.',
  ]);
  expect(sentenceOf('token-call')).toBe('A call with the token succeeds: 1 job type.');
});

it('reports a trigger that was turned off, and a red alarm', async () => {
  const clients = clientsFor({ region: 'us-east-1', credentials: reader });
  const { stack } = await lookUpStack(clients.cloudFormation, 'Delegation-test');
  if (stack === undefined) throw new Error('There is no stack.');
  const UUID = stack.resources.find(({ type }) => type === 'AWS::Lambda::EventSourceMapping')?.physicalId ?? '';
  const AlarmName = stack.resources.find(({ logicalId }) => logicalId.includes('ServerErrors'))?.physicalId ?? '';
  const lambda = new LambdaClient();
  const cloudWatch = new CloudWatchClient();
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'testing the path' }));
  const [trigger, alarm, path] = await Promise.all([
    triggers(clients.lambda, stack),
    alarmStates(clients.cloudWatch, stack, new Date()),
    alarmPath(clients.cloudWatch, stack, { isEncrypted: true }),
  ]);
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'OK', StateReason: 'tried' }));
  expect(trigger).toMatchObject({ status: 'problem', commands: [`aws lambda update-event-source-mapping --uuid ${UUID} --enabled`] });
  expect(alarm.found).toMatch(/ServerErrors is red: Callers get 500 or 503\..*#server-errors/);
  expect(path.found).toMatch(/alarm/);
});
