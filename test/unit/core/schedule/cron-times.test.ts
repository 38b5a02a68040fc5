import { CronExpressionParser } from 'cron-parser';
import fc from 'fast-check';
import { parseCron } from '../../../../lambdas/core/schedule/cron.ts';
import { nextCronTime } from '../../../../lambdas/core/schedule/cron-times.ts';
import { isTimeZone, offsetsOf } from '../../../../lambdas/core/schedule/zone.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** @returns what gives the first time after an instant */
function timetable(text: string, timeZone: string): (afterMs: number) => number | undefined {
  const parsed = parseCron(text);
  if ('fault' in parsed) throw new Error(`${text} ${parsed.fault}`);
  const offsetAt = offsetsOf(timeZone);
  return (afterMs) => nextCronTime(parsed.pattern, offsetAt, afterMs);
}

function timesOf(text: string, timeZone: string, fromMs: number, untilMs: number): readonly number[] {
  const next = timetable(text, timeZone);
  const times: number[] = [];
  for (let atMs: number | undefined = fromMs; ; ) {
    atMs = next(atMs);
    if (atMs === undefined || atMs >= untilMs) return times;
    times.push(atMs);
  }
}

/** The times of one day or more, in UTC, as a reader of a table wants them. */
const shown = (text: string, timeZone: string, from: string, hours = 24) => {
  const fromMs = Date.parse(`${from}:00Z`) - 1;
  return timesOf(text, timeZone, fromMs, fromMs + hours * hourMs).map((ms) => new Date(ms).toISOString().slice(11, 16));
};

describe('the hour that is left out', () => {
  // Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00 UTC. New York, 8 March 2026: at 07:00 UTC.
  it.each([
    ['30 2 * * *', 'Europe/Berlin', '2026-03-29T00:00', ['01:00']],
    ['0 2 * * *', 'Europe/Berlin', '2026-03-29T00:00', ['01:00']],
    ['0 2 29 3 *', 'Europe/Berlin', '2026-03-29T00:00', ['01:00']],
    ['0 0,2 * * SUN', 'Europe/Berlin', '2026-03-28T23:00', ['23:00', '01:00']],
    ['0,30 2,3 * * *', 'Europe/Berlin', '2026-03-29T00:00', ['01:00', '01:30']],
    ['*/20 2 * * *', 'Europe/Berlin', '2026-03-29T00:00', ['01:00']],
    ['0 */2 * * *', 'America/New_York', '2026-03-08T05:00', ['05:00', '07:00', '08:00', '10:00']],
    ['30 * * * *', 'Europe/Berlin', '2026-03-29T00:00', ['00:30', '01:30', '02:30', '03:30']],
    ['*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:00', ['00:00', '00:30', '01:00', '01:30']],
    // Half an hour in Lord Howe; midnight itself in Beirut and Cairo.
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00', ['15:30']],
    ['0 0 * * *', 'Asia/Beirut', '2026-03-28T20:00', ['22:00']],
    ['0 0 24 4 *', 'Africa/Cairo', '2026-04-23T20:00', ['22:00']],
  ])('%s in %s: one firing right after it, unless every hour matches', (text, timeZone, from, expected) => {
    expect(shown(text, timeZone, from).slice(0, expected.length)).toEqual(expected);
  });

  it('does not fire rapidly for a schedule that begins right at its end', () => {
    const endMs = Date.parse('2026-03-29T01:00:00Z');
    expect(timesOf('30 2 * * *', 'Europe/Berlin', endMs, endMs + dayMs)).toEqual([Date.parse('2026-03-30T00:30:00Z')]);
  });
});

describe('the hour that comes twice', () => {
  // Berlin, 25 October 2026: 03:00 becomes 02:00 at 01:00 UTC. Athens: 04:00 becomes 03:00, at 01:00 UTC as well.
  it.each([
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25T00:00', ['00:30']],
    ['0 2 25 10 *', 'Europe/Berlin', '2026-10-25T00:00', ['00:00']],
    ['0 3 * * *', 'Europe/Athens', '2026-10-25T00:00', ['00:00']],
    ['0 3 25 * *', 'Europe/Athens', '2026-10-25T00:00', ['00:00']],
    ['*/20 3 * * *', 'Europe/Athens', '2026-10-25T00:00', ['00:00', '00:20', '00:40', '01:00', '01:20', '01:40']],
    ['0,20,40 3 * * *', 'Europe/Athens', '2026-10-25T00:00', ['00:00', '00:20', '00:40']],
    ['*/15 * * * *', 'Europe/Berlin', '2026-10-25T00:30', ['00:30', '00:45', '01:00', '01:15', '01:30', '01:45', '02:00']],
    ['30 * * * *', 'Europe/Berlin', '2026-10-25T00:00', ['00:30', '01:30', '02:30', '03:30']],
    ['30 1,2,3 * * *', 'Europe/Berlin', '2026-10-24T23:00', ['23:30', '00:30', '02:30']],
    ['15 1 * * *', 'Australia/Lord_Howe', '2026-04-04T12:00', ['14:15']],
    ['*/15 1 * * *', 'Australia/Lord_Howe', '2026-04-04T12:00', ['14:00', '14:15', '14:30', '14:45', '15:00', '15:15']],
  ])('%s in %s: in both passes if the minute or hour begins with a star, else in the first', (text, timeZone, from, expected) => {
    expect(shown(text, timeZone, from).slice(0, expected.length)).toEqual(expected);
  });
});

it.each(['America/New_York', 'Europe/Berlin', 'Europe/London', 'Europe/Athens'])('365 daily runs in %s are 365 days', (timeZone) => {
  const fromMs = Date.parse('2026-05-01T12:34:56.789Z');
  const offsetAt = offsetsOf(timeZone);
  const times = timesOf('30 2 * * *', timeZone, fromMs, fromMs + 365 * dayMs);
  expect(times).toHaveLength(365);
  expect(new Set(times.map((ms) => Math.floor((ms + offsetAt(ms)) / dayMs))).size).toBe(365);
});

it('in UTC no hour is skipped', () => {
  const fromMs = Date.UTC(2026, 0, 1) - 1;
  const times = timesOf('0 * * * *', 'UTC', fromMs, Date.UTC(2027, 0, 1));
  expect(times).toEqual(Array.from({ length: 365 * 24 }, (_, i) => fromMs + 1 + i * hourMs));
});

it.each(['Mars/Olympus', '', '+01:00', 'Europe/Berlin ', 'local', '../UTC', `A${'a'.repeat(100)}`])('%j is not a time zone', (zone) =>
  expect(isTimeZone(zone)).toBe(false),
);
it.each(['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Etc/GMT+5', 'America/Argentina/Buenos_Aires'])('%s is a time zone', (zone) =>
  expect(isTimeZone(zone)).toBe(true),
);

/** The second implementation: every minute of the wall clock is held against the pattern, with a matcher of its own. */
interface Change {
  readonly atMs: number;
  readonly before: number;
  readonly after: number;
}
const from = Date.UTC(2026, 0, 1);
const until = Date.UTC(2028, 0, 1);

/** The offset from the zone's long name, such as `GMT-03:30`, which the code under test does not use. */
function readOffset(timeZone: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  return (atMs) => {
    const [, sign, hours = '0', minutes = '0', seconds = '0'] = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(format.format(atMs)) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * hourMs + Number(minutes) * minuteMs + Number(seconds) * 1000);
  };
}

/** No zone changes its clocks twice within two days. */
function changesOf(timeZone: string): readonly Change[] {
  const offset = readOffset(timeZone);
  const changes: Change[] = [];
  const stepMs = 2 * dayMs;
  let before = offset(from);
  for (let ms = from + stepMs; ms < until; ms += stepMs) {
    const after = offset(ms);
    if (before !== after) {
      let [low, high] = [(ms - stepMs) / minuteMs, ms / minuteMs];
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2);
        if (offset(middle * minuteMs) === before) low = middle;
        else high = middle;
      }
      changes.push({ atMs: high * minuteMs, before, after });
    }
    before = after;
  }
  return changes;
}

function valuesOf(field: string, min: number, max: number): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [first, last] = range === '*' ? [min, max] : [Number(range.split('-')[0]), Number(range.split('-').at(-1))];
    for (let value = first; value <= last; value += Number(step)) values.add(value);
  }
  return values;
}

function matcherOf(text: string): (wallMs: number) => boolean {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = text.split(' ');
  const [minutes, hours, days, months] = [valuesOf(minute, 0, 59), valuesOf(hour, 0, 23), valuesOf(day, 1, 31), valuesOf(month, 1, 12)];
  const weekdays = new Set([...valuesOf(weekday, 0, 6)].map((one) => one % 7));
  return (wallMs) => {
    const wall = new Date(wallMs);
    const [isDay, isWeekday] = [days.has(wall.getUTCDate()), weekdays.has(wall.getUTCDay())];
    const isToday = day === '*' || weekday === '*' ? isDay && isWeekday : isDay || isWeekday;
    return isToday && minutes.has(wall.getUTCMinutes()) && hours.has(wall.getUTCHours()) && months.has(wall.getUTCMonth() + 1);
  };
}

/** Steps through each minute around a change of the clocks, and applies the rules as the documentation states them. */
function bruteForce(text: string, { atMs, before, after }: Change, fromMs: number, untilMs: number): readonly number[] {
  const matches = matcherOf(text);
  const [minute = '', hour = ''] = text.split(' ');
  const times = new Set<number>();
  for (let ms = fromMs; ms < untilMs; ms += minuteMs) {
    const wallMs = ms + (ms < atMs ? before : after);
    const isSecondPass = ms >= atMs && wallMs < atMs + before;
    if (matches(wallMs) && (!isSecondPass || minute.startsWith('*') || hour.startsWith('*'))) times.add(ms);
  }
  for (let wallMs = atMs + before; wallMs < atMs + after; wallMs += minuteMs) if (hour !== '*' && matches(wallMs)) times.add(atMs);
  return [...times].sort((a, b) => a - b);
}

const patterns = [
  '* * * * *', '*/15 * * * *', '7 * * * *', '0 */2 * * *', '*/20 2 * * *', '30 2 * * *', '0 0 * * *', '15 0,1,2,3 * * *',
  '59 23 * * *', '*/7 1-3 * * 0', '30 1 1-31/2 * *', '5 3 * 3,10 6',
]; // biome-ignore format: a table

const zones = Intl.supportedValuesOf('timeZone');
const changesByZone = new Map(zones.map((timeZone) => [timeZone, changesOf(timeZone)]));
/** Every change of the clocks once, with the first zone that has it: what follows from a change does not depend on the zone's name. */
const changes = [
  ...new Map(
    [...changesByZone].flatMap(([timeZone, list]) => list.map((change) => [JSON.stringify(change), { timeZone, change }])),
  ).values(),
];

it('knows the offset of every zone before and after each change of its clocks in 2026 and 2027, and between them', () => {
  expect(zones.length).toBeGreaterThan(400);
  expect([...changesByZone.values()].filter((list) => list.length > 0).length).toBeGreaterThan(100);
  for (const [timeZone, list] of changesByZone) {
    const [offsetAt, expected] = [offsetsOf(timeZone), readOffset(timeZone)];
    const instants = [from, until, from + 200 * dayMs + 1, ...list.flatMap(({ atMs }) => [atMs - 1, atMs, atMs + hourMs])];
    expect([timeZone, instants.map(offsetAt)]).toEqual([timeZone, instants.map(expected)]);
  }
});

it.each(patterns)('%s fires as a search of every minute says, around each change of the clocks of every zone', (text) => {
  for (const { timeZone, change } of changes) {
    // Dense patterns are followed through the hours around the change, the others to the same hour of the next day.
    const hoursAfter = text.split(' ')[1] === '*' ? 3 : 26;
    const [fromMs, untilMs] = [change.atMs - 3 * hourMs, change.atMs + hoursAfter * hourMs];
    const found = timesOf(text, timeZone, fromMs - 1, untilMs);
    expect([timeZone, found]).toEqual([timeZone, bruteForce(text, change, fromMs, untilMs)]);
  }
});

it('gives the same next time from every minute around a change as from the one before it', () => {
  for (const { timeZone, change } of changes) {
    const next = timetable('*/20 0-3 * * *', timeZone);
    const all = bruteForce('*/20 0-3 * * *', change, change.atMs - 4 * hourMs, change.atMs + 30 * hourMs);
    for (let ms = change.atMs - 3 * hourMs; ms < change.atMs + 2 * hourMs; ms += 17 * minuteMs)
      expect([timeZone, ms, next(ms)]).toEqual([timeZone, ms, all.find((one) => one > ms)]);
  }
});

const part = (min: number, max: number) =>
  fc.oneof(
    fc.constant('*'),
    fc.integer({ min, max }).map(String),
    fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.integer({ min: 2, max: Math.min(10, max) }).map((step) => `*/${step}`),
  );
const cron = fc.tuple(part(0, 59), part(0, 23), part(1, 28), part(1, 12), part(0, 6)).map((parts) => parts.join(' '));

it('any pattern in any zone fires as the library cron-parser says, on days without a change of the clocks', () =>
  fc.assert(
    fc.property(cron, fc.constantFrom(...zones), fc.integer({ min: from, max: until }), (text, timeZone, afterMs) => {
      const parser = CronExpressionParser.parse(text, { currentDate: new Date(afterMs), tz: timeZone });
      const expected = parser.next().getTime();
      const near = (changesByZone.get(timeZone) ?? []).some(
        ({ atMs }) => Math.abs(atMs - expected) < dayMs || Math.abs(atMs - afterMs) < dayMs,
      );
      fc.pre(!near && expected < until);
      expect(timetable(text, timeZone)(afterMs)).toBe(expected);
    }),
    { numRuns: 150 },
  ));
