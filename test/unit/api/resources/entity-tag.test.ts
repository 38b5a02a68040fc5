import { entityTag, isKnown } from '../../../../lambdas/api/resources/entity-tag.ts';

const tag = entityTag('{"a":1}');

it('is a strong tag that changes with the body', () => {
  expect(tag).toMatch(/^"[0-9a-f]{32}"$/);
  expect(entityTag('{"a":1}')).toBe(tag);
  expect(entityTag('{"a":2}')).not.toBe(tag);
});

it.each([[tag], [`W/${tag}`], ['*'], [` * `], [`"other", ${tag}`], [`${tag},"other"`], [`W/"a,b", W/${tag}`]])('knows it in %s', (header) =>
  expect(isKnown(header, tag)).toBe(true),
);

it.each([[undefined], [''], ['"other"'], [tag.slice(1, -1)], ['"*"'], [`${tag.slice(0, -1)}x"`]])('does not know it in %s', (header) =>
  expect(isKnown(header, tag)).toBe(false),
);
