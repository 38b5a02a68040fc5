import { noIdentity } from '../../../../lib/doctor/deploy-failure.ts';
import { findRegion, identify } from '../../../../lib/doctor/target.ts';
import { elements, Fault } from '../../../support/aws-endpoint.ts';
import { inShort, withAws } from '../../../support/doctor-clients.ts';

describe('the region', () => {
  const { AWS_REGION, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE } = process.env;
  beforeEach(() => {
    delete process.env['AWS_REGION'];
    Object.assign(process.env, { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' });
  });
  afterAll(() => {
    for (const [name, value] of Object.entries({ AWS_REGION, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it.each([
    [{ AWS_REGION: 'eu-central-1' }, undefined, 'eu-central-1', []],
    [{ AWS_DEFAULT_REGION: 'eu-north-1' }, undefined, 'eu-north-1', []],
    [{ AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'eu-central-1' }, undefined, 'eu-central-1', []],
    [{ AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'us-east-1' }, undefined, 'eu-central-1', ['warning']],
    [{ AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'us-east-1' }, 'us-gov-west-1', 'us-gov-west-1', []],
    [{ AWS_REGION: 'eusc-de-east-1' }, undefined, 'eusc-de-east-1', []],
    [{ AWS_REGION: 'us-iso-east-1' }, undefined, 'us-iso-east-1', []],
    [{ AWS_REGION: 'Frankfurt' }, undefined, undefined, ['problem']],
    [{}, undefined, undefined, ['problem']],
  ])('of %j, and %s as an option, is %s', async (env, given, region, statuses) => {
    const found = await findRegion(env, given);
    expect([found.region, found.findings.map(({ status }) => status)]).toEqual([region, statuses]);
  });
});

describe('the caller', () => {
  const answer = (Arn: string) => elements({ Arn, Account: '123456789012', UserId: 'x' });
  const ask = (GetCallerIdentity: string | Fault) =>
    withAws({ GetCallerIdentity }, async ({ sts }) => (await identify(sts, 'eu-central-1')).finding);

  it('is named', async () =>
    expect(inShort(await ask(answer('arn:aws:iam::123456789012:user/ada')))).toEqual([
      'ok: You are arn:aws:iam::123456789012:user/ada: account 123456789012, region eu-central-1.',
    ]));

  it('is warned as the root user', async () => expect((await ask(answer('arn:aws:iam::123456789012:root'))).status).toBe('warning'));

  it('is in another partition', async () => {
    const found = await withAws({ GetCallerIdentity: answer('arn:aws-cn:iam::123456789012:user/ada') }, ({ sts }) =>
      identify(sts, 'cn-north-1'),
    );
    expect(found.target?.partition).toBe('aws-cn');
  });

  it.each([
    ['ExpiredToken', 'Your credentials have expired.', 'aws sso login'],
    ['ExpiredTokenException', 'Your credentials have expired.', 'aws sso login'],
    ['InvalidClientTokenId', 'AWS does not accept your credentials (InvalidClientTokenId).', 'aws configure list'],
    ['SignatureDoesNotMatch', 'AWS does not accept your credentials (SignatureDoesNotMatch).', 'aws configure list'],
  ])('is refused: %s', async (code, found, command) => {
    const finding = await ask(new Fault(code, 'no', 403));
    expect(finding).toMatchObject({ status: 'problem', found });
    expect(finding.commands).toContain(command);
  });

  it('has a wrong clock', async () =>
    expect((await ask(new Fault('RequestTimeTooSkewed', 'skewed', 403))).found).toMatch(/clock is wrong/));

  it.each([
    ['ENOTFOUND', Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })],
    ['ECONNREFUSED', new AggregateError([Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })], 'connect')],
    ['TimeoutError', Object.assign(new Error('timed out'), { name: 'TimeoutError' })],
  ])('is offline: %s', (code, error) =>
    expect(noIdentity(error, 'eu-central-1').found).toBe(`AWS cannot be reached in eu-central-1: ${code}.`),
  );

  it.each([
    ['Could not load credentials from any providers', 'There are no AWS credentials.'],
    [
      'The SSO session associated with this profile has expired. To refresh this SSO session run aws sso login',
      'Your credentials have expired.',
    ],
    ['Could not resolve credentials using profile: [work]', 'There are no AWS credentials.'],
  ])('has no credentials: %s', (message, found) => {
    expect(noIdentity(Object.assign(new Error(message), { name: 'CredentialsProviderError' }), 'eu-central-1').found).toBe(found);
  });
});
