/** References within a JSON Schema (`$ref`): what they point at, and the alias that stands for it. */
import { isRecord } from './json-values.ts';

export class SchemaReferences {
  /** Pointers by the names of their aliases, in the order of their first use. */
  readonly aliases = new Map<string, string>();
  readonly root: unknown;
  private readonly prefix: string;
  private readonly taken: Set<string>;

  /**
   * @param root the whole schema
   * @param prefix what names of its aliases begin with, such as `RunQueryInput`
   * @param taken names that are in use; those of new aliases are added
   */
  constructor(root: unknown, prefix: string, taken: Set<string>) {
    this.root = root;
    this.prefix = prefix;
    this.taken = taken;
  }

  /**
   * @param pointer the value of a `$ref`
   * @param from the alias in which it is used with nothing between, as in a union; an alias that would only be itself is none
   * @returns the name of an alias; undefined where nothing is known of the target
   */
  aliasOf(pointer: string, from: string | undefined): string | undefined {
    if (this.resolve(pointer) === undefined) return undefined;
    if (from !== undefined && this.reaches(pointer, from, new Set())) return undefined;
    const name = this.aliases.get(pointer) ?? this.newName(pointer);
    this.aliases.set(pointer, name);
    return name;
  }

  /** @returns the target of a pointer such as `#/$defs/Node`; undefined for other references, and where there is none */
  resolve(pointer: string): unknown {
    if (pointer === '#') return this.root;
    if (!pointer.startsWith('#/')) return undefined;
    return tokensOf(pointer).reduce<unknown>(
      (at, token) =>
        (isRecord(at) || Array.isArray(at)) && Object.hasOwn(at, token) ? (at as Readonly<Record<string, unknown>>)[token] : undefined,
      this.root,
    );
  }

  /** Whether a target is, without an object or an array between, what `wanted` points at: TypeScript knows no such alias. */
  private reaches(pointer: string, wanted: string, seen: Set<string>): boolean {
    if (pointer === wanted) return true;
    if (seen.has(pointer)) return false;
    seen.add(pointer);
    return directPointers(this.resolve(pointer)).some((next) => this.reaches(next, wanted, seen));
  }

  private newName(pointer: string): string {
    const base = `${this.prefix}${pointer === '#' ? '' : pascalCase(tokensOf(pointer).at(-1) ?? '')}`;
    let name = base;
    for (let number = 2; this.taken.has(name); number++) name = `${base}${number}`;
    this.taken.add(name);
    return name;
  }
}

/** @returns a name as an identifier, such as `RunQuery` for `run-query` */
export function pascalCase(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`).join('');
}

function directPointers(schema: unknown): readonly string[] {
  if (!isRecord(schema)) return [];
  const parts = ['allOf', 'anyOf', 'oneOf'].flatMap((name) => (Array.isArray(schema[name]) ? (schema[name] as unknown[]) : []));
  return [...(typeof schema['$ref'] === 'string' ? [schema['$ref']] : []), ...parts.flatMap(directPointers)];
}

/** @see https://www.rfc-editor.org/rfc/rfc6901#section-6 */
function tokensOf(pointer: string): readonly string[] {
  return pointer
    .slice(2)
    .split('/')
    .map((token) => decoded(token).replaceAll('~1', '/').replaceAll('~0', '~'));
}

function decoded(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}
