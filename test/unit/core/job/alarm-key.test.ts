import fc from 'fast-check';
import { alarmKey, behindMoment, behindOwner, compareAlarmKeys, readAlarmKey } from '../../../../lambdas/core/job/alarm-key.ts';

const atMs = fc.integer({ min: 1_700_000_000_000, max: 4_000_000_000_000 });
const owner = fc.string({ maxLength: 20 });
/** Formats a number as DynamoDB returns it. */
const stored = (key: string) => key.replace(/0+$/, '');

it("a key keeps the alarm's time to the millisecond, within the digits of DynamoDB's numbers", () =>
  fc.assert(
    fc.property(owner, atMs, (who, wakeAtMs) => {
      const key = alarmKey(who, wakeAtMs);
      expect(key.replace('.', '').length).toBeLessThanOrEqual(38);
      expect(readAlarmKey(stored(key)).wakeAtMs).toBe(wakeAtMs);
    }),
  ));

it('keys sort by minute, then owner, then time', () =>
  fc.assert(
    fc.property(owner, owner, atMs, fc.integer({ min: 0, max: 200_000 }), (a, b, wakeAtMs, laterMs) => {
      const [one, other] = [alarmKey(a, wakeAtMs), alarmKey(b, wakeAtMs + laterMs)];
      const isSameMinute = Math.floor(wakeAtMs / 60_000) === Math.floor((wakeAtMs + laterMs) / 60_000);
      const [{ slot }, second] = [readAlarmKey(one), readAlarmKey(other)];
      expect(slot === second.slot).toBe(a === b);
      const order = !isSameMinute ? -1 : a === b ? -laterMs : slot < second.slot ? -1 : 1;
      expect(Math.sign(compareAlarmKeys(stored(one), stored(other)))).toBe(Math.sign(order) + 0);
    }),
  ));

it("the key behind an owner comes after all its alarms of the minute, and before the next owner's", () =>
  fc.assert(
    fc.property(owner, owner, atMs, fc.integer({ min: 0, max: 59_999 }), (a, b, wakeAtMs, offsetMs) => {
      const minuteMs = wakeAtMs - (wakeAtMs % 60_000);
      const behind = behindOwner(alarmKey(a, wakeAtMs));
      expect(compareAlarmKeys(alarmKey(a, minuteMs + offsetMs), behind)).toBeLessThan(0);
      const other = alarmKey(b, minuteMs + offsetMs);
      if (a !== b) expect(compareAlarmKeys(other, behind) > 0).toBe(compareAlarmKeys(other, alarmKey(a, wakeAtMs)) > 0);
      expect(compareAlarmKeys(behind, behindMoment(minuteMs))).toBeLessThan(0);
      expect(compareAlarmKeys(alarmKey(b, minuteMs + 60_000), behindMoment(minuteMs))).toBeGreaterThan(0);
    }),
  ));
