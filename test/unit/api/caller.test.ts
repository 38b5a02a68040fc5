import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { callerOf } from '../../../lambdas/api/caller.ts';

const event = (authorizer: object | undefined, headers: object = {}) =>
  ({ requestContext: { authorizer }, headers }) as unknown as APIGatewayProxyEventV2;
const iam = (userArn: string) => event({ iam: { userArn } });
/** As API Gateway hands a token's claims on: as texts, lists in brackets. */
const asTexts = (claims: object) =>
  Object.fromEntries(
    Object.entries(claims).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? `[${value.join(' ')}]` : value === null ? value : String(value)]],
    ),
  );
const token = (claims: object) => `Bearer e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
const jwt = (claims: object, authorization = token(claims)) => event({ jwt: { claims: asTexts(claims) } }, { authorization });
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

  it('without any authoriser has no caller', () => expect(callerOf(event(undefined), settings)).toBeUndefined());

  // The keys of the indexes hold the owner, in bytes.
  it.each(['x'.repeat(2_001), '名'.repeat(667), 'a\ud800'])('has no caller if its owner is too long for a key, or no text', (owner) => {
    expect(callerOf(event({ lambda: { owner } }), settings)).toBeUndefined();
    expect(callerOf(jwt({ sub: owner }), { admins: [], jwt: { ownerClaim: 'sub' } })).toBeUndefined();
  });
});

describe('a token', () => {
  const settings = { admins: [], jwt: { ownerClaim: 'sub', adminClaim: { name: 'groups', value: 'operations' } } };

  it('names its owner in a claim', () => expect(callerOf(jwt({ sub: 'ann' }), settings)).toEqual({ owner: 'ann', isAdmin: false }));

  it.each([
    ['a text', 'operations'],
    ['a list of one', ['operations']],
    ['a list with others', ['people', 'operations']],
    ['a list with one that has a space', ['Sales people', 'operations']],
  ])('makes an admin of whoever’s claim is %s with the value', (_, groups) =>
    expect(callerOf(jwt({ sub: 'ann', groups }), settings)?.isAdmin).toBe(true),
  );

  it('knows a value with a space in it', () => {
    const spaced = { admins: [], jwt: { ownerClaim: 'sub', adminClaim: { name: 'groups', value: 'Sales operations' } } };
    expect(callerOf(jwt({ sub: 'ann', groups: ['people', 'Sales operations'] }), spaced)?.isAdmin).toBe(true);
    expect(callerOf(jwt({ sub: 'ann', groups: ['Sales', 'operations'] }), spaced)?.isAdmin).toBe(false);
  });

  it.each([
    ['other-operations'],
    [['other-operations', 'people']],
    [''],
    [undefined],
    [['Sales operations']],
    ['[operations]'],
    ['[x operations]'],
    [['not,operations']],
  ])('makes no admin of a claim that is %j', (groups) =>
    expect(callerOf(jwt({ sub: 'ann', groups }), settings)).toEqual({ owner: 'ann', isAdmin: false }),
  );

  it.each([
    ['another token', token({ sub: 'ann', groups: ['Sales', 'operations'], more: 1 }), { groups: ['people'] }],
    ['no token', '', { groups: ['operations'] }],
    ['a text that is not a token', 'Bearer x.%%%.y', { groups: ['operations'] }],
  ])('believes of a list nothing but what API Gateway vouches for (%s)', (_, authorization, claims) =>
    expect(callerOf(jwt({ sub: 'ann', ...claims }, authorization), settings)).toEqual({ owner: 'ann', isAdmin: false }),
  );

  it('takes the owner’s claim unchanged, in any form', () => {
    expect(callerOf(jwt({ sub: '[alice bob]' }), settings)?.owner).toBe('[alice bob]');
    expect(callerOf(jwt({ sub: '[alice]' }), settings)?.owner).toBe('[alice]');
    expect(callerOf(jwt({ sub: ['alice'] }), settings)).toBeUndefined();
    expect(callerOf(jwt({ sub: [] }), settings)).toBeUndefined();
  });

  it.each([[{}], [{ sub: '' }], [{ sub: null }]])('with the claims %p has no caller', (claims) =>
    expect(callerOf(jwt(claims), settings)).toBeUndefined(),
  );

  it('takes no member of the prototype for a claim', () =>
    expect(callerOf(jwt({}), { ...settings, jwt: { ownerClaim: 'constructor' } })).toBeUndefined());

  it('is asked for even if something else vouches for the caller', () =>
    expect(callerOf(iam('arn:aws:iam::123456789012:user/ann'), settings)).toBeUndefined());
});
