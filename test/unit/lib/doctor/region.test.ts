import { resourceTypes, runtimes, serviceRoles, services } from '../../../../lib/doctor/checks/region.ts';
import { Fault } from '../../../support/aws-endpoint.ts';
import { inShort, templateOf, withAws } from '../../../support/doctor-clients.ts';

const fn = { Type: 'AWS::Lambda::Function', Properties: { Runtime: 'nodejs24.x', Architectures: ['arm64'] } };

it.each([
  ['all', /./, /^ok: eu-central-1 has API Gateway, Lambda/],
  ['some', /lambda|sqs|s3|dynamodb/, /^warning: AWS does not list API Gateway among the services of eu-central-1/],
  ['no list at all', /nothing/, /^skipped/],
])('reports the services of the region: %s', async (_, there, expected) => {
  const answer = (input: unknown) =>
    there.test(
      String((input as { Name: string }).Name)
        .split('/')
        .at(-1) ?? '',
    )
      ? { Parameter: { Value: 'x' } }
      : new Fault('ParameterNotFound');
  expect(inShort(await withAws({ GetParameter: answer }, ({ ssm }) => services(ssm, 'eu-central-1')))[0]).toMatch(expected);
});

it.each([
  ['known', { Layers: [] }, /^ok: Lambda supports nodejs24\.x on arm64 here/],
  [
    'unknown',
    new Fault('InvalidParameterValueException', 'Member must satisfy enum value set: [nodejs22.x]'),
    /^problem: Lambda refuses nodejs24\.x on arm64 .*nodejs22\.x/,
  ],
])('reports a runtime that is %s', async (_, answer, expected) => {
  const findings = await withAws({ 'GET /2018-10-31/layers': answer }, ({ lambda }) => runtimes(lambda, templateOf({ A: fn, B: fn })));
  expect(findings).toHaveLength(1);
  expect(inShort(findings)[0]).toMatch(expected);
});

it.each([
  ['', 'ok: CloudFormation supports the 2 resource types of the stack here.'],
  ['AWS::Budgets::Budget', 'problem: CloudFormation does not support AWS::Budgets::Budget in this region, so the deploy would fail.'],
])('reports resource types without %j', async (unknown, expected) => {
  const template = templateOf({
    A: fn,
    B: { Type: 'AWS::Budgets::Budget' },
    C: { Type: 'AWS::CDK::Metadata' },
    D: { Type: 'Custom::S3AutoDeleteObjects' },
  });
  const answer = (input: unknown) =>
    (input as URLSearchParams).get('TypeName') === unknown
      ? new Fault('TypeNotFoundException', 'The type was not found', 404)
      : '<TypeName>x</TypeName>';
  const finding = await withAws({ DescribeType: answer }, ({ cloudFormation }) => resourceTypes(cloudFormation, template));
  expect(inShort(finding)).toEqual([expected]);
});

it('warns only of the role for Spot instances, and only if launches are possible', async () => {
  const none = { GetRole: new Fault('NoSuchEntity', 'gone', 404) };
  const statuses = (isLaunching: boolean) =>
    withAws(none, async ({ iam }) => (await serviceRoles(iam, { isLaunching })).map(({ status }) => status));
  expect(await statuses(true)).toEqual(['warning', 'ok']);
  expect(await statuses(false)).toEqual(['ok']);
});
