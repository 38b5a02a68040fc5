import { parseExact } from '../../../client/unrounded-json.ts';
import { noOptions, submissionOf, submitAction, tagsOf, tagsText } from '../../../console/submit/submit-options.ts';
import { samplesOf, scriptValue } from '../../../console/words/code-samples.ts';

const input = parseExact('{"sql":"SELECT \'a\'","n":12345678901234567890}');
const action = submitAction(submissionOf('run-query', input, { ...noOptions, tags: 'team=data' }), 'k-1', '{"n":1}');

it('writes a submission as curl, command line and TypeScript', () => {
  const { curl, cli, typescript } = samplesOf(action, { auth: { kind: 'none' }, region: null }, 'http://127.0.0.1:8787');
  expect(curl).toBe(
    [
      'curl -X POST "http://127.0.0.1:8787/v1/jobs" \\',
      `  -H 'Idempotency-Key: "k-1"' \\`,
      `  -H 'Content-Type: application/json' \\`,
      `  -d '{"type":"run-query","input":{"sql":"SELECT '\\''a'\\''","n":12345678901234567890},"tags":{"team":"data"}}'`,
    ].join('\n'),
  );
  expect(cli).toBe(`npx delegation submit run-query --input '{"n":1}' --key k-1 --tag team=data`);
  expect(typescript).toContain(
    "await delegation.submit('run-query', { sql: 'SELECT \\'a\\'', n: 12345678901234567890n }, { key: 'k-1', tags: { team: 'data' } });",
  );
});

it('signs where a proxy holds the credentials, and sends a token where an issuer gives one', () => {
  expect(samplesOf(action, { auth: { kind: 'key', header: 'x' }, region: 'eu-west-1' }, 'http://127.0.0.1:1').curl).toMatch(
    /"\$DELEGATION_URL\/v1\/jobs"[\s\S]*--aws-sigv4 "aws:amz:eu-west-1:execute-api"/,
  );
  const auth = { kind: 'oidc', issuer: 'https://issuer.example', clientId: 'c', scopes: 'openid' } as const;
  expect(samplesOf(action, { auth, region: null }, 'https://api.example').curl).toContain('-H "Authorization: Bearer $TOKEN"');
});

it('lets the shell expand nothing of an address', () => {
  const path = '/v1/jobs?tag=a:$(rm)`x`"';
  expect(samplesOf({ method: 'GET', path, cli: ['jobs'], script: 'x' }, { auth: { kind: 'none' }, region: null }, 'http://h').curl).toBe(
    'curl "http://h/v1/jobs?tag=a:\\$(rm)\\`x\\`\\""',
  );
});

it('writes values as TypeScript has them', () => {
  expect(scriptValue({ 'a-b': [1, true, null, 'x\ny'], c: {} })).toBe("{ 'a-b': [1, true, null, 'x\\ny'], c: {} }");
  expect(scriptValue(parseExact('0.1000000000000000055'))).toBe('0.1000000000000000055');
});

it('reads tags as they are written, and writes them as they are read', () => {
  const tags = { team: 'data', note: 'a "b" c', flag: '' };
  expect(tagsOf(tagsText(tags))).toEqual(tags);
  expect(tagsOf('flag')).toEqual({ flag: '' });
});

it('leaves out what the form leaves empty, and sends what is not a number as it is', () => {
  expect(submissionOf('t', {}, noOptions)).toEqual({ type: 't', input: {} });
  expect(submissionOf('t', {}, { ...noOptions, maxAttempts: 'many' })).toMatchObject({ maxAttempts: 'many' });
});
