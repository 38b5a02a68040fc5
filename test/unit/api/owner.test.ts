import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { callerOf } from '../../../lambdas/api/owner.ts';

const event = (authorizer: object | undefined) => ({ requestContext: { authorizer } }) as unknown as APIGatewayProxyEventV2;
const iam = (userArn: string) => event({ iam: { userArn } });
const jwt = (claims: object) => event({ jwt: { claims } });
const role = 'arn:aws:iam::123456789012:role/Operations';

describe('a signed request', () => {
  const settings = { admins: [role] };

  it('belongs to the user who signed it', () =>
    expect(callerOf(iam('arn:aws:iam::123456789012:user/ann'), settings)).toEqual({
      owner: 'arn:aws:iam::123456789012:user/ann',
      isAdmin: false,
    }));

  it('belongs to a role without its session, so that a job outlives the session that made it', () =>
    expect(callerOf(iam('arn:aws:sts::123456789012:assumed-role/Web/i-0abc'), settings)?.owner).toBe('arn:aws:iam::123456789012:role/Web'));

  it('is an admin’s in any session of an admin role', () =>
    expect(callerOf(iam('arn:aws:sts::123456789012:assumed-role/Operations/ann@example.com'), settings)).toEqual({
      owner: role,
      isAdmin: true,
    }));

  it('is an admin’s of no role of the same name in another account', () =>
    expect(callerOf(iam('arn:aws:sts::210987654321:assumed-role/Operations/ann'), settings)?.isAdmin).toBe(false));

  it('without any authoriser belongs to nobody', () => expect(callerOf(event(undefined), settings)).toBeUndefined());
});

describe('a token', () => {
  const settings = { admins: [], jwt: { ownerClaim: 'sub', adminClaim: { name: 'groups', value: 'operations' } } };

  it('names its owner in a claim', () => expect(callerOf(jwt({ sub: 'ann' }), settings)).toEqual({ owner: 'ann', isAdmin: false }));

  it.each([
    ['a text', 'operations'],
    ['a list, as API Gateway hands it on', '[people operations]'],
    ['a list of one', '[operations]'],
    ['an array', ['people', 'operations']],
  ])('makes an admin of whoever’s claim is %s with the value', (_, groups) =>
    expect(callerOf(jwt({ sub: 'ann', groups }), settings)?.isAdmin).toBe(true),
  );

  it.each([['other-operations'], ['[other-operations people]'], [''], [undefined]])('makes no admin of a claim that is %p', (groups) =>
    expect(callerOf(jwt({ sub: 'ann', groups }), settings)?.isAdmin).toBe(false),
  );

  it.each([[{}], [{ sub: '' }], [{ sub: null }]])('with the claims %p belongs to nobody', (claims) =>
    expect(callerOf(jwt(claims), settings)).toBeUndefined(),
  );

  it('takes no member of the prototype for a claim', () =>
    expect(callerOf(jwt({}), { ...settings, jwt: { ownerClaim: 'constructor' } })).toBeUndefined());

  it('is asked for even if something else vouches for the caller', () =>
    expect(callerOf(iam('arn:aws:iam::123456789012:user/ann'), settings)).toBeUndefined());
});
