/** The week: requests in progress over time, as it was, and without the endpoints that need not answer at once. */
import type { DelegationReport } from '../delegation-report.ts';
import { counted, html, listed, type Markup } from './html-text.ts';
import { decimal } from './page-number.ts';
import { narrow, plotFigure, wide } from './plot-figure.ts';
import { bottomAxis, type Frame, leftAxis, linearScale, niceTicks, round, type Scale } from './svg-axis.ts';
import { timeTicks } from './time-ticks.ts';
import { cumulated, isDelegable, type WeekSteps, weekSteps, weekTable } from './week-steps.ts';

/** Draws both pictures with one scale, so that they can be compared. Nothing where there is no request. */
export function weekPlots(report: DelegationReport): Markup {
  const steps = weekSteps(report.service.timeline);
  if (steps === null) return html`<p>There is no request to draw.</p>`;
  const highest = Math.max(...steps.total);
  const capacity = report.service.replay?.capacity ?? null;
  const top = capacity !== null && capacity <= 3 * highest ? Math.max(capacity, highest) : highest;
  const named = steps.layers.map(({ endpoint }) => ({ endpoint, goes: isDelegable(report, endpoint) }));
  const rest = steps.total.length > 0 && named.length < report.endpoints.length;
  const table = weekTable(steps);
  const figure = (kind: 'before' | 'after') =>
    plotFigure({
      id: `week-${kind}`,
      title: kind === 'before' ? 'As it was' : 'Without the endpoints that need not answer at once',
      caption: captionOf(steps, kind, capacity, top),
      legend: legend(named, rest, kind),
      description: `Stacked areas of requests in progress, each point the highest minute of ${steps.minutes} minutes. Highest total: ${decimal(highest)}${kind === 'before' ? '' : `; without the delegable endpoints ${decimal(Math.max(...steps.without))}`}. ${named.length === 0 ? '' : `Drawn apart: ${listed(named.map(({ endpoint }) => endpoint))}.`}`,
      pictures: [
        { ...wide, height: 250 },
        { ...narrow, height: 220 },
      ].map((size) => ({ ...size, content: picture(steps, named, { kind, top, capacity, ...size }) })),
      table: {
        ...table,
        caption: `requests in progress, ${kind === 'before' ? 'as it was' : 'without the delegable endpoints'}, ${table.caption}`,
      },
    });
  return html`${figure('before')}${named.some(({ goes }) => goes) || steps.without.some((value, i) => value < (steps.total[i] ?? 0)) ? figure('after') : null}`;
}

interface Named {
  readonly endpoint: string;
  readonly goes: boolean;
}

interface View {
  readonly kind: 'before' | 'after';
  readonly top: number;
  readonly capacity: number | null;
  readonly width: number;
  readonly height: number;
}

function picture(whole: WeekSteps, named: readonly Named[], { kind, top, capacity, width, height }: View): Markup {
  const frame: Frame = { width, height, left: 44, right: width - 10, top: 30, bottom: height - 26 };
  const ticks = niceTicks(top);
  const y = linearScale([0, ticks.at(-1) ?? 1], [frame.bottom, frame.top]);
  const toMs = whole.fromMs + whole.total.length * whole.minutes * 60_000;
  const x = linearScale([whole.fromMs, toMs], [frame.left, frame.right]);
  const steps = whole.fitted(Math.floor(frame.right - frame.left));
  const at: Scale = (step) => frame.left + (step / steps.total.length) * (frame.right - frame.left);
  const layers = steps.layers.map(({ held }, i) => ({ className: `layer-${i + 1}`, held, goes: named[i]?.goes ?? false }));
  const shown = kind === 'before' ? layers : layers.filter(({ goes }) => !goes);
  const total = kind === 'before' ? steps.total : steps.without;
  const sums = cumulated(
    shown.map(({ held }) => held),
    total,
  );
  // The highest is drawn first, and each lower sum covers the part below it.
  const areas = [
    ...(kind === 'after' ? [area('layer-freed', steps.total, at, y)] : []),
    area('layer-rest', total, at, y),
    ...shown.map(({ className }, i) => area(className, sums[i] ?? [], at, y)).reverse(),
  ];
  const line =
    capacity === null || capacity > (ticks.at(-1) ?? 0)
      ? null
      : html`<line class="capacity" x1="${frame.left}" x2="${frame.right}" y1="${round(y(capacity))}" y2="${round(y(capacity))}"/>`;
  return html`${leftAxis(
    frame,
    ticks.map((value) => ({ at: y(value), text: decimal(value) })),
    'requests in progress',
  )}${areas}${bottomAxis(frame, timeTicks(whole.fromMs, toMs, x, Math.floor(width / 84)), '', false)}${line}`;
}

function captionOf({ minutes }: WeekSteps, kind: View['kind'], capacity: number | null, top: number): string {
  const line =
    capacity === null
      ? ''
      : capacity > top
        ? ` The capacity, ${decimal(capacity)}, is above the picture.`
        : ` The dashed line is the capacity, ${decimal(capacity)}.`;
  return kind === 'before'
    ? `The highest minute of each ${counted(minutes, 'minute')}. Layers from the bottom up, as listed.${line}`
    : `The same scale; the top layer would no longer be in progress.${line}`;
}

/** An area below steps, down to the base line, in relative moves, since a month has thousands of them. */
function area(className: string, values: readonly number[], at: Scale, y: Scale): Markup {
  const steps = values.map((value, i) => `V${round(y(value))}H${round(at(i + 1))}`).join('');
  return html`<path class="${className}" d="M${round(at(0))} ${round(y(0))}${steps}V${round(y(0))}Z"/>`;
}

function legend(named: readonly Named[], hasRest: boolean, kind: View['kind']): Markup {
  const swatch = (className: string, text: string) =>
    html`<li><svg class="swatch" viewBox="0 0 14 14" aria-hidden="true"><rect class="${className}" width="14" height="14"/></svg> ${text}</li>`;
  const layers = named.map(({ endpoint, goes }, i) => ({ endpoint, goes, className: `layer-${i + 1}` }));
  return html`<ul class="legend">${layers
    .filter(({ goes }) => kind === 'before' || !goes)
    .map(({ className, endpoint }) =>
      swatch(className, endpoint),
    )}${hasRest ? swatch('layer-rest', 'all others') : null}${kind === 'after' ? swatch('layer-freed', 'no longer in progress') : null}</ul>`;
}
