/** Hashes of texts that are held in place of the texts. */

/**
 * Makes a hash of 53 bits, for identity within one process: two lanes of 32 bits, mixed at the end.
 * @param seed with a random seed, nothing that is left in memory can be found in a dictionary of callers
 */
export function textHash(text: string, seed: number): number {
  let one = seed ^ 0xdeadbeef;
  let other = seed ^ 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    one = Math.imul(one ^ unit, 0x9e3779b1);
    other = Math.imul(other ^ unit, 0x5f356495);
  }
  one = mix(one) ^ mix(other ^ 0x27d4eb2f);
  other = mix(other) ^ mix(one);
  return (other >>> 11) * 4_294_967_296 + (one >>> 0);
}

/** @returns how often the callers would have to be halved to leave this one out: 0 for half of them, 1 for a quarter, up to 32 */
export const sampleLevel = (caller: string): number => Math.clz32(textHash(caller, 0) >>> 0);

/** An avalanche: every bit of the value changes about half of the 32 bits of the result. https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp */
export function mix(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
