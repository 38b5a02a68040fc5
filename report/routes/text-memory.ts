/** Remembers what was found for texts such as paths, in bounded memory. */
import { ownText, shortHashOf } from './path-hash.ts';

/** Ours: two generations of texts of at most 200 characters, some 20 MB. */
const maxTexts = 30_000;
const maxCharacters = 200;

export class TextMemory<Value> {
  private recent = new Map<string, Value>();
  private older = new Map<string, Value>();
  private readonly seenOnce = new Int32Array(2 ** 16);

  get(text: string): Value | undefined {
    const found = this.recent.get(text);
    return found === undefined ? this.older.get(text) : found;
  }

  /** Remembers from the second time on: most paths with an identifier never come again, and copying them would cost more than finding the value. */
  set(text: string, value: Value, hash: number = shortHashOf(text)): void {
    const slot = hash & (this.seenOnce.length - 1);
    if (this.seenOnce[slot] !== hash) {
      this.seenOnce[slot] = hash;
      return;
    }
    if (text.length > maxCharacters) return;
    if (this.recent.size >= maxTexts) {
      this.older = this.recent;
      this.recent = new Map();
    }
    this.recent.set(ownText(text), value);
  }
}
