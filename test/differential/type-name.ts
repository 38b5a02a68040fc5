/** DuckDB's names of types, taken apart. */

export type TypeName =
  | { readonly kind: 'scalar'; readonly name: string }
  | { readonly kind: 'list'; readonly item: TypeName }
  | { readonly kind: 'struct'; readonly members: ReadonlyMap<string, TypeName> }
  | { readonly kind: 'map'; readonly key: TypeName; readonly value: TypeName }
  /** The name was too long to be shown whole. */
  | { readonly kind: 'unknown' };

const unknown: TypeName = { kind: 'unknown' };

export function parseTypeName(text: string): TypeName {
  if (text.endsWith('…')) return unknown;
  const list = /^(.*)\[\d*\]$/s.exec(text)?.[1];
  if (list !== undefined) return { kind: 'list', item: parseTypeName(list) };
  const [, head, inner] = /^(STRUCT|MAP)\((.*)\)$/s.exec(text) ?? [];
  if (head === undefined || inner === undefined) return { kind: 'scalar', name: text.replace(/\(.*/s, '') };
  const parts = splitAtCommas(inner);
  if (head === 'MAP') {
    const [key = '', value = ''] = parts;
    return { kind: 'map', key: parseTypeName(key), value: parseTypeName(value) };
  }
  return { kind: 'struct', members: new Map(parts.map(member)) };
}

function member(text: string): readonly [string, TypeName] {
  const quoted = /^"((?:[^"]|"")*)" (.*)$/s.exec(text);
  if (quoted) return [String(quoted[1]).replaceAll('""', '"'), parseTypeName(String(quoted[2]))];
  const space = text.indexOf(' ');
  return [text.slice(0, space), parseTypeName(text.slice(space + 1))];
}

function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let isQuoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (letter === ',' && depth === 0) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return [...parts, text.slice(start).trim()];
}
