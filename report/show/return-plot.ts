/** The return curve: when callers first read something related after the answer, and the same before the request as a control. */
import type { EndpointReport, FollowUpFacts } from '../delegation-report.ts';
import { html, type Markup } from './html-text.ts';
import { count, duration, percent } from './page-number.ts';
import { plotFigure } from './plot-figure.ts';
import { bottomAxis, type Frame, leftAxis, linearScale, logScale, niceTicks, round } from './svg-axis.ts';
import { durationTicks } from './time-ticks.ts';
import { small } from './wait-plot.ts';

const seconds = (value: number) => duration(value * 1000);

/** Draws nothing where callers cannot be followed. */
export function returnPlot({ rank, endpoint, followUps }: EndpointReport): Markup | null {
  const curve = followUps?.returnCurve.filter((point) => point.seconds > 0) ?? [];
  if (followUps === null || curve.length < 2) return null;
  const { slackSeconds: slack, writes } = followUps;
  const when =
    slack === null
      ? 'Fewer than 20 came back, too few to say when.'
      : `Of those who come back, half do within ${seconds(slack.p50)}, one in twenty within ${seconds(slack.p5)}.`;
  const last = curve.at(-1);
  return plotFigure({
    id: `return-${rank}`,
    title: 'When they come back',
    caption: `${when} Dashed: reads before the request, which cannot be caused by it.`,
    description: `Share of ${count(writes)} requests whose caller read something related by a time after the answer, and the same before the request. At ${seconds(last?.seconds ?? 0)}: ${percent(last?.after ?? 0)} after, ${percent(last?.before ?? 0)} before. ${when}`,
    pictures: [{ ...small, content: picture(curve) }],
    table: {
      caption: `returns of callers of ${endpoint}`,
      columns: ['Within', 'After the answer', 'Before the request', 'Difference'],
      rows: curve.map(({ seconds: within, after, before }) => [seconds(within), percent(after), percent(before), percent(after - before)]),
    },
  });
}

function picture(curve: FollowUpFacts['returnCurve']): Markup {
  const frame: Frame = { ...small, left: 50, right: small.width - 14, top: 30, bottom: small.height - 44 };
  const range = [curve[0]?.seconds ?? 1, curve.at(-1)?.seconds ?? 1] as const;
  const x = logScale(range, [frame.left, frame.right]);
  const highest = Math.max(...curve.map(({ after, before }) => Math.max(after, before)), 0.05);
  const ticks = niceTicks(highest, 4);
  const top = Math.min(1, ticks.at(-1) ?? 1);
  const y = linearScale([0, top], [frame.bottom, frame.top]);
  const path = (share: (point: (typeof curve)[number]) => number) =>
    curve.map((point, i) => `${i === 0 ? 'M' : 'L'}${round(x(point.seconds))} ${round(y(share(point)))}`).join('');
  return html`${leftAxis(
    frame,
    ticks.filter((share) => share <= top).map((share) => ({ at: y(share), text: percent(share) })),
    'callers who came back',
  )}${bottomAxis(frame, durationTicks(...range, x), 'time since the answer')}<path class="control" d="${path(({ before }) => before)}"/><path class="curve" d="${path(({ after }) => after)}"/>${names(curve, frame, y)}`;
}

/** Names both curves at their right ends, one above and one below where they are close. */
function names(curve: FollowUpFacts['returnCurve'], { right, top, bottom }: Frame, y: (share: number) => number): Markup {
  const { after, before } = curve.at(-1) ?? { after: 0, before: 0 };
  const isAbove = after >= before;
  const upper = Math.max(y(Math.max(after, before)) - 8, top - 6);
  const lower = Math.min(Math.max(y(Math.min(after, before)) - 8, upper + 18), bottom - 4);
  const text = (line: number, name: string) =>
    html`<text class="name" x="${right - 2}" y="${round(line)}" text-anchor="end">${name}</text>`;
  return html`${text(isAbove ? upper : lower, 'after the answer')}${text(isAbove ? lower : upper, 'before the request')}`;
}
