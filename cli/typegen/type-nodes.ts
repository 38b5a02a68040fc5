/** TypeScript types as data: what a schema becomes before it is text. Constructors simplify where the meaning stays the same. */

export type TypeNode =
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'union' | 'intersection'; readonly of: readonly TypeNode[] }
  | { readonly kind: 'array'; readonly item: TypeNode }
  | { readonly kind: 'tuple'; readonly elements: readonly TupleElement[]; readonly rest: TypeNode | undefined }
  | { readonly kind: 'object'; readonly members: readonly Member[]; readonly others: TypeNode | undefined };

export interface TupleElement {
  readonly type: TypeNode;
  readonly isOptional: boolean;
}

/** A property of an object type. */
export interface Member {
  readonly name: string;
  readonly type: TypeNode;
  readonly isOptional: boolean;
  /** Lines of its doc comment. */
  readonly notes: readonly string[];
}

/** @param text a keyword, a literal, or the name of an alias */
export const named = (text: string): TypeNode => ({ kind: 'name', text });

export const unknown = named('unknown');
export const never = named('never');
export const undefinedType = named('undefined');

/** @returns the union of types, without repetitions; `never` where there are none */
export function union(types: readonly TypeNode[]): TypeNode {
  const all = distinct(types.flatMap((type) => (type.kind === 'union' ? type.of : [type]))).filter((type) => !isSame(type, never));
  if (all.some((type) => isSame(type, unknown))) return unknown;
  return all.length > 1 ? { kind: 'union', of: all } : (all[0] ?? never);
}

/**
 * An array in it is taken alone, which is wider: the compiler resolves intersections of arrays at once, so one could not hold itself.
 * @returns the intersection of types, without repetitions; `unknown` where there are none
 */
export function intersection(types: readonly TypeNode[]): TypeNode {
  const all = distinct(types.flatMap((type) => (type.kind === 'intersection' ? type.of : [type]))).filter((type) => !isSame(type, unknown));
  if (all.some((type) => isSame(type, never))) return never;
  const array = all.find(({ kind }) => kind === 'array' || kind === 'tuple');
  if (array !== undefined) return array;
  return all.length > 1 ? { kind: 'intersection', of: all } : (all[0] ?? unknown);
}

/** @returns the names within a type: keywords, literals and aliases */
export function namesIn(type: TypeNode): readonly string[] {
  return type.kind === 'name' ? [type.text] : partsOf(type).flatMap(namesIn);
}

function partsOf(type: Exclude<TypeNode, { kind: 'name' }>): readonly TypeNode[] {
  switch (type.kind) {
    case 'array':
      return [type.item];
    case 'tuple':
      return [...type.elements.map((element) => element.type), ...(type.rest === undefined ? [] : [type.rest])];
    case 'object':
      return [...type.members.map((member) => member.type), ...(type.others === undefined ? [] : [type.others])];
    default:
      return type.of;
  }
}

function distinct(types: readonly TypeNode[]): readonly TypeNode[] {
  return [...new Map(types.map((type) => [JSON.stringify(type), type])).values()];
}

function isSame(a: TypeNode, b: TypeNode): boolean {
  return a.kind === 'name' && b.kind === 'name' && a.text === b.text;
}
