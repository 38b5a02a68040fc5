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

/** The exact time as it is read, with the zone in the title. */
export function ExactTime({ at }: { readonly at: string }): JSX.Element {
  const text = new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
  return (
    <time dateTime={at} title={exactText(at)}>
      {text}
    </time>
  );
}
