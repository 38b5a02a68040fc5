/** Finds members that an object of a JSON text holds twice: `JSON.parse` keeps the last one and says nothing. */

export interface DuplicateMembers {
  readonly count: number;
  /** Where the first ones are, as names and indexes from the root, in the order of the text. */
  readonly paths: readonly (readonly (string | number)[])[];
}

/** An object or array that is being read: its names so far and the last one, or the index of its element. */
type Frame = { readonly names: Set<string>; name: string } | { readonly names: undefined; index: number };

/**
 * Reads the text once, in linear time.
 * @param text valid JSON: what `JSON.parse` refuses is not looked for here
 * @param maxPaths how many are located; all are counted
 * @see https://www.rfc-editor.org/rfc/rfc8259#section-4
 */
export function duplicateMembers(text: string, maxPaths: number): DuplicateMembers {
  const frames: Frame[] = [];
  const paths: (readonly (string | number)[])[] = [];
  let count = 0;
  let isNameNext = false;
  for (let i = 0; i < text.length; i++) {
    const frame = frames.at(-1);
    switch (text[i]) {
      case '"': {
        const end = endOfString(text, i);
        if (isNameNext && frame?.names !== undefined) {
          frame.name = nameIn(text.slice(i, end));
          if (frame.names.has(frame.name) && ++count <= maxPaths) paths.push(frames.map(position));
          frame.names.add(frame.name);
        }
        isNameNext = false;
        i = end - 1;
        break;
      }
      case '{':
        frames.push({ names: new Set(), name: '' });
        isNameNext = true;
        break;
      case '[':
        frames.push({ names: undefined, index: 0 });
        break;
      case ',':
        isNameNext = frame?.names !== undefined;
        if (frame?.names === undefined && frame !== undefined) frame.index++;
        break;
      case '}':
      case ']':
        frames.pop();
        isNameNext = false;
        break;
    }
  }
  return { count, paths };
}

/** @returns the place behind the closing quote of the string that begins at `start` */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}

/** Names are the same however they are spelled: `"a"` and `"\u0061"`. */
function nameIn(literal: string): string {
  return literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
}

function position(frame: Frame): string | number {
  return frame.names === undefined ? frame.index : frame.name;
}
