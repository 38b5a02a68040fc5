/** The texts of an event, created only when they are needed: path, query and ids. */
import { mix } from './seeded-draw.ts';
import type { IdShape, WorldEvent } from './world-event.ts';

// Read once: inside Jest's sandbox each use of a global such as `Math` is slow, and worlds draw many numbers.
const { imul } = Math;

export const host = 'shop.example.com';

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const hex = '0123456789abcdef';

/** @returns the path, with an id of the route's shape */
export function pathOf({ route: { template, ids }, ref }: WorldEvent): string {
  const at = template.indexOf('{id}');
  return at < 0 ? template : template.slice(0, at) + idText(ids, ref) + template.slice(at + 4);
}

/** @returns the path with its query */
export const targetOf = (event: WorldEvent): string => (event.page === 0 ? pathOf(event) : `${pathOf(event)}?${queryOf(event)}`);

/** @returns the query without the question mark; empty where there is none */
export const queryOf = ({ page }: WorldEvent): string => (page === 0 ? '' : `page=${page}`);

/** @returns always the same text for one shape and number, and different texts for different numbers */
export function idText(shape: IdShape, ref: number): string {
  switch (shape) {
    case 'number':
      return `${10_000 + ref}`;
    case 'uuid': {
      const digits = letters(hex, 32, ref);
      return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
    }
    case 'ulid':
      return `01JD${letters(crockford, 22, ref)}`;
    case 'ksuid':
      return `2p${letters(base62, 25, ref)}`;
    case 'mongo':
      return `6743${letters(hex, 20, ref)}`;
    case 'base64url':
      return letters(`${base62}-_`, 22, ref);
  }
}

/** @returns a request id of 32 hexadecimal digits, in the order of the numbers */
export const requestId = (number: number): string => `6743a9c05eed4f1e8d2b7a90${number.toString(16).padStart(8, '0')}`;

/** Draws five letters from one number of 32 bits. */
function letters(alphabet: string, length: number, seed: number): string {
  let text = '';
  let bits = 0;
  for (let at = 0; at < length; at += 1) {
    bits = at % 5 === 0 ? mix(imul(seed + 1, 0x9e3779b1) ^ imul(at + 1, 0x85ebca6b)) : bits >>> 6;
    text += alphabet[bits % alphabet.length];
  }
  return text;
}
