/** The map: each endpoint by how long callers wait for it, what the evidence says, and what delegating it would free. */
import type { DelegationReport, EndpointReport } from '../delegation-report.ts';
import { html, type Markup, shortened } from './html-text.ts';
import { type Dot, placeLabels, touches } from './map-labels.ts';
import { between, decimal, duration, signed } from './page-number.ts';
import { narrow, plotFigure, wide } from './plot-figure.ts';
import { bottomAxis, type Frame, leftAxis, linearScale, logScale, niceTicks, round, type Scale, textWidth } from './svg-axis.ts';
import { durationTicks } from './time-ticks.ts';
import { verdictClass } from './verdict-mark.ts';

/** What the corners mean, from the top left, clockwise. */
const corners = ['little to gain', 'discuss these first', 'needed: make it faster', 'leave as it is'] as const;

export function mapPlot({ endpoints }: DelegationReport): Markup {
  const placed = endpoints.filter(({ waitMs }) => waitMs.p50 !== null);
  if (placed.length === 0) return html`<p>No endpoint has enough requests to be drawn.</p>`;
  const missing = endpoints.filter(({ waitMs }) => waitMs.p50 === null).map(({ rank }) => rank);
  return plotFigure({
    id: 'map',
    title: 'Wait, evidence and gain',
    caption: `Further right, callers wait longer; further up, more speaks for delegating; a larger dot would free more. Numbers are those of the table above. A full dot is “delegate”, a ring with a core “probably”, a dashed ring is undecided, a thin ring “keep”.${missing.length === 0 ? '' : ` Not drawn, because too few requests are known: ${missing.join(', ')}.`}`,
    description: `Each endpoint as a dot. ${placed
      .slice(0, 12)
      .map(
        ({ rank, endpoint, waitMs, score, verdict }) =>
          `${rank}: ${endpoint}, ${duration(waitMs.p50?.[1] ?? 0)}, score ${score}, ${verdict}.`,
      )
      .join(' ')}`,
    pictures: [
      { ...wide, height: 460 },
      { ...narrow, height: 400 },
    ].map((size) => ({ ...size, content: picture(placed, size, size.name === 'wide') })),
    table: {
      caption: 'wait, evidence and what would be freed',
      columns: ['Endpoint', 'Wait, p50', 'Score', 'Frees', 'Verdict'],
      rows: endpoints.map(({ rank, endpoint, waitMs, score, freed, verdict }) => [
        `${rank} ${endpoint}`,
        between(waitMs.p50, duration),
        signed(score),
        decimal(freed.peak),
        verdict,
      ]),
    },
  });
}

function picture(
  endpoints: readonly EndpointReport[],
  { width, height }: { readonly width: number; readonly height: number },
  isWide: boolean,
): Markup {
  const frame: Frame = { width, height, left: 34, right: width - 12, top: 30, bottom: height - 44 };
  const waits = endpoints.map(({ waitMs }) => (waitMs.p50?.[1] ?? 0) / 1000);
  const range = [
    Math.max(0.001, Math.min(0.05, ...waits.map((wait) => wait / 1.6))),
    Math.max(20, ...waits.map((wait) => wait * 1.6)),
  ] as const;
  const x = logScale(range, [frame.left, frame.right]);
  const scores = scoreTicks(endpoints.map(({ score }) => score));
  const y = linearScale([scores[0] ?? -4, scores.at(-1) ?? 4], [frame.bottom, frame.top]);
  const dots = dotsOf(endpoints, x, y, isWide);
  const signs = cornerTexts(frame, dots);
  const zeroLine = { left: 0, right: width, top: y(0) - 1, bottom: y(0) + 1 };
  const labels = placeLabels(dots, frame, [zeroLine, ...signs.map(({ box }) => box)], isWide ? 12 : 5);
  return html`${leftAxis(
    frame,
    scores.map((score) => ({ at: y(score), text: signed(score) })),
    'evidence for, minus evidence against',
  )}${bottomAxis(frame, durationTicks(...range, x, false), 'wait for the answer, p50')}<line class="base" x1="${frame.left}" x2="${frame.right}" y1="${round(y(0))}" y2="${round(y(0))}"/>${signs.map(({ text, at, line }) => html`<text class="corner" x="${round(at)}" y="${line}" text-anchor="start">${text}</text>`)}${dots.map((dot, i) => mark(dot, endpoints[i]))}${labels.map(({ text, at, line, anchor }) => html`<text class="name" x="${round(at)}" y="${round(line)}" text-anchor="${anchor}">${text}</text>`)}`;
}

/** The area of a dot is what would be freed, with a smallest size that can be seen. */
function dotsOf(endpoints: readonly EndpointReport[], x: Scale, y: Scale, isWide: boolean): readonly Dot[] {
  const most = Math.max(...endpoints.map(({ freed }) => freed.peak), 0.001);
  return endpoints.map(({ rank, endpoint, waitMs, score, freed }) => ({
    x: x((waitMs.p50?.[1] ?? 0) / 1000),
    y: y(score),
    radius: Math.max(5, Math.sqrt(Math.max(freed.peak, 0) / most) * (isWide ? 26 : 18)),
    number: String(rank),
    text: `${rank} ${shortened(endpoint, isWide ? 34 : 16)}`,
  }));
}

function mark({ x, y, radius }: Dot, endpoint: EndpointReport | undefined): Markup {
  const verdict = verdictClass(endpoint?.verdict ?? 'keep');
  const core = verdict === 'probably' ? html`<circle class="core" cx="${round(x)}" cy="${round(y)}" r="${round(radius / 2)}"/>` : null;
  return html`<g class="dot ${verdict}"><circle class="ring" cx="${round(x)}" cy="${round(y)}" r="${round(radius)}"/>${core}</g>`;
}

/** Texts in the corners, moved inwards where a dot is in the way. */
function cornerTexts({ left, right, top, bottom }: Frame, dots: readonly Dot[]) {
  return corners.flatMap((text, i) => {
    const isRight = i === 1 || i === 2;
    const line = i < 2 ? top + 18 : bottom - 10;
    const width = textWidth(text);
    const places = [6, 50, 100, 150].map((inset) => {
      const from = isRight ? right - inset - width : left + inset;
      return { text, line, at: from, box: { left: from, right: from + width, top: line - 12, bottom: line + 4 } };
    });
    return places.find(({ box }) => !dots.some((dot) => touches(box, dot))) ?? [];
  });
}

/** Scores for the axis: at least from -4 to 4, and a step beyond the outermost dots. */
function scoreTicks(scores: readonly number[]): readonly number[] {
  const low = Math.min(-4, ...scores.map((score) => score - 1));
  const high = Math.max(4, ...scores.map((score) => score + 1));
  const step = Math.max(1, niceTicks(high - low, 6)[1] ?? 1);
  const first = Math.floor(low / step);
  return Array.from({ length: Math.ceil(high / step) - first + 1 }, (_, i) => (first + i) * step);
}
