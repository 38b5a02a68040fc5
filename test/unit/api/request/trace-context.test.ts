import { parseTraceparent } from '../../../../lambdas/api/request/trace-context.ts';

const ids = '4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7';

it.each([
  [`00-${ids}-01`, `00-${ids}-01`],
  [` 00-${ids}-00 `, `00-${ids}-00`],
  [`cc-${ids}-09-what-comes-later`, `00-${ids}-09`],
  [`01-${ids}-01`, `00-${ids}-01`],
])('reads %j as %j', (header, expected) => expect(parseTraceparent(header)).toBe(expected));

it.each([
  [undefined],
  [''],
  [`ff-${ids}-01`],
  [`00-${ids}-01-more`],
  [`00-${ids}`],
  [`00-${ids.toUpperCase()}-01`],
  [`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
  [`00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`],
  [`00-${ids}-0g`],
  [`cc-${ids}-01more`],
  [`00-${ids}-01, 00-${ids}-01`],
])('ignores %j, as the standard says', (header) => expect(parseTraceparent(header)).toBeUndefined());
