import fc from 'fast-check';
import { isScheduleName } from '../../../../lambdas/core/schedule/schedule-record.ts';

it.each(['a', '-', '_', 'a.', '.a', '.-', '..a', 'a..', '...', '_.', 'x'.repeat(64)])('%j names a schedule', (name) =>
  expect(isScheduleName(name)).toBe(true),
);

it.each(['', '.', '..', 'a b', 'ä', 'a/b', '%2e', 'x'.repeat(65), 'a\n', '\n'])('%j does not', (name) =>
  expect(isScheduleName(name)).toBe(false),
);

it('a name is the same in an address, and every text of its letters is one except the two dots', () =>
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('.', '-', '_', 'a', 'Z', '9'), minLength: 1, maxLength: 5 }), (text) => {
      const { pathname } = new URL(`/v1/schedules/${text}`, 'https://api.example');
      expect(isScheduleName(text)).toBe(pathname === `/v1/schedules/${text}`);
    }),
  ));
