/** The patience curve: which share of callers still waits after a time. */
import type { EndpointReport, PatienceFacts } from '../delegation-report.ts';
import { html, type Markup } from './html-text.ts';
import { between, duration, percent } from './page-number.ts';
import { plotFigure } from './plot-figure.ts';
import { bottomAxis, type Frame, leftAxis, linearScale, niceTicks, round, uprightMarks } from './svg-axis.ts';
import { small } from './wait-plot.ts';

const seconds = (value: number) => duration(value * 1000);

/** Draws nothing where no caller hung up. */
export function patiencePlot({ rank, endpoint, patience }: EndpointReport): Markup | null {
  if (patience === null || patience.curve.length === 0) return null;
  const { curve, quarterGoneSeconds, clientTimeoutSeconds } = patience;
  const quarter = quarterGoneSeconds === null ? 'Fewer than a quarter leave.' : `A quarter is gone after ${seconds(quarterGoneSeconds)}.`;
  const timeout =
    clientTimeoutSeconds === null ? '' : ` Many leave at ${seconds(clientTimeoutSeconds)} at once: a setting of the client, not a person.`;
  return plotFigure({
    id: `patience-${rank}`,
    title: 'How long they are patient',
    caption: `${quarter}${timeout}`,
    description: `Kaplan-Meier curve with its 95 % band: the share of callers who still wait after a time. At the end, ${seconds(curve.at(-1)?.seconds ?? 0)}, it is ${between(curve.at(-1)?.waiting ?? null, percent)}. ${quarter}${timeout}`,
    pictures: [{ ...small, content: picture(patience) }],
    table: {
      caption: `patience of callers of ${endpoint}`,
      columns: ['After', 'Still waiting', 'At least', 'At most'],
      rows: thinned(curve, 24).map(({ seconds: after, waiting: [low, share, high] }) => [
        seconds(after),
        percent(share),
        percent(low),
        percent(high),
      ]),
    },
  });
}

function picture({ curve, quarterGoneSeconds, clientTimeoutSeconds }: PatienceFacts): Markup {
  const frame: Frame = { ...small, left: 50, right: small.width - 14, top: 44, bottom: small.height - 44 };
  const end = Math.max(...curve.map((point) => point.seconds), clientTimeoutSeconds ?? 0);
  const ticks = niceTicks(end, 5);
  const x = linearScale([0, end], [frame.left, frame.right]);
  const y = linearScale([0, 1], [frame.bottom, frame.top]);
  const points = curve[0]?.seconds === 0 ? curve : [{ seconds: 0, waiting: [1, 1, 1] as const }, ...curve];
  const along = (bound: 0 | 1 | 2) => thinned(points, 260).map((point) => [x(point.seconds), y(point.waiting[bound])] as const);
  const marks =
    clientTimeoutSeconds === null
      ? []
      : [{ at: x(clientTimeoutSeconds), text: `client’s time-out ${seconds(clientTimeoutSeconds)}`, className: 'limit' }];
  const quarter =
    quarterGoneSeconds === null ? null : html`<circle class="point" cx="${round(x(quarterGoneSeconds))}" cy="${round(y(0.75))}" r="4.5"/>`;
  return html`${leftAxis(
    frame,
    [0, 0.25, 0.5, 0.75, 1].map((share) => ({ at: y(share), text: percent(share) })),
    'callers still waiting',
  )}${bottomAxis(
    frame,
    ticks.filter((value) => value <= end).map((value) => ({ at: x(value), text: seconds(value).replace(/^0\D+$/, '0') })),
    'time since the request',
  )}${band(along(2), along(0))}<path class="curve" d="${steps(along(1))}"/>${quarter}${uprightMarks(frame, marks, 1)}`;
}

/** Takes evenly spaced points of a curve that has more of them than can be seen or read. */
function thinned<Point>(points: readonly Point[], most: number): readonly Point[] {
  if (points.length <= most) return points;
  return Array.from({ length: most }, (_, i) => points[Math.round((i * (points.length - 1)) / (most - 1))]).filter(
    (point) => point !== undefined,
  );
}

type Points = readonly (readonly [x: number, y: number])[];

/** A curve that falls in steps: level up to the next event, and down there. */
function steps(points: Points): string {
  return points.map(([x, y], i) => (i === 0 ? `M${round(x)} ${round(y)}` : `H${round(x)}V${round(y)}`)).join('');
}

/** The area between two curves of steps: along the upper one, and back along the lower one, which is level after each of its points. */
function band(upper: Points, lower: Points): Markup {
  const back = lower.toReversed().map(([x, y], i) => (i === 0 ? `V${round(y)}` : `V${round(y)}H${round(x)}`));
  return html`<path class="band" d="${steps(upper)}${back.join('')}Z"/>`;
}
