/** A strict reader of XML, for pages that are written to be both HTML and XML. */

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (Element | string)[];
}

const token = /<!DOCTYPE html>\n|<(\/?)([a-z][a-zA-Z0-9]*)((?:\s+[a-z][a-zA-Z0-9-]*="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const entity = /&(?:amp|lt|gt|quot|#39);/g;
const plain: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };

/** @throws when a tag is not closed, an attribute comes twice or has no quotes, or a character is not escaped */
export function readMarkup(text: string): Element {
  const root = { name: '#page', attributes: {}, children: [] as (Element | string)[] };
  const open = [root];
  let end = 0;
  for (const [whole, closing, name = '', attributes = '', empty, content] of text.matchAll(token)) {
    end += whole.length;
    const parent = open.at(-1) ?? root;
    if (content !== undefined) parent.children.push(decoded(content));
    else if (closing === '/') {
      if (open.pop()?.name !== name || open.length === 0) throw new Error(`</${name}> closes ${parent.name}`);
    } else if (name !== '') {
      const element = { name, attributes: readAttributes(attributes), children: [] };
      parent.children.push(element);
      if (empty !== '/') open.push(element);
    }
  }
  if (end !== text.length) throw new Error(`Not well-formed here: ${text.slice(end, end + 80)}`);
  if (open.length !== 1) throw new Error(`Not closed: ${open.at(-1)?.name}`);
  return root;
}

/** Lists an element and all elements in it. */
export function elementsIn(element: Element): readonly Element[] {
  return [element, ...element.children.flatMap((child) => (typeof child === 'string' ? [] : elementsIn(child)))];
}

export function textOf(element: Element): string {
  return element.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');
}

function readAttributes(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(/([a-zA-Z0-9-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, decoded(value)] as const);
  if (new Set(pairs.map(([name]) => name)).size !== pairs.length) throw new Error(`An attribute comes twice: ${text}`);
  return Object.fromEntries(pairs);
}

function decoded(text: string): string {
  if (text.replaceAll(entity, '').includes('&')) throw new Error(`An ampersand is not escaped: ${text.slice(0, 80)}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids.
  if (/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.test(text)) throw new Error('XML forbids a character');
  return text.replaceAll(entity, (found) => plain[found] ?? '');
}
