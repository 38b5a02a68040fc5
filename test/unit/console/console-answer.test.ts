import { answerConsole, type StaticFiles } from '../../../lambdas/console/console-answer.ts';

const file = (name: string, contentType: string) => ({
  body: name,
  brotli: `${name}.br`,
  contentType,
  headers: { 'x-frame-options': 'DENY' },
});
const files: StaticFiles<string> = new Map([
  ['/console/index.html', file('page', 'text/html; charset=utf-8')],
  ['/console/app-1a2b.js', file('script', 'text/javascript; charset=utf-8')],
]);
const answer = (path: string, { method = 'GET', acceptEncoding }: { method?: string; acceptEncoding?: string } = {}) =>
  answerConsole(files, '{"isReadOnly":false}', { method, path, acceptEncoding });

it.each([
  ['/console', 'page'],
  ['/console/', 'page'],
  ['/console/index.html', 'page'],
  ['/console/jobs/job_1', 'page'],
  ['/console/schedules/nightly.js', 'page'],
  ['/console/app-1a2b.js', 'script'],
])('answers %s with the %s', (path, body) => {
  expect(answer(path)).toMatchObject({ status: 200, body: { kind: 'file', file: body }, headers: { 'x-frame-options': 'DENY' } });
});

it('names the type of the content', () =>
  expect(answer('/console/app-1a2b.js').headers['content-type']).toBe('text/javascript; charset=utf-8'));

it.each([
  ['/console/app-0000.js', 'a script of a deployment before this one, which is not a page'],
  ['/console/package.json', 'a file that is not there'],
  ['/consolex', 'a path beside the console'],
  ['/v1/jobs', 'a path of the API'],
  ['/', 'the root'],
  ['__proto__', 'a member of every object'],
])('has nothing at %s: %s', (path) => expect(answer(path).status).toBe(404));

it('looks paths up as they are, so no way out of the folder leads anywhere but to the page', () => {
  for (const path of ['/console/../../etc/passwd', '/console/..%2f..%2fetc/passwd', '/console/\\0'])
    expect(answer(path)).toMatchObject({ status: 200, body: { kind: 'file', file: 'page' } });
});

it.each([
  ['br', 'script.br', 'br'],
  ['gzip, deflate, BR;q=0.5', 'script.br', 'br'],
  ['gzip, br;q=0', 'script', undefined],
  ['br;q=0.000', 'script', undefined],
  ['brotli', 'script', undefined],
  [undefined, 'script', undefined],
])('compresses for a browser that accepts %s: %s', (acceptEncoding, body, encoding) => {
  const { headers, ...rest } = answer('/console/app-1a2b.js', acceptEncoding === undefined ? {} : { acceptEncoding });
  expect(rest.body).toEqual({ kind: 'file', file: body });
  expect([headers['content-encoding'], headers['vary']]).toEqual([encoding, 'Accept-Encoding']);
});

it('answers with its configuration, which no cache keeps', () => {
  const { status, body, headers } = answer('/console/config.json');
  expect([status, body, headers['cache-control']]).toEqual([200, { kind: 'text', text: '{"isReadOnly":false}' }, 'no-store']);
});

it.each(['POST', 'DELETE', 'OPTIONS'])('takes no %s', (method) => {
  expect(answer('/console/', { method })).toMatchObject({
    status: 405,
    headers: { allow: 'GET, HEAD', 'content-type': 'application/problem+json' },
  });
});
