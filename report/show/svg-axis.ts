/** Scales, ticks and axes of a plot, as SVG text. */
import { html, type Markup } from './html-text.ts';

/** The rectangle in which values are drawn, within a picture of a size. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Tick {
  /** Where it is, in the picture. */
  readonly at: number;
  readonly text: string;
}

export type Scale = (value: number) => number;

/** Size of the text in a plot; the style sheet has the same. */
export const textSize = 13;

/** Estimates how wide a text is, on the safe side, since nothing measures it here. */
export function textWidth(text: string, size = textSize): number {
  return [...text].reduce((width, character) => width + (/[ .,:;|!'’()[\]iljtfrI/]/.test(character) ? 0.4 : 0.62), 0) * size;
}

/** Maps a range of values to a range of the picture; values outside are moved to the nearest end. */
export function linearScale([low, high]: readonly [number, number], [from, to]: readonly [number, number]): Scale {
  const span = high - low || 1;
  return (value) => from + (Math.min(Math.max((value - low) / span, 0), 1) || 0) * (to - from);
}

/** Maps a range of positive values by their logarithm. */
export function logScale([low, high]: readonly [number, number], range: readonly [number, number]): Scale {
  const linear = linearScale([Math.log10(low), Math.log10(high)], range);
  return (value) => linear(Math.log10(Math.max(value, low)));
}

/** Chooses steps of 1, 2 or 5 times a power of ten. @returns values from 0 up to the first at or above the highest value */
export function niceTicks(highest: number, wanted = 4): readonly number[] {
  const rough = (highest > 0 ? highest : 1) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const steps = Math.max(1, Math.ceil((highest / step) * 0.999));
  return Array.from({ length: steps + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** Draws the upright axis: a faint line and a number for each tick, and what it counts at the top of the picture. */
export function leftAxis({ left, right }: Frame, ticks: readonly Tick[], title: string): Markup {
  const lines = ticks.map(({ at, text }, i) => [
    html`<line class="${i === 0 ? 'base' : 'grid'}" x1="${left}" x2="${right}" y1="${round(at)}" y2="${round(at)}"/>`,
    html`<text class="tick" x="${left - 6}" y="${round(at + 4)}" text-anchor="end">${text}</text>`,
  ]);
  return html`${lines}<text class="axis" x="2" y="14">${title}</text>`;
}

/** Draws the level axis. Numbers that would touch the one before are left out, the lines stay. */
export function bottomAxis(frame: Frame, ticks: readonly Tick[], title: string, hasLines = true): Markup {
  const { top, bottom, width, left, right } = frame;
  let free = 0;
  const drawn = ticks.map(({ at, text }) => {
    const half = textWidth(text) / 2;
    const centre = Math.min(Math.max(at, half), width - half);
    const line = html`<line class="grid" x1="${round(at)}" x2="${round(at)}" y1="${hasLines ? top : bottom}" y2="${bottom + 4}"/>`;
    if (centre - half < free || text === '') return line;
    free = centre + half + 8;
    return html`${line}<text class="tick" x="${round(centre)}" y="${bottom + 18}" text-anchor="middle">${text}</text>`;
  });
  const name = html`<text class="axis" x="${round((left + right) / 2)}" y="${bottom + 36}" text-anchor="middle">${title}</text>`;
  return html`${drawn}${title === '' ? null : name}`;
}

/** An upright line with a text above it, such as a limit. */
export interface UprightMark {
  readonly at: number;
  readonly text: string;
  readonly className: string;
}

/**
 * Draws marked values. Their texts are above the frame, in as many rows as they need in order not to touch.
 * @param rows how many rows there are; a text that finds no room is left out, so it must be in the caption, too
 */
export function uprightMarks(frame: Frame, marks: readonly UprightMark[], rows: number): Markup {
  const free = Array.from({ length: rows }, () => 0);
  const sorted = marks.toSorted((one, other) => one.at - other.at);
  const lines = sorted.map(
    ({ at, className }) =>
      html`<line class="${className}" x1="${round(at)}" x2="${round(at)}" y1="${frame.top - 4}" y2="${frame.bottom}"/>`,
  );
  const texts = sorted.map(({ at, text }) => {
    const half = textWidth(text) / 2;
    const centre = Math.min(Math.max(at, half + 2), frame.width - half - 2);
    const row = free.findIndex((end) => centre - half >= end);
    if (row === -1) return null;
    free[row] = centre + half + 8;
    return html`<text class="mark" x="${round(centre)}" y="${frame.top - 8 - 16 * row}" text-anchor="middle">${text}</text>`;
  });
  return html`${lines}${texts}`;
}

/** Rounds to a tenth of a pixel. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
