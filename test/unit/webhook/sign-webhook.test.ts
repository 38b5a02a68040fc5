import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { signWebhook } from '../../../lambdas/webhook/sign-webhook.ts';
import { type VerifyWebhookOptions, verifyWebhook } from '../../../lambdas/webhook/verify-webhook.ts';
import { formatWebhookSecret } from '../../../lambdas/webhook/webhook-secret.ts';

/** The vector of the specification's own libraries. */
const vector = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  attemptedAt: new Date(1_614_265_330_000),
  body: Buffer.from('{"test": 2432232314}'),
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const otherSecret = formatWebhookSecret(Buffer.alloc(32, 7));
const received = (secrets = [vector.secret]) => ({ headers: { ...signWebhook(vector, secrets) }, body: vector.body });
const options: VerifyWebhookOptions = { secrets: vector.secret, now: vector.attemptedAt };

const codeOf = (work: () => unknown) => {
  try {
    return work() && 'nothing was thrown';
  } catch (error) {
    return (error as { code?: string }).code ?? (error as Error).name;
  }
};

it('makes the signature of the published vector', () =>
  expect(signWebhook(vector, [vector.secret])).toEqual({
    'webhook-id': vector.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': vector.signature,
  }));

it('verifies the published vector and gives what it says', () =>
  expect(verifyWebhook(received(), options)).toEqual({ id: vector.id, attemptedAt: vector.attemptedAt, event: { test: 2_432_232_314 } }));

describe('together with the library of the standard', () => {
  const now = new Date();
  const webhook = fc.record({
    body: fc.json({ noUnicodeString: false }),
    key: fc.uint8Array({ minLength: 24, maxLength: 64 }),
    id: fc.stringMatching(/^[\w-]{1,255}$/),
  });

  it('what we sign it verifies, and what it signs we verify', () =>
    fc.assert(
      fc.property(webhook, fc.boolean(), ({ body, key, id }, hasPrefix) => {
        const secret = formatWebhookSecret(key);
        const theirs = new Webhook(hasPrefix ? secret : secret.slice('whsec_'.length));
        const bytes = Buffer.from(body);
        const headers = { ...signWebhook({ id, attemptedAt: now, body: bytes }, [otherSecret, secret]) };
        expect(theirs.verify(bytes, headers)).toEqual(JSON.parse(body));
        const signed = { ...headers, 'webhook-signature': theirs.sign(id, now, bytes) };
        expect(verifyWebhook({ headers: signed, body }, { secrets: [secret] }).event).toEqual(JSON.parse(body));
      }),
    ));

  it.each([
    ['a changed body', { body: '{"a":2}' }],
    ['a changed id', { 'webhook-id': 'msg_2' }],
    ['a changed time', { 'webhook-timestamp': String(Math.floor(now.getTime() / 1_000) - 1) }],
    ['no signature', { 'webhook-signature': '' }],
    ['an old time', { 'webhook-timestamp': '1' }],
    ['a time that is not a number', { 'webhook-timestamp': 'now' }],
  ])('both refuse %s', (_, change) => {
    const { body, ...headers } = {
      ...signWebhook({ id: 'msg_1', attemptedAt: now, body: Buffer.from('{"a":1}') }, [otherSecret]),
      body: '{"a":1}',
      ...change,
    };
    expect(() => new Webhook(otherSecret).verify(body, headers)).toThrow();
    expect(() => verifyWebhook({ headers, body }, { secrets: otherSecret })).toThrow();
  });
});

describe('a secret', () => {
  it.each([
    ['without its prefix', vector.secret.slice('whsec_'.length)],
    ['with its prefix', vector.secret],
  ])('%s is understood', (_, secret) => expect(signWebhook(vector, [secret])['webhook-signature']).toBe(vector.signature));

  it('is understood with and without padding', () => {
    const padded = formatWebhookSecret(Buffer.alloc(25, 1));
    expect(padded).toMatch(/==$/);
    expect(signWebhook(vector, [padded.replace('==', '')])).toEqual(signWebhook(vector, [padded]));
  });

  it.each([
    ['empty', ''],
    ['empty after its prefix', 'whsec_'],
    ['padding alone', '=='],
    ['23 bytes', `whsec_${Buffer.alloc(23).toString('base64')}`],
    ['65 bytes', `whsec_${Buffer.alloc(65).toString('base64')}`],
    ['with a line break', `${vector.secret}\n`],
    ['with a space before', ` ${vector.secret}`],
    ['in quotes', `"${vector.secret}"`],
    ['base64url', `whsec_${'-_'.repeat(20)}`],
    ['a public key of the other scheme', `whpk_${Buffer.alloc(32).toString('base64')}`],
    ['twice prefixed', `whsec_${vector.secret}`],
    ['cut in a character', vector.secret.slice(0, -3)],
    ['with bits that base64 does not use', `whsec_${Buffer.alloc(25).toString('base64').replace('A==', 'B==')}`],
  ])('is refused if it is %s, without being shown', (_, secret) => {
    for (const work of [() => signWebhook(vector, [secret]), () => verifyWebhook(received(), { ...options, secrets: secret })]) {
      expect(work).toThrow(TypeError);
      const longest = secret.replace('whsec_', '').slice(0, 20);
      if (longest.length > 5) expect(work).not.toThrow(longest);
    }
  });

  it('must be there', () => {
    expect(() => signWebhook(vector, [])).toThrow('at least one secret');
    expect(() => verifyWebhook(received(), { ...options, secrets: [] })).toThrow('at least one secret');
  });
});

describe('while secrets rotate', () => {
  it.each([
    ['the old secret', vector.secret],
    ['the new secret', otherSecret],
    ['both, in the other order', [otherSecret, vector.secret]],
  ])('a receiver with %s accepts what is signed with both', (_, secrets) =>
    expect(verifyWebhook(received([vector.secret, otherSecret]), { ...options, secrets }).id).toBe(vector.id),
  );

  it('a receiver with both accepts what is signed with one', () =>
    expect(verifyWebhook(received([otherSecret]), { ...options, secrets: [vector.secret, otherSecret] }).id).toBe(vector.id));

  it('signatures of other schemes are passed over', () => {
    const { headers, body } = received();
    const signatures = `v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg== ${vector.signature} v2,x`;
    expect(verifyWebhook({ headers: { ...headers, 'webhook-signature': signatures }, body }, options).id).toBe(vector.id);
  });
});

describe('verifyWebhook refuses', () => {
  const changed = (headers: Record<string, string | string[] | undefined>, body: string | Uint8Array = vector.body) =>
    codeOf(() => verifyWebhook({ headers: { ...received().headers, ...headers }, body }, options));

  it.each([
    ['no id', { 'webhook-id': undefined }, 'missing_header'],
    ['an empty id', { 'webhook-id': '' }, 'missing_header'],
    ['no time', { 'webhook-timestamp': undefined }, 'missing_header'],
    ['no signature', { 'webhook-signature': undefined }, 'missing_header'],
    ['another id', { 'webhook-id': 'msg_2' }, 'wrong_signature'],
    ['an id with a full stop, which separates what is signed', { 'webhook-id': `${vector.id}.1` }, 'invalid_header'],
    ['another time', { 'webhook-timestamp': '1614265331' }, 'wrong_signature'],
    ['a time with zeros in front', { 'webhook-timestamp': '01614265330' }, 'wrong_signature'],
    ['a time in milliseconds', { 'webhook-timestamp': '1614265330000' }, 'invalid_header'],
    ['a time with a fraction', { 'webhook-timestamp': '1614265330.0' }, 'invalid_header'],
    ['a negative time', { 'webhook-timestamp': '-1614265330' }, 'invalid_header'],
    ['two ids', { 'Webhook-Id': 'msg_2' }, 'invalid_header'],
    ['two signatures in two headers', { 'webhook-signature': [vector.signature, vector.signature] }, 'invalid_header'],
    ['a signature without its scheme', { 'webhook-signature': vector.signature.slice(3) }, 'wrong_signature'],
    ['a signature of another scheme', { 'webhook-signature': vector.signature.replace('v1', 'v2') }, 'wrong_signature'],
    ['a shortened signature', { 'webhook-signature': vector.signature.slice(0, -2) }, 'wrong_signature'],
    ['a scheme alone', { 'webhook-signature': 'v1,' }, 'wrong_signature'],
  ])('%s', (_, headers, code) => expect(changed(headers)).toBe(code));

  it.each([
    ['with a space more', '{"test":  2432232314}'],
    ['written again', JSON.stringify(JSON.parse(vector.body.toString()))],
    ['with a byte order mark', `\ufeff${vector.body}`],
    ['empty', ''],
  ])('a body %s', (_, body) => expect(changed({}, body)).toBe('wrong_signature'));

  it('a signed body that is not JSON', () => {
    const body = Buffer.from('not JSON');
    expect(codeOf(() => verifyWebhook({ headers: { ...signWebhook({ ...vector, body }, [vector.secret]) }, body }, options))).toBe(
      'invalid_body',
    );
  });

  it.each([
    [300, 'msg_p5jXN8AQM9LWM0D4loKWxJek'],
    [301, 'too_old'],
    [-300, 'msg_p5jXN8AQM9LWM0D4loKWxJek'],
    [-301, 'too_new'],
  ])('what is more than five minutes old or from the future: after %d s, %s', (seconds, expected) => {
    const now = new Date(vector.attemptedAt.getTime() + seconds * 1_000);
    let id: string | undefined;
    const code = codeOf(() => {
      id = verifyWebhook(received(), { ...options, now }).id;
    });
    expect(id ?? code).toBe(expected);
  });

  it('everything, if the tolerance or the time is not a number', () => {
    expect(codeOf(() => verifyWebhook(received(), { ...options, toleranceSeconds: Number.NaN }))).toBe('too_old');
    expect(codeOf(() => verifyWebhook(received(), { ...options, now: new Date(Number.NaN) }))).toBe('too_old');
  });
});

it.each([
  ['Headers', () => new Headers({ ...received().headers })],
  ['a Map', () => new Map(Object.entries(received().headers))],
  ['other cases', () => Object.fromEntries(Object.entries(received().headers).map(([name, value]) => [name.toUpperCase(), value]))],
  ['arrays of one', () => Object.fromEntries(Object.entries(received().headers).map(([name, value]) => [name, [value]]))],
])('takes headers as %s', (_, headers) =>
  expect(verifyWebhook({ headers: headers(), body: vector.body.toString() }, options).id).toBe(vector.id),
);

it('asks for the raw body where it gets a parsed one', () => {
  for (const parsed of [JSON.parse(vector.body.toString()), null, undefined])
    expect(() => verifyWebhook({ headers: received().headers, body: parsed }, options)).toThrow('must be the raw text or bytes');
});

it.each(['', 'a.b', 'a b', 'ä', 'a\r\nx: y', 'a'.repeat(256)])('signs no id that could be read in two ways or not be sent: %j', (id) =>
  expect(() => signWebhook({ ...vector, id }, [vector.secret])).toThrow(TypeError),
);

it.each([new Date(Number.NaN), new Date(-1_000)])('signs no time that cannot be sent', (attemptedAt) =>
  expect(() => signWebhook({ ...vector, attemptedAt }, [vector.secret])).toThrow(TypeError),
);
