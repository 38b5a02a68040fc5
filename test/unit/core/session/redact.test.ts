import { makeRedactor, redactPatch } from '../../../../lambdas/core/session/redact.ts';
import { parseExactJson } from '../../../../lambdas/text/exact-json.ts';

const redactor = makeRedactor(['password', 'token'], {
  db: { user: 'ann', Password: 'hunter2hunter2' },
  token: ['a"b/c d'],
  pin: { token: 12345 },
});

it('hides the values of named members wherever they turn up, also as JSON and URLs write them', () => {
  expect(redactor.text('login ann:hunter2hunter2 failed')).toBe('login ann:[redacted] failed');
  expect(redactor.text('sent "a\\"b/c d" and a%22b%2Fc%20d')).toBe('sent "[redacted]" and [redacted]');
  expect(redactor.text('pin 12345')).toBe('pin [redacted]');
});

it('hides every value under such a name, however deep', () =>
  expect(redactor.value({ a: [{ PASSWORD: 'new one', b: 1 }], c: 'hunter2hunter2!' })).toEqual({
    a: [{ PASSWORD: '[redacted]', b: 1 }],
    c: '[redacted]!',
  }));

it('cleans what people see of a record, and leaves results and the journal as they are', () => {
  const entry = { atMs: 1, event: 'attempt_failed', detail: 'hunter2hunter2' } as const;
  const journal = { 'step:x': { kind: 'inline', json: '"hunter2hunter2"' } } as const;
  const patch = redactPatch({ timeline: [entry], error: undefined, journal }, redactor);
  expect(patch).toEqual({ timeline: [{ ...entry, detail: '[redacted]' }], error: undefined, journal });
});

it('changes nothing when a contract names no secrets', () => {
  const value = { password: 'x' };
  expect(makeRedactor([], value).value(value)).toBe(value);
});

it.each([
  ['failed: hunter2hun…', 'failed: [redacted]…'],
  ['threw hunter2hun…, which is not an Error', 'threw [redacted]…, which is not an Error'],
  ['failed: hun…', 'failed: hun…'],
  ['hunter2hunter2 and hunter2h…', '[redacted] and [redacted]…'],
  // Cut by its worker, it seems, and not.
  ['failed: hunter2hun', 'failed: [redacted]'],
  ['failed: hunter2', 'failed: hunter2'],
])('hides what is left of a secret where a text was cut: %s', (text, hidden) => expect(redactor.text(text)).toBe(hidden));

it('hides what is left of a secret that holds the mark of a cut itself', () =>
  expect(makeRedactor(['token'], { token: 'hunter2-secret…more-secret-tail' }).text('sent hunter2-secret…more-secret…')).toBe(
    'sent [redacted]…',
  ));

it('hides numbers, and leaves others as exact as they are', () => {
  const { value } = makeRedactor(['pin'], parseExactJson('{"pin":12345678901234567890,"a":{"pin":77}}'));
  const details = parseExactJson('{"account":12345678901234567891,"n":78,"is":[12345678901234567890,77]}');
  expect(JSON.stringify(value(details))).toBe('{"account":12345678901234567891,"n":78,"is":["[redacted]","[redacted]"]}');
});

it.each([
  ['invocation_timed_out', 'invocation_timed_out'],
  ['job_type_draining', 'job_type_draining'],
  ['bad-timed1', 'bad-[redacted]'],
])('leaves a code that names an error, and hides a secret in one that does not: %s', (code, hidden) => {
  const error = { code, message: '', retryable: false };
  expect(redactPatch({ error }, makeRedactor(['a', 'b', 'c'], { a: 'timed', b: 'job', c: 'timed1' })).error?.code).toBe(hidden);
});

it('hides a secret that is a name', () => expect(redactor.value({ hunter2hunter2: 1 })).toEqual({ '[redacted]': 1 }));

it.each([
  ['bad password abc', 'bad password [redacted]'],
  ['"abc": abc, not abcd', '"[redacted]": [redacted], not abcd'],
  ['5 of 15', '[redacted] of 15'],
])('hides a short secret where it is a word of its own: %s', (text, hidden) =>
  expect(makeRedactor(['pin', 'password'], { pin: 5, password: 'abc' }).text(text)).toBe(hidden),
);

it.each([
  'line 1 of a script',
  'timeline',
  'event-driven',
  'started',
  'progress: none',
  'reason',
  'message',
  'detail',
  'retryable',
  'code',
])('leaves the names and values of the record as they are when they look like a secret: %s', (userData) => {
  const error = { code: 'deadline', message: `saw ${userData}`, retryable: true, details: { [userData]: 1 } };
  const hidden = { ...error, message: 'saw [redacted]', details: { '[redacted]': 1 } };
  const patch = {
    status: 'waiting',
    timeline: [{ atMs: 1, event: 'started' }],
    reason: { code: 'backing_off', detail: userData },
    progress: { fraction: 1, message: 'timeline' },
    error,
    pendingOutcome: { status: 'failed', error },
  } as const;
  const message = userData === 'timeline' ? '[redacted]' : 'timeline';
  expect(redactPatch(patch, makeRedactor(['userData'], { userData }))).toEqual({
    ...patch,
    reason: { code: 'backing_off', detail: '[redacted]' },
    progress: { fraction: 1, message },
    error: hidden,
    pendingOutcome: { ...patch.pendingOutcome, error: hidden },
  });
});

it('takes as many secrets as an input may hold: no list of the caller becomes the arguments of a call', () => {
  const tokens = Array.from({ length: 150_000 }, (_, i) => `secret-${i}`);
  expect(makeRedactor(['tokens'], { tokens }).text('saw secret-149999')).toBe('saw [redacted]');
});

it('takes a secret with half a character, which no URL can hold', () =>
  expect(makeRedactor(['userData'], { userData: 'half \ud800' }).text('saw half \ud800')).toBe('saw [redacted]'));
