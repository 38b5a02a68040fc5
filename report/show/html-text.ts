/** Markup that escapes by default: what comes from a log is written by strangers. */

/** Text that is markup already, and goes into a page unchanged. Only `html` and `trusted` create it. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Child = Markup | string | number | null | readonly Child[];

/** Marks, controls and halves of characters that change how the text around them is read, or that XML forbids. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\uFFFE\uFFFF]/gu;
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Writes a page as a template: each value is escaped, unless it is markup. A list is its parts one after another, and null is nothing. */
export function html(strings: TemplateStringsArray, ...children: readonly Child[]): Markup {
  return new Markup(strings.map((string, i) => string + (i < children.length ? asText(children[i] ?? null) : '')).join(''));
}

/** Takes text as markup, for what this program wrote itself, such as a style sheet or the points of a path. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

/**
 * Shows characters that cannot be seen by their code, so that a name can neither hide a part nor turn the order of what follows.
 * @returns such as `/a\u{202E}b`
 */
export function visible(text: string): string {
  return text.replaceAll(unseen, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`);
}

/** Cuts text to a number of characters, the last of which is `…` where something is missing. */
export function shortened(text: string, characters: number): string {
  const all = [...visible(text)];
  return all.length <= characters ? all.join('') : `${all.slice(0, characters - 1).join('')}…`;
}

/** Lists names in a sentence: `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** Says a number of things, such as `1 endpoint` or `2 endpoints`. */
export function counted(amount: number, one: string, many = `${one}s`, shown = String(amount)): string {
  return `${shown}\u00a0${amount === 1 ? one : many}`;
}

/** Ties numbers to their units, so that no line ends between them. */
export function tied(text: string): string {
  return text.replaceAll(/(\d) (?=(?:%|ms|s|min|h|KB|MB|USD)(?![\p{L}\d]))/gu, '$1\u00a0');
}

function asText(child: Child): string {
  if (child === null) return '';
  if (child instanceof Markup) return child.text;
  if (Array.isArray(child)) return child.map(asText).join('');
  return visible(String(child)).replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}
