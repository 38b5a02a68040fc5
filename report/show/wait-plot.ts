/** How long callers of an endpoint waited, with the durations at which answers end. */
import type { EndpointReport } from '../delegation-report.ts';
import { html, type Markup, shortened } from './html-text.ts';
import { between, count, duration, percent, shortCount } from './page-number.ts';
import { plotFigure } from './plot-figure.ts';
import { bottomAxis, type Frame, leftAxis, linearScale, logScale, niceTicks, round, type UprightMark, uprightMarks } from './svg-axis.ts';
import { durationTicks } from './time-ticks.ts';

/** Three of them fit beside one another, and one fits a phone. */
export const small = { name: 'small', width: 340, height: 270 } as const;

/** Draws nothing where no wait is known. */
export function waitPlot(endpoint: EndpointReport): Markup | null {
  const bars = endpoint.waitHistogram.filter(({ requests, toMs }) => requests > 0 && toMs > 0);
  if (bars.length === 0) return null;
  const { p50, p95 } = endpoint.waitMs;
  const limits = endpoint.limits.map(
    ({ name, seconds, share }) => `${name} ${duration(seconds * 1000)}: ${between(share, percent)} end there`,
  );
  return plotFigure({
    id: `waits-${endpoint.rank}`,
    title: 'How long callers wait',
    caption: limits.length === 0 ? 'Requests by their duration.' : `Limits: ${limits.join('; ')}.`,
    description: `Histogram of ${count(bars.reduce((sum, { requests }) => sum + requests, 0))} requests by wait. Half are done within ${between(p50, duration)}, 95 % within ${between(p95, duration)}. ${limits.join('; ')}`,
    pictures: [{ ...small, content: picture(endpoint, bars) }],
    table: {
      caption: `waits of ${endpoint.endpoint}`,
      columns: ['From', 'To', 'Requests'],
      rows: bars.map(({ fromMs, toMs, requests }) => [duration(fromMs), duration(toMs), count(requests)]),
    },
  });
}

function picture({ waitMs, limits }: EndpointReport, bars: EndpointReport['waitHistogram']): Markup {
  const marks = [
    { name: 'p50', seconds: (waitMs.p50?.[1] ?? 0) / 1000, className: 'quantile' },
    { name: 'p95', seconds: (waitMs.p95?.[1] ?? 0) / 1000, className: 'quantile' },
    ...limits.map(({ name, seconds }) => ({ name, seconds, className: 'limit' })),
  ].filter(({ seconds }) => seconds > 0);
  const frame: Frame = { ...small, left: 44, right: small.width - 10, top: 74, bottom: small.height - 44 };
  const low = Math.max(0.001, Math.min(...bars.map(({ fromMs }) => fromMs || 1)) / 1000);
  const high = Math.max(...bars.map(({ toMs }) => toMs / 1000), ...marks.map(({ seconds }) => seconds));
  const range = widened(low, high);
  const x = logScale(range, [frame.left, frame.right]);
  const ticks = niceTicks(Math.max(...bars.map(({ requests }) => requests)), 3);
  const y = linearScale([0, ticks.at(-1) ?? 1], [frame.bottom, frame.top]);
  const rects = bars.map(({ fromMs, toMs, requests }) => {
    const from = x(fromMs / 1000);
    return html`<rect class="bar" x="${round(from)}" y="${round(y(requests))}" width="${round(Math.max(x(toMs / 1000) - from - 0.6, 0.6))}" height="${round(frame.bottom - y(requests))}"/>`;
  });
  const shown = marks.map(
    ({ name, seconds, className }): UprightMark => ({
      at: x(seconds),
      text: `${shortened(name, 24)} ${duration(seconds * 1000)}`,
      className,
    }),
  );
  return html`${leftAxis(
    frame,
    ticks.map((value) => ({ at: y(value), text: shortCount(value) })),
    'requests',
  )}${bottomAxis(frame, durationTicks(...range, x), 'wait for the answer', false)}${rects}${uprightMarks(frame, shown, 3)}`;
}

/** Widens a range to at least a decade and a half, so that it has ticks to read it by. */
function widened(low: number, high: number): readonly [number, number] {
  const missing = Math.max(0, 1.5 - Math.log10(high / low)) / 2;
  return [low / 10 ** (missing + 0.05), high * 10 ** (missing + 0.05)];
}
