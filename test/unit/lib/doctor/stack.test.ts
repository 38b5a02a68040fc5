import { lookUpStack } from '../../../../lib/doctor/stack.ts';
import { elements, Fault, members } from '../../../support/aws-endpoint.ts';
import { withAws } from '../../../support/doctor-clients.ts';

const described = (StackStatus: string) =>
  members('Stacks', [
    `${elements({ StackName: 'Delegation', StackStatus, CreationTime: '2026-11-26T11:00:00Z' })}${members('Outputs', [elements({ OutputKey: 'Url', OutputValue: 'https://api' })])}`,
  ]);
/** Events in CloudFormation's order, newest first: an older failure belongs to another deploy. */
const events = members('StackEvents', [
  elements({
    EventId: '4',
    ResourceType: 'AWS::SQS::Queue',
    LogicalResourceId: 'Queue',
    ResourceStatus: 'CREATE_FAILED',
    ResourceStatusReason: 'Resource creation cancelled',
  }),
  elements({
    EventId: '3',
    ResourceType: 'AWS::ApiGatewayV2::Authorizer',
    LogicalResourceId: 'Tokens',
    ResourceStatus: 'CREATE_FAILED',
    ResourceStatusReason: 'Issuer is not valid',
  }),
  elements({
    EventId: '2',
    ResourceType: 'AWS::CloudFormation::Stack',
    LogicalResourceId: 'Delegation',
    ResourceStatus: 'UPDATE_IN_PROGRESS',
  }),
  elements({
    EventId: '1',
    ResourceType: 'AWS::S3::Bucket',
    LogicalResourceId: 'Old',
    ResourceStatus: 'CREATE_FAILED',
    ResourceStatusReason: 'long ago',
  }),
]);
const resource = (id: string) => elements({ LogicalResourceId: id, PhysicalResourceId: `physical-${id}`, ResourceType: 'AWS::SQS::Queue' });
/** The resources, in two pages. */
const resources = (input: unknown) =>
  (input as URLSearchParams).get('NextToken') === null
    ? `${members('StackResourceSummaries', [resource('A')])}<NextToken>more</NextToken>`
    : members('StackResourceSummaries', [resource('B')]);
const look = (answer: string | Fault) =>
  withAws({ DescribeStacks: answer, DescribeStackEvents: events, ListStackResources: resources }, ({ cloudFormation }) =>
    lookUpStack(cloudFormation, 'Delegation'),
  );

it('reports that a stack is not deployed yet', async () => {
  const found = await look(new Fault('ValidationError', 'Stack with id Delegation does not exist'));
  expect(found).toMatchObject({ isSettled: true, finding: { status: 'ok', found: 'The stack Delegation is not deployed yet.' } });
  expect(found.stack).toBeUndefined();
});

it('reads outputs and resources, page by page', async () => {
  const { stack, finding } = await look(described('CREATE_COMPLETE'));
  expect(finding.status).toBe('ok');
  expect(stack?.outputs).toEqual({ Url: 'https://api' });
  expect(stack?.resources.map(({ physicalId }) => physicalId)).toEqual(['physical-A', 'physical-B']);
});

it.each([
  ['UPDATE_COMPLETE', 'ok', true, true],
  ['REVIEW_IN_PROGRESS', 'ok', false, true],
  ['UPDATE_IN_PROGRESS', 'warning', true, false],
  ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'warning', true, false],
  ['UPDATE_ROLLBACK_IN_PROGRESS', 'warning', true, false],
  ['UPDATE_ROLLBACK_COMPLETE', 'warning', true, true],
  ['CREATE_IN_PROGRESS', 'warning', false, false],
  ['ROLLBACK_IN_PROGRESS', 'warning', false, false],
  ['DELETE_IN_PROGRESS', 'warning', false, false],
  ['ROLLBACK_COMPLETE', 'warning', false, true],
  ['ROLLBACK_FAILED', 'problem', false, true],
  ['CREATE_FAILED', 'problem', false, true],
  ['DELETE_FAILED', 'problem', false, true],
  ['UPDATE_ROLLBACK_FAILED', 'problem', true, true],
])('reports a stack in %s as %s', async (status, expected, isThere, isQuiet) => {
  const { stack, finding, isSettled } = await look(described(status));
  expect([finding.status, stack !== undefined, isSettled]).toEqual([expected, isThere, isQuiet]);
  if (!isQuiet) expect(finding.found).toMatch(/neither names nor leftovers of earlier stacks were checked/);
  else if (/ROLLBACK|FAILED/.test(status)) expect(finding.found).toMatch(/First failure: Tokens: Issuer is not valid$/);
});

it('does not report a missing permission as a missing stack', async () => {
  const found = await look(
    new Fault('AccessDenied', 'User: x is not authorized to perform: cloudformation:DescribeStacks on resource: y', 403),
  );
  expect(found).toMatchObject({
    isSettled: false,
    finding: { status: 'skipped', found: expect.stringContaining('you lack cloudformation:DescribeStacks') },
  });
});
