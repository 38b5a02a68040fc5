/** Made-up curves for the sample report: smooth or jagged, and the same in every run. */

/** The hash of a whole number as a share, 0 to 1: noise that is the same in every run. */
export function noise(seed: number): number {
  const value = Math.sin(seed * 12.9898) * 43_758.5453;
  return value - Math.floor(value);
}

/** How busy people are at a step of 15 minutes: by day, and less at weekends. */
function people(step: number): number {
  const hour = (step / 4) % 24;
  const weekday = Math.floor(step / 96) % 7;
  const byHour = Math.exp(-((hour - 10.5) ** 2) / 8) + 0.8 * Math.exp(-((hour - 15) ** 2) / 10) + 0.06;
  return byHour * (weekday === 5 || weekday === 6 ? 0.25 : 1);
}

export const stepsOfFourWeeks = 28 * 96;

/** Requests in progress of an endpoint that people call. */
export function heldByPeople(scale: number, seed: number): readonly number[] {
  return Array.from({ length: stepsOfFourWeeks }, (_, i) => rounded(scale * people(i) * (0.65 + 0.7 * noise(i * 7 + seed))));
}

/** Requests in progress of work that runs for an hour on each Monday night. */
export function heldByNight(scale: number, seed: number): readonly number[] {
  return Array.from({ length: stepsOfFourWeeks }, (_, i) =>
    i % 672 >= 8 && i % 672 < 14 ? rounded(scale * (0.7 + 0.5 * noise(i + seed))) : 0,
  );
}

/** A histogram around a time, in steps of a tenth of a decade, cut at the given limit. */
export function histogram(middleMs: number, requests: number, spread = 0.18, limitMs = Number.POSITIVE_INFINITY) {
  const middle = Math.log10(middleMs);
  return Array.from({ length: 50 }, (_, i) => {
    const from = 0.7 + i / 10;
    const share = Math.exp(-((from + 0.05 - middle) ** 2) / (2 * spread ** 2)) / (spread * 10 * Math.sqrt(2 * Math.PI));
    return { fromMs: rounded(10 ** from), toMs: rounded(10 ** (from + 0.1)), requests: Math.round(share * requests) };
  }).filter((bar) => bar.requests > 0 && bar.fromMs < limitMs);
}

/** A patience curve that falls evenly, with a fall at one moment. */
export function patience(points: number, stepSeconds: number, loss: number, fallAt?: number) {
  return Array.from({ length: points }, (_, i) => {
    const waiting = Math.max(0.02, (1 - loss) ** i - (fallAt !== undefined && i * stepSeconds >= fallAt ? 0.22 : 0));
    const half = 0.01 + 0.05 * (i / points);
    return { seconds: i * stepSeconds, waiting: [Math.max(0, waiting - half), waiting, Math.min(1, waiting + half)] as const };
  });
}

/** A return curve: most callers around a time, or most at once. */
export function returns(highest: number, middleSeconds: number, control: number) {
  const seconds = [0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400];
  return seconds.map((within) => {
    const reached = 1 / (1 + (middleSeconds / within) ** 1.3);
    return { seconds: within, after: rounded(highest * reached), before: rounded(control * (Math.log10(within * 2 + 1) / 5.3)) };
  });
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
