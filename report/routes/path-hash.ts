/** Hashes that decide what is kept: the same in every run, so that the report is. */

import { mix } from '../read/text-hash.ts';

/** Read once: it is called for every character. */
const { imul } = Math;

/** A text of its own: a part of a line would keep the whole line in memory. */
export function ownText(text: string): string {
  return text.length < 13 ? text : Buffer.from(text, 'utf16le').toString('utf16le');
}

/** 53 bits, from two rounds of FNV-1a with an avalanche behind. A collision would only make two children share their luck. */
export function hashOf(text: string): number {
  let low = 0x811c9dc5;
  let high = 0xc2b2ae35;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    low = imul(low ^ code, 0x01000193);
    high = imul(high ^ code, 0x85ebca6b);
  }
  return (mix(high ^ low) >>> 11) * 0x1_0000_0000 + (mix(low) >>> 0);
}

/** 32 bits, signed. */
export function shortHashOf(text: string): number {
  let bits = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) bits = imul(bits ^ text.charCodeAt(i), 0x01000193);
  return mix(bits);
}
