/** A time relative to now, with the exact one at hand. */
import type { JSX } from 'preact';
import { nowMs } from '../words/clock.ts';
import { exactText, relativeText } from '../words/durations.ts';

export function TimeText({ at }: { readonly at: string }): JSX.Element {
  return (
    <time dateTime={at} title={exactText(at)}>
      {relativeText(Date.parse(at), nowMs.value)}
    </time>
  );
}

/** The time of day, for rows of one history; the title has the day. */
export function ClockTime({ at }: { readonly at: string }): JSX.Element {
  return (
    <time class="number" dateTime={at} title={exactText(at)}>
      {new Date(at).toLocaleTimeString(undefined, {
        hourCycle: 'h23',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        fractionalSecondDigits: 3,
      })}
    </time>
  );
}

/** The exact time as it is read, with the zone in the title. */
export function ExactTime({ at }: { readonly at: string }): JSX.Element {
  const text = new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
  return (
    <time dateTime={at} title={exactText(at)}>
      {text}
    </time>
  );
}
