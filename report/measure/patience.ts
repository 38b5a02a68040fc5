/** How long callers wait before they hang up: the estimate of Kaplan and Meier (JASA 53, 1958), in steps of 1 %. */
import type { PatienceFacts } from '../delegation-report.ts';
import type { LogHistogram } from './log-histogram.ts';

/** Times that somebody would set, in seconds. */
const roundSeconds = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 45, 50, 60, 90, 100, 120, 180, 240, 300, 600];

/**
 * An answered request counts as a caller who would have waited at least as long: averaging the hang-ups alone forgets those who stayed.
 * @param waits of all requests, the hang-ups among them
 * @returns null where all callers waited
 */
export function patienceFacts(waits: LogHistogram, hangUps: LogHistogram): PatienceFacts | null {
  if (hangUps.count === 0) return null;
  const gone = new Map<number, number>();
  hangUps.forEach((value, count) => {
    gone.set(value, count);
  });
  let atRisk = waits.count;
  let waiting = 1;
  // Greenwood's sum.
  let variance = 0;
  let quarter: number | null = null;
  const steps: { seconds: number; waiting: readonly [number, number, number] }[] = [];
  waits.forEach((value, count) => {
    const left = gone.get(value) ?? 0;
    if (left > 0) {
      if (left < atRisk) variance += left / (atRisk * (atRisk - left));
      waiting *= 1 - left / atRisk;
      const half = 1.96 * waiting * Math.sqrt(variance);
      steps.push({ seconds: value / 1000, waiting: [Math.max(0, waiting - half), waiting, Math.min(1, waiting + half)] });
      if (quarter === null && waiting <= 0.75) quarter = value / 1000;
    }
    atRisk -= count;
  });
  return { curve: thinned(steps), quarterGoneSeconds: quarter, clientTimeoutSeconds: clientTimeout(hangUps) };
}

/** @returns the round value within 1 % of which at least 30 % of the hang-ups lie, and at least five: a setting, and not a person */
function clientTimeout(hangUps: LogHistogram): number | null {
  for (const seconds of roundSeconds) {
    const near = hangUps.near(seconds * 1000, 0.01);
    if (near >= 5 && near >= 0.3 * hangUps.count) return seconds;
  }
  return null;
}

/** At most 100 points, the last among them. */
function thinned<Step>(steps: readonly Step[]): readonly Step[] {
  const every = Math.ceil(steps.length / 100);
  return steps.filter((_, i) => i % every === every - 1 || i === steps.length - 1);
}
