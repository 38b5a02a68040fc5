/** Labels of dots that touch neither each other nor a dot nor the edge. */
import { type Frame, textWidth } from './svg-axis.ts';

export interface Dot {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** The short form, where there is no room for the text. */
  readonly number: string;
  readonly text: string;
}

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface PlacedLabel {
  readonly text: string;
  readonly at: number;
  readonly line: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

type Place = PlacedLabel & { readonly box: Box };

/**
 * Places labels one after another, in the order of the dots: the full text at the first place that is free, or the number.
 * @param taken boxes that must stay free
 * @param most how many dots may have their full text
 */
export function placeLabels(dots: readonly Dot[], frame: Frame, taken: readonly Box[], most: number): readonly PlacedLabel[] {
  const boxes = [...taken];
  return dots.flatMap((dot, i) => {
    const others = dots.filter((other) => other !== dot);
    const isFree = ({ box }: Place) =>
      isInside(box, frame) && !boxes.some((other) => touch(box, other)) && !others.some((other) => touches(box, other));
    const place = [...(i < most ? placesAround(dot, dot.text) : []), ...placesAround(dot, dot.number)].find(isFree);
    if (place === undefined) return [];
    boxes.push(place.box);
    return [place];
  });
}

function placesAround({ x, y, radius }: Dot, text: string): readonly Place[] {
  const width = textWidth(text) + 2;
  const aside = radius + 5;
  const slant = radius * 0.71 + 4;
  return (
    [
      ['start', x + aside, y + 4],
      ['end', x - aside, y + 4],
      ['middle', x, y - radius - 6],
      ['middle', x, y + radius + 15],
      ['start', x + slant, y - slant],
      ['start', x + slant, y + slant + 8],
      ['end', x - slant, y - slant],
      ['end', x - slant, y + slant + 8],
    ] as const
  ).map(([anchor, at, line]) => {
    const left = anchor === 'start' ? at : anchor === 'end' ? at - width : at - width / 2;
    return { text, at, line, anchor, box: { left, right: left + width, top: line - 12, bottom: line + 4 } };
  });
}

function isInside(box: Box, frame: Frame): boolean {
  return box.left >= frame.left + 2 && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
}

function touch(one: Box, other: Box): boolean {
  return one.left < other.right + 2 && other.left < one.right + 2 && one.top < other.bottom && other.top < one.bottom;
}

/** Says whether a box touches a dot. */
export function touches(box: Box, { x, y, radius }: Dot): boolean {
  const away = Math.hypot(x - Math.min(Math.max(x, box.left), box.right), y - Math.min(Math.max(y, box.top), box.bottom));
  return away < radius + 1;
}
