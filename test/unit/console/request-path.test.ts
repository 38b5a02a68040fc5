import * as fc from 'fast-check';
import { isOfApi, readPath } from '../../../console/server/request-path.ts';

it.each([
  ['/v1/jobs/job_1/result', '/v1/jobs/job_1/result', ''],
  ['/v1/jobs?tag=team%3Adata&since=-1h', '/v1/jobs', '?tag=team%3Adata&since=-1h'],
  ['/v1/jobs/', '/v1/jobs/', ''],
  ['/v1/schedules/a%20b.c', '/v1/schedules/a%20b.c', ''],
  ['/v1/links/x?token=a/../b', '/v1/links/x', '?token=a/../b'],
  ['/', '/', ''],
])('takes %s as it is', (target, path, search) => expect(readPath(target)).toMatchObject({ path, search }));

it.each([
  ['http://169.254.169.254/v1/jobs', 'another host, in the absolute form'],
  ['//169.254.169.254/v1/jobs', 'another host, by two slashes'],
  ['/\\169.254.169.254/v1/', 'a backslash'],
  ['169.254.169.254:80', 'what CONNECT names'],
  ['*', 'what OPTIONS names'],
  ['', 'nothing'],
  ['/v1/../admin', 'a folder above'],
  ['/v1/./jobs', 'the folder itself'],
  ['/v1/..', 'a folder above, at the end'],
  ['/v1/%2e%2e/admin', 'an encoded folder above'],
  ['/v1/%2E./admin', 'one half of it encoded'],
  ['/v1/%252e%252e/admin', 'a folder above, encoded twice'],
  ['/v1/..%2fadmin', 'an encoded slash'],
  ['/v1/..%252Fadmin', 'a slash encoded twice'],
  ['/v1/..%5cadmin', 'an encoded backslash'],
  ['/v1//jobs', 'two slashes inside'],
  ['/v1/jobs//', 'two slashes at the end'],
  ['/v1/jobs%00', 'an encoded NUL'],
  ['/v1/jobs%0d%0aHost:%20x', 'an encoded line break'],
  ['/v1/jobs%c0%af', 'a slash in overlong UTF-8'],
  ['/v1/jobs%ff', 'a byte that is not UTF-8'],
  ['/v1/jobs%', 'half an escape'],
  ['/v1/jobs%zz', 'an escape of other letters'],
  ['/v1/jobs#x', 'a fragment'],
  ['/v1/jobs\u00e9', 'a letter that is not encoded'],
  ['/v1/jobs x', 'a blank'],
  ['/v1/jobs\r\nHost: x', 'a line break'],
])('refuses %j: %s', (target) => expect(() => readPath(target)).toThrow('The proxy forwards no such address.'));

it('forwards no address that the URL parser reads as another origin or path', () =>
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...'/.%2eEfF5cC\\?#@:v1ajobs&;=[]{} \t\u00e9'), { maxLength: 24 }), (letters) => {
      const target = `/${letters.join('')}`;
      let read: ReturnType<typeof readPath>;
      try {
        read = readPath(target);
      } catch {
        return;
      }
      const url = new URL(`https://api.example.com/base${read.path}${read.search}`);
      expect([url.origin, url.pathname]).toEqual(['https://api.example.com', `/base${read.path}`]);
      expect(decodeURIComponent(decodeURIComponent(read.path.replaceAll(/%25(?![0-9a-fA-F]{2})/g, '')))).not.toMatch(
        /(?:^|\/)\.\.(?:\/|$)|\\/,
      );
    }),
    { numRuns: 3_000 },
  ));

it.each([
  ['/v1/jobs', true],
  ['/openapi.json', true],
  ['/problems/not-found', true],
  ['/healthz', false],
  ['/v10/jobs', false],
  ['/v1', false],
  ['/openapi.json/x', false],
  ['/problemsx', false],
  ['/', false],
])('forwards %s: %s', (path, isForwarded) => expect(isOfApi(path)).toBe(isForwarded));
