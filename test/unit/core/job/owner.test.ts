import fc from 'fast-check';
import { endedPartitions, indexedEnds, listPartitions } from '../../../../lambdas/core/job/list-key.ts';
import { isOwner, maxOwnerBytes } from '../../../../lambdas/core/job/owner.ts';

it.each(['a', 'arn:aws:iam::123456789012:role/reports', 'ünal', '名'.repeat(666), 'x'.repeat(maxOwnerBytes)])('%j is an owner', (text) =>
  expect(isOwner(text)).toBe(true),
);

it.each(['', 'x'.repeat(maxOwnerBytes + 1), 'é'.repeat(1_001), '名'.repeat(667), '\ud800', 'a\udfff'])('%j is not', (text) =>
  expect(isOwner(text)).toBe(false),
);

it('every key of an index that is derived from an owner fits into 2,048 bytes', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 2_100, size: 'max' }), (text) => {
      fc.pre(isOwner(text));
      const partitions = [...listPartitions(text, 32), ...indexedEnds.flatMap((end) => endedPartitions(text, end, 32))];
      for (const { name } of partitions) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(2_048);
    }),
  ));
