/** EC2's query protocol: form fields such as `Filter.1.Value.2` in, XML out. @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html */

/** A request's fields as a tree: `Tag.1.Key=a` is `Tag` → `1` → `Key` → `a`. */
export type QueryNode = string | Map<string, QueryNode>;

export function parseQuery(body: string): Map<string, QueryNode> {
  const root = new Map<string, QueryNode>();
  for (const [name, value] of new URLSearchParams(body)) {
    const path = name.split('.');
    const last = path.pop() as string;
    let node = root;
    for (const key of path) {
      const known = node.get(key);
      const next = known instanceof Map ? known : new Map<string, QueryNode>();
      node.set(key, next);
      node = next;
    }
    node.set(last, value);
  }
  return root;
}

/** @returns a field's text, or undefined when it is missing or a structure */
export function text(node: QueryNode | undefined, name: string): string | undefined {
  const value = node instanceof Map ? node.get(name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** @returns the members of a numbered list in the order of their numbers */
export function list(node: QueryNode | undefined, name: string): readonly QueryNode[] {
  const members = node instanceof Map ? node.get(name) : undefined;
  if (!(members instanceof Map)) return [];
  return [...members].sort(([a], [b]) => Number(a) - Number(b)).map(([, member]) => member);
}

/** @returns the texts of a numbered list */
export function texts(node: QueryNode | undefined, name: string): readonly string[] {
  return list(node, name).filter((member) => typeof member === 'string');
}

export type XmlValue = string | number | boolean | undefined | readonly XmlValue[] | { readonly [name: string]: XmlValue };

/** Members become elements, lists their `item`s; what is undefined is left out. */
export function toXml(value: XmlValue): string {
  if (value === undefined) return '';
  if (typeof value !== 'object') return escapeXml(String(value));
  if (Array.isArray(value)) return value.map((item) => `<item>${toXml(item)}</item>`).join('');
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `<${name}>${toXml(member)}</${name}>`)
    .join('');
}

/** Characters that XML 1.0 cannot hold are left out. */
function escapeXml(raw: string): string {
  return raw
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
