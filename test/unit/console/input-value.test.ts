import { hasRedactions, pointerOf, valueAt, withValueAt } from '../../../console/submit/input-value.ts';

it('sets a member in its place, and adds a new one at the end', () => {
  expect(JSON.stringify(withValueAt({ a: 1, b: 2 }, ['a'], 3))).toBe('{"a":3,"b":2}');
  expect(JSON.stringify(withValueAt({ a: 1 }, ['b', 'c'], true))).toBe('{"a":1,"b":{"c":true}}');
});

it('removes a member, and with it an object that becomes empty', () => {
  expect(withValueAt({ a: 1, b: { c: 2 } }, ['b', 'c'], undefined)).toEqual({ a: 1 });
  expect(withValueAt({ a: 1 }, ['x', 'y'], undefined)).toEqual({ a: 1 });
});

it('changes nothing of what it was given', () => {
  const before = { a: { b: 1 } };
  withValueAt(before, ['a', 'b'], 2);
  expect(before).toEqual({ a: { b: 1 } });
});

it('finds members of its own only', () => {
  expect(valueAt({ a: { b: 0 } }, ['a', 'b'])).toBe(0);
  expect(valueAt({}, ['toString'])).toBeUndefined();
});

it('writes pointers as the API does', () => expect(pointerOf(['input', 'a/b', 'c~d', 'e f'])).toBe('#/input/a~1b/c~0d/e%20f'));

it('finds redacted values at any depth', () => {
  expect(hasRedactions({ a: [{ b: '[redacted]' }] })).toBe(true);
  expect(hasRedactions({ a: 'redacted', b: null })).toBe(false);
});
