import { parseCron } from '../../../../lambdas/core/schedule/cron.ts';
import { maxCronLength } from '../../../../lambdas/core/schedule/cron-text.ts';

const read = (text: string) => {
  const parsed = parseCron(text);
  if ('fault' in parsed) throw new Error(parsed.fault);
  return parsed.pattern;
};
/** The first matches after the start of 2026, by the wall clock. */
const matches = (text: string, count: number, from = '2026-01-01T00:00') => {
  const found: string[] = [];
  let ms: number | undefined = Date.parse(`${from}Z`);
  while (found.length < count) {
    ms = read(text).next(ms ?? Number.NaN);
    if (ms === undefined) break;
    found.push(new Date(ms).toISOString().slice(0, 16));
  }
  return found;
};

it.each([
  ['', 'must have 5 fields: minute, hour, day of the month, month, day of the week (was 0)'],
  ['@reboot', 'must have 5 fields: minute, hour, day of the month, month, day of the week (was "@reboot")'],
  ['@daily', '(was "@daily")'],
  ['0 3 * * * *', '(was 6)'],
  ['0 3 * *', '(was 4)'],
  ['60 * * * *', 'has a minute that is outside 0 to 59 (was "60")'],
  ['-1 * * * *', 'has a minute that is not *'],
  ['1.5 * * * *', 'has a minute that is not *'],
  ['* 24 * * *', 'has a hour that is outside 0 to 23 (was "24")'],
  ['* * 0 * *', 'has a day of the month that is outside 1 to 31 (was "0")'],
  ['* * 32 * *', 'has a day of the month that is outside 1 to 31'],
  ['* * * 13 *', 'has a month that is outside 1 to 12 or JAN to DEC (was "13")'],
  ['* * * * 8', 'has a day of the week that is outside 0 to 7 or SUN to SAT (was "8")'],
  ['* * * * MON-FOO', 'has a day of the week that is outside 0 to 7 or SUN to SAT'],
  ['* * * Januar *', 'has a month that is outside 1 to 12 or JAN to DEC'],
  ['30-10 * * * *', 'has a minute that is a range that ends before it begins (was "30-10")'],
  ['* * * * FRI-MON', 'has a day of the week that is a range that ends before it begins'],
  ['*/0 * * * *', 'has a minute that has a step outside 1 to 59 (was "*/0")'],
  ['*/60 * * * *', 'has a minute that has a step outside 1 to 59'],
  ['*/x * * * *', 'has a minute that has a step outside 1 to 59'],
  ['5/10 * * * *', 'has a minute that has a step without a range: write 5-59/10'],
  ['*-5 * * * *', 'has a minute that is not *'],
  ['1,,2 * * * *', 'has a minute that is not *'],
  ['1, * * * *', 'has a minute that is not *'],
  ['? * * * *', 'has a minute that is not *'],
  ['* * ? * *', 'has a day of the month that is not *'],
  ['* * 15W * *', 'has a day of the month that is outside 1 to 31'],
  ['* * * * MON#2', 'has a day of the week that is not *'],
  ['* * * * L', 'has a day of the week that is outside 0 to 7'],
  ['* * 1-L * *', 'has a day of the month that is outside 1 to 31'],
  ['0x1 * * * *', 'has a minute that is outside 0 to 59'],
  ['* * * * constructor', 'has a day of the week that is outside 0 to 7'],
  ['0\u00003 * * * *', 'has a minute that is not *'],
  ['0 0 31 2 *', 'describes a day that never comes, such as 31 February'],
  ['0 0 30 FEB *', 'describes a day that never comes'],
  ['0 0 31 2,4,6,9,11 *', 'describes a day that never comes'],
])('refuses %j: it %s', (text, fault) => {
  const parsed = parseCron(text);
  expect('fault' in parsed ? parsed.fault : 'accepted').toContain(fault);
});

it('refuses a pattern of more than the longest that makes sense, which it accepts', () => {
  const all = (max: number) => Array.from({ length: max + 1 }, (_, i) => i).join(',');
  const longest = `${all(59)} ${all(23)} * * *`;
  expect(longest.length).toBeLessThanOrEqual(maxCronLength);
  expect(matches(longest, 2)).toEqual(['2026-01-01T00:01', '2026-01-01T00:02']);
  expect(parseCron(`${'1,'.repeat(200)}1 * * * *`)).toEqual({ fault: 'must be at most 300 characters (was 409)' });
});

it.each([
  ['0 0 29 2 *', ['2028-02-29T00:00', '2032-02-29T00:00']],
  ['0 0 L * *', ['2026-01-31T00:00', '2026-02-28T00:00', '2026-03-31T00:00', '2026-04-30T00:00']],
  ['0 0 l 2 *', ['2026-02-28T00:00', '2027-02-28T00:00', '2028-02-29T00:00']],
  ['0 0 L,15 * *', ['2026-01-15T00:00', '2026-01-31T00:00', '2026-02-15T00:00']],
  ['0 0 * * 0', ['2026-01-04T00:00', '2026-01-11T00:00']],
  ['0 0 * * 7', ['2026-01-04T00:00', '2026-01-11T00:00']],
  ['0 0 * * 5-7', ['2026-01-02T00:00', '2026-01-03T00:00', '2026-01-04T00:00', '2026-01-09T00:00']],
  ['0 0 * * sUn', ['2026-01-04T00:00']],
  ['0 12 1 jan-MAR/2 *', ['2026-01-01T12:00', '2026-03-01T12:00', '2027-01-01T12:00']],
  ['5-59/20 * * * *', ['2026-01-01T00:05', '2026-01-01T00:25', '2026-01-01T00:45', '2026-01-01T01:05']],
  ['  0   6 * * * ', ['2026-01-01T06:00']],
])('reads %j', (text, expected) => expect(matches(text, expected.length)).toEqual(expected));

it('matches if the day of the month or the day of the week does, where both are restricted, and says so', () => {
  // Friday 13 or any Friday, as in cron: not Friday the 13th alone.
  expect(matches('0 0 13 * FRI', 4)).toEqual(['2026-01-02T00:00', '2026-01-09T00:00', '2026-01-13T00:00', '2026-01-16T00:00']);
  expect(read('0 0 13 * FRI').matchesEitherDay).toBe(true);
  expect(read('0 0 31 2 MON').matchesEitherDay).toBe(true); // never 31 February, yet each Monday of February
  expect(matches('0 0 31 2 MON', 1)).toEqual(['2026-02-02T00:00']);
  // Vixie cron takes a field that begins with a star for one that is not restricted.
  for (const one of ['0 0 */2 * MON', '0 0 13 * */2', '0 0 1-31 * MON']) expect(read(one).matchesEitherDay).toBe(true);
  for (const one of ['0 0 13 * *', '0 0 * * FRI', '* * * * *']) expect(read(one).matchesEitherDay).toBe(false);
});

it('gives the match after a time that matches itself, and cuts off what is below a minute', () => {
  expect(matches('0 6 * * *', 1, '2026-01-01T06:00')).toEqual(['2026-01-02T06:00']);
  expect(matches('0 6 * * *', 1, '2026-01-01T05:59:59.999')).toEqual(['2026-01-01T06:00']);
  expect(matches('* * * * *', 1, '2026-01-01T06:00:00.001')).toEqual(['2026-01-01T06:01']);
});
