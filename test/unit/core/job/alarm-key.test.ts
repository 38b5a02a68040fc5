import fc from 'fast-check';
import { alarmKey, compareAlarmKeys, keyAfterMinutes, keyAfterOwner, readAlarmKey } from '../../../../lambdas/core/job/alarm-key.ts';

const atMs = fc.integer({ min: 1_700_000_000_000, max: 4_000_000_000_000 });
const owner = fc.string({ maxLength: 20 });
/** Formats a number as DynamoDB returns it. */
const stored = (key: string) => key.replace(/0+$/, '');

it("a key keeps the alarm's time to the millisecond, within the digits of DynamoDB's numbers", () =>
  fc.assert(
    fc.property(owner, atMs, (who, dueAtMs) => {
      const key = alarmKey(who, dueAtMs);
      expect(key.replace('.', '').length).toBeLessThanOrEqual(38);
      expect(readAlarmKey(stored(key)).dueAtMs).toBe(dueAtMs);
    }),
  ));

it('keys sort by minute, then owner, then time', () =>
  fc.assert(
    fc.property(owner, owner, atMs, fc.integer({ min: 0, max: 200_000 }), (a, b, dueAtMs, laterMs) => {
      const [one, other] = [alarmKey(a, dueAtMs), alarmKey(b, dueAtMs + laterMs)];
      const isSameMinute = Math.floor(dueAtMs / 60_000) === Math.floor((dueAtMs + laterMs) / 60_000);
      const [{ owner: first }, second] = [readAlarmKey(one), readAlarmKey(other)];
      expect(first === second.owner).toBe(a === b);
      const order = !isSameMinute ? -1 : a === b ? -laterMs : first < second.owner ? -1 : 1;
      expect(Math.sign(compareAlarmKeys(stored(one), stored(other)))).toBe(Math.sign(order) + 0);
    }),
  ));

it("the key after an owner comes after all its alarms of the minute, and before the next owner's", () =>
  fc.assert(
    fc.property(owner, owner, atMs, fc.integer({ min: 0, max: 59_999 }), (a, b, dueAtMs, offsetMs) => {
      const minuteMs = dueAtMs - (dueAtMs % 60_000);
      const after = keyAfterOwner(alarmKey(a, dueAtMs));
      expect(compareAlarmKeys(alarmKey(a, minuteMs + offsetMs), after)).toBeLessThan(0);
      const other = alarmKey(b, minuteMs + offsetMs);
      if (a !== b) expect(compareAlarmKeys(other, after) > 0).toBe(compareAlarmKeys(other, alarmKey(a, dueAtMs)) > 0);
      expect(compareAlarmKeys(after, keyAfterMinutes(minuteMs))).toBeLessThan(0);
      expect(compareAlarmKeys(alarmKey(b, minuteMs + 60_000), keyAfterMinutes(minuteMs))).toBeGreaterThan(0);
    }),
  ));
