import fc from 'fast-check';
import { splitTarget } from '../../../../report/read/logged-path.ts';

it.each([
  ['/', '/'],
  ['/orders/7/', '/orders/7'],
  ['//orders///7', '/orders/7'],
  ['/Orders', '/Orders'],
  ['/a%20b', '/a b'],
  ['/a%2520b', '/a%20b'],
  ['/a%2fb', '/a%2Fb'],
  ['/a%zz%e4', '/a%zz%e4'],
  ['/%C3%A4', '/ä'],
  ['/a;jsessionid=1/b;v=2?x', '/a/b'],
  ['/a#part', '/a'],
  ['/%00%0a%1b', '/%00%0A%1B'],
  ['http://shop.example.com', '/'],
])('brings %s to the form %s', (target, path) => expect(splitTarget(target)?.path).toBe(path));

it('takes the host of an absolute target, without a usual port', () => {
  expect(splitTarget('https://Shop.Example.com:443/a?b')).toMatchObject({ host: 'shop.example.com', path: '/a' });
  expect(splitTarget('http://shop.example.com:8080/a')).toMatchObject({ host: 'shop.example.com:8080' });
});

it('recognises the same query, and none', () => {
  const hash = (target: string) => splitTarget(target)?.queryHash;
  expect(hash('/a?b=1')).toBe(hash('/c?b=1'));
  expect(hash('/a?b=1')).not.toBe(hash('/a?b=2'));
  expect([hash('/a'), hash('/a?'), hash('/a#b?c')]).toEqual([undefined, undefined, undefined]);
});

it.each(['*', 'shop.example.com:443', '', '-', '\x16\x03\x01', 'a/b'])('finds no path in "%s"', (target) =>
  expect(splitTarget(target)).toBeUndefined(),
);

it('gives a printable path that begins with a slash, for any target', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const path = splitTarget(`/${text}`)?.path ?? '';
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters must not be there
      return path.startsWith('/') && !/[\u0000-\u001f\u007f]|\/\//.test(path);
    }),
  ));
