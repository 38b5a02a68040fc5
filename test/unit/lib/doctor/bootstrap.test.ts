import { assetBucket, bootstrapVersion, deployRoles, executionRole } from '../../../../lib/doctor/checks/bootstrap.ts';
import { elements, Fault, members } from '../../../support/aws-endpoint.ts';
import { inShort, target, withAws } from '../../../support/doctor-clients.ts';

const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const bootstrap = {
  parameter: '/cdk-bootstrap/hnb659fds/version',
  version: 6,
  bucket: 'cdk-assets',
  roles: [role('cdk-deploy'), role('cdk-publish')],
  executionRole: role('cdk-exec'),
};
const aRole = (input: unknown) => {
  const name = (input as URLSearchParams).get('RoleName') ?? '';
  const path = name === 'Developer' ? '/aws-reserved/sso.amazonaws.com/' : '/';
  return `<Role>${elements({ RoleName: name, Path: path, RoleId: 'AROA', Arn: `arn:aws:iam::123456789012:role${path}${name}`, CreateDate: '2026-01-01T00:00:00Z' })}</Role>`;
};
const simulated = (decision: string) =>
  members('EvaluationResults', [
    elements({ EvalActionName: 'sts:AssumeRole', EvalResourceName: role('cdk-deploy'), EvalDecision: decision }),
  ]);

it.each([
  ['as new as needed', { Parameter: { Value: '6' } }, 'ok: Bootstrapped, version 6 (needed: 6).'],
  ['too old', { Parameter: { Value: '5' } }, 'problem: Bootstrapped with version 5, but this release of the CDK needs 6.'],
  ['not a number', { Parameter: { Value: 'x' } }, 'problem: Bootstrapped with version x, but this release of the CDK needs 6.'],
  ['missing', new Fault('ParameterNotFound'), 'problem: This account and region are not bootstrapped.'],
])('reports the version of the bootstrapping: %s', async (_, answer, expected) => {
  const finding = await withAws({ GetParameter: answer }, ({ ssm }) => bootstrapVersion(ssm, bootstrap, target));
  expect(inShort(finding)).toEqual([expected]);
  if (finding.status === 'problem') expect(finding.commands).toEqual(['npx cdk bootstrap aws://123456789012/eu-central-1']);
});

it.each([
  ['there', '', 'ok: The CDK’s bucket'],
  ['deleted by hand', new Fault('NotFound', '', 404), 'problem: The CDK’s bucket'],
])("reports the CDK's bucket: %s", async (_, answer, expected) => {
  const finding = await withAws({ 'HEAD /cdk-assets': answer }, ({ s3 }) => assetBucket(s3, bootstrap, target));
  expect(inShort(finding)[0]).toMatch(expected.replace('’', "'"));
});

describe('the roles that deploy', () => {
  const ask = (decision: string, callerArn = target.callerArn) =>
    withAws({ GetRole: aRole, SimulatePrincipalPolicy: simulated(decision) }, async ({ iam }) =>
      deployRoles(iam, bootstrap, { ...target, callerArn }),
    );

  it('may be assumed', async () => expect(inShort(await ask('allowed'))).toEqual(['ok: You may assume the roles that deploy (2).']));

  it.each(['implicitDeny', 'explicitDeny'])('may not be assumed: %s', async (decision) =>
    expect(inShort(await ask(decision))).toEqual(['warning: Your own policies do not allow you to assume the roles that deploy.']),
  );

  it('are checked for the role of the session, by its ARN with its path', async () => {
    let source: string | null = '';
    const simulate = (input: unknown) => {
      source = (input as URLSearchParams).get('PolicySourceArn');
      return simulated('allowed');
    };
    await withAws({ GetRole: aRole, SimulatePrincipalPolicy: simulate }, ({ iam }) => deployRoles(iam, bootstrap, target));
    expect(source).toBe('arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/Developer');
  });

  it('are missing', async () => {
    const finding = await withAws({ GetRole: new Fault('NoSuchEntity', 'gone', 404) }, ({ iam }) => deployRoles(iam, bootstrap, target));
    expect(inShort(finding)).toEqual(['problem: Roles of the bootstrapping are missing: cdk-deploy, cdk-publish.']);
  });

  it('are not checked for a caller without policies', async () => {
    expect((await ask('allowed', 'arn:aws:iam::123456789012:root')).status).toBe('ok');
    expect((await ask('allowed', 'arn:aws:sts::123456789012:federated-user/ada')).status).toBe('skipped');
  });
});

it.each([
  ['AdministratorAccess', 'ok'],
  ['Narrow', 'warning'],
])('reports that CloudFormation acts with %s', async (PolicyName, status) => {
  const answer = members('AttachedPolicies', [elements({ PolicyName, PolicyArn: `arn:aws:iam::aws:policy/${PolicyName}` })]);
  const finding = await withAws({ ListAttachedRolePolicies: answer }, ({ iam }) => executionRole(iam, bootstrap));
  expect(finding.status).toBe(status);
});
