import fc from 'fast-check';
import { openLogTime } from '../../../../report/read/log-time.ts';

const utc = openLogTime();
const berlin = openLogTime({ timezone: 'Europe/Berlin' });
const at = (iso: string) => Date.parse(iso);

it.each([
  ['25/Nov/2026:10:13:14 +0100', '2026-11-25T09:13:14Z'],
  ['25/Nov/2026:10:13:14.250 +0100', '2026-11-25T09:13:14.250Z'],
  ['2026-11-25T09:13:14.002113Z', '2026-11-25T09:13:14.002Z'],
  ['2026-11-25T10:13:14+01:00', '2026-11-25T09:13:14Z'],
  ['2026-11-25 09:13:14,5-0030', '2026-11-25T09:43:14.500Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
  ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z'],
  ['1795597994', '2026-11-25T09:13:14Z'],
  ['1795597994.018', '2026-11-25T09:13:14.018Z'],
  ['1795597994018', '2026-11-25T09:13:14.018Z'],
  ['1795597994018000', '2026-11-25T09:13:14.018Z'],
  ['1795597994018000000', '2026-11-25T09:13:14.018Z'],
])('reads %s', (text, iso) => expect(utc(text)).toBe(at(iso)));

it.each([
  '',
  '-',
  '2026-02-30T00:00:00Z',
  '2023-02-29T00:00:00Z',
  '32/Nov/2026:10:13:14 +0000',
  '25/Foo/2026:10:13:14 +0000',
  '2026-11-25T24:00:00Z',
  '2026-11-25',
  '12',
  'aa/Nov/2026:10:13:14 +0000',
])('finds no time in "%s"', (text) => expect(utc(text)).toBeUndefined());

it('reads each instant as Date does', () =>
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
      (date) => utc(date.toISOString()) === date.getTime(),
    ),
  ));

it.each([
  ['in summer', '2026-07-01 12:00:00', '2026-07-01T10:00:00Z'],
  ['in winter', '25/Nov/2026:10:13:14', '2026-11-25T09:13:14Z'],
  ['in the hour that is repeated, as its first', '2026-10-25T02:30:00', '2026-10-25T00:30:00Z'],
  ['after that hour', '2026-10-25T03:00:00', '2026-10-25T02:00:00Z'],
  ['before the hour that is left out', '2026-03-29T01:59:59', '2026-03-29T00:59:59Z'],
])('reads a local time %s', (_, text, iso) => expect(berlin(text)).toBe(at(iso)));

it('reads an offset in the log before the zone that is given', () =>
  expect(berlin('2026-11-25T09:13:14Z')).toBe(at('2026-11-25T09:13:14Z')));

it('asks for a zone, and names one that it does not know', () => {
  expect(() => utc('2026-11-25 09:13:14')).toThrow('--timezone Europe/Berlin');
  expect(() => openLogTime({ timezone: 'Mars/Base' })).toThrow('--timezone must be an IANA zone');
});
