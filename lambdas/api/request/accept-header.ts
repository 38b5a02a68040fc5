/** The header `Accept`. @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1 */
import { ProblemError } from '../problem.ts';

/** @throws ProblemError `not-acceptable`, where the header leaves out the media type */
export function requireAccepted(header: string | undefined, mediaType: string): void {
  if (isAccepted(header, mediaType)) return;
  throw new ProblemError('not-acceptable', { detail: `The answer is ${mediaType}: name it in Accept, or leave the header out.` });
}

/** Finds the most specific range that holds the type; one of weight 0 refuses it. Without the header everything is accepted. */
export function isAccepted(header: string | undefined, mediaType: string): boolean {
  if (header === undefined || header.trim() === '') return true;
  const weights = new Map(header.split(',').map(readRange));
  const [kind] = mediaType.split('/');
  const range = [mediaType, `${kind}/*`, '*/*'].find((one) => weights.has(one));
  return range !== undefined && weights.get(range) !== 0;
}

/** @returns the range and its weight, which is 1 where it is left out or not a number */
function readRange(text: string): [string, number] {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return [range, weight === undefined || Number.isNaN(Number(weight)) ? 1 : Number(weight)];
}
