/** The attempts of a job as bars: running is filled, waiting is hatched. The timeline below it has the same as a table. */
import type { JSX } from 'preact';
import type { JobResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { nowMs } from '../words/clock.ts';
import { durationText } from '../words/durations.ts';
import { type Bar, barsOf, stretchesOf } from './attempt-bars.ts';

const width = 1000;
const height = 18;

export function AttemptsChart({ job }: { readonly job: JobResource }): JSX.Element | null {
  const isOver = job.finishedAt !== null;
  const bars = barsOf(stretchesOf(job.timeline, isOver ? Date.parse(job.finishedAt ?? '') : nowMs.value));
  if (bars.length === 0) return null;
  const attempts = [...new Set(bars.map(({ attempt }) => attempt))];
  return (
    <figure class="attempts">
      <ol>
        {attempts.map((attempt) => (
          <AttemptRow key={attempt} attempt={attempt} bars={bars.filter((bar) => bar.attempt === attempt)} />
        ))}
      </ol>
      <figcaption class="soft">
        <span class="key-running" /> runs <span class="key-waiting" /> waits
        {bars.some(({ isCut }) => isCut) && ', long waits are drawn shorter'}
      </figcaption>
    </figure>
  );
}

function AttemptRow({ attempt, bars }: { readonly attempt: number; readonly bars: readonly Bar[] }): JSX.Element {
  const sumOf = (kind: Bar['kind']) => bars.filter((bar) => bar.kind === kind).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const [ran, waited] = [sumOf('running'), sumOf('waiting')];
  const name = attempt === 0 ? 'Before the start' : `Attempt ${attempt}`;
  const text = [ran > 0 && `ran ${durationText(ran)}`, waited > 0 && `waited ${durationText(waited)}`].filter(Boolean).join(', ');
  return (
    <li>
      <span class="attempt-name">{name}</span>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={`${name}: ${text}`}>
        <defs>
          <pattern id={`hatch-${attempt}`} width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <line x1="0" y1="0" x2="0" y2="7" class="hatch" />
          </pattern>
        </defs>
        <rect class="track" x="0" y="0" width={width} height={height} />
        {bars.map((bar) => (
          <rect
            key={bar.fromMs}
            class={`bar-${bar.kind}`}
            x={bar.from * width}
            y="0"
            width={Math.max(2, (bar.to - bar.from) * width)}
            height={height}
            fill={bar.kind === 'waiting' ? `url(#hatch-${attempt})` : undefined}
          >
            <title>{`${bar.label}, ${durationText(bar.toMs - bar.fromMs)}`}</title>
          </rect>
        ))}
      </svg>
      <span class="soft number">{text}</span>
    </li>
  );
}
