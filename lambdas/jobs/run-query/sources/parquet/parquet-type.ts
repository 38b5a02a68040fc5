/** Types of columns in several Parquet files, and the one that holds the values of all of them unchanged. */
import { identifier } from '../../sql-text.ts';

export type ParquetType =
  | { readonly kind: 'scalar'; readonly name: string }
  | { readonly kind: 'decimal'; readonly width: number; readonly scale: number }
  | { readonly kind: 'list'; readonly item: ParquetType }
  | { readonly kind: 'map'; readonly key: ParquetType; readonly value: ParquetType }
  | { readonly kind: 'struct'; readonly members: ReadonlyMap<string, ParquetType> };

export interface United {
  readonly type: ParquetType;
  /** Conditions for values of the first and the second type to fit the united type; undefined where all of them do. */
  readonly holds: readonly [Holds | undefined, Holds | undefined];
}

/** @param value in SQL @returns a condition in SQL */
export type Holds = (value: string) => string;

const maxDecimalWidth = 38;
/** Bits, with one less for a sign, and decimal digits of DuckDB's integers. */
const integers: Readonly<Record<string, { readonly bits: number; readonly isSigned: boolean; readonly digits: number }>> = {
  TINYINT: { bits: 7, isSigned: true, digits: 3 },
  SMALLINT: { bits: 15, isSigned: true, digits: 5 },
  INTEGER: { bits: 31, isSigned: true, digits: 10 },
  BIGINT: { bits: 63, isSigned: true, digits: 19 },
  HUGEINT: { bits: 127, isSigned: true, digits: 39 },
  UTINYINT: { bits: 8, isSigned: false, digits: 3 },
  USMALLINT: { bits: 16, isSigned: false, digits: 5 },
  UINTEGER: { bits: 32, isSigned: false, digits: 10 },
  UBIGINT: { bits: 64, isSigned: false, digits: 20 },
};
/** Bits of the integers that a floating-point type holds, all of them. */
const floats: Readonly<Record<string, number>> = { FLOAT: 24, DOUBLE: 53 };

const scalar = (name: string): ParquetType => ({ kind: 'scalar', name });

export function sqlOf(type: ParquetType): string {
  switch (type.kind) {
    case 'scalar':
      return type.name;
    case 'decimal':
      return `DECIMAL(${type.width},${type.scale})`;
    case 'list':
      return `${sqlOf(type.item)}[]`;
    case 'map':
      return `MAP(${sqlOf(type.key)}, ${sqlOf(type.value)})`;
    case 'struct':
      return `STRUCT(${[...type.members].map(([name, of]) => `${identifier(name)} ${sqlOf(of)}`).join(', ')})`;
  }
}

/** @returns undefined where no type holds the values of both */
export function unite(a: ParquetType, b: ParquetType): United | undefined {
  if (sqlOf(a) === sqlOf(b)) return always(a);
  if (a.kind === 'list' && b.kind === 'list') return within(unite(a.item, b.item), (item) => ({ kind: 'list', item }));
  if (a.kind === 'map' && b.kind === 'map') return uniteMaps(a, b);
  if (a.kind === 'struct' && b.kind === 'struct') return uniteStructs(a.members, b.members);
  return uniteNumbers(a, b) ?? swapped(uniteNumbers(b, a));
}

function always(type: ParquetType): United {
  return { type, holds: [undefined, undefined] };
}

function swapped(united: United | undefined): United | undefined {
  return united && { type: united.type, holds: [united.holds[1], united.holds[0]] };
}

/** Unites types within another type only where that does not depend on the values, which are not read there. */
function within(united: United | undefined, wrap: (type: ParquetType) => ParquetType): United | undefined {
  return united === undefined || united.holds.some((holds) => holds !== undefined) ? undefined : always(wrap(united.type));
}

function uniteMaps(a: ParquetType & { kind: 'map' }, b: ParquetType & { kind: 'map' }): United | undefined {
  const key = within(unite(a.key, b.key), (type) => type);
  return key && within(unite(a.value, b.value), (value) => ({ kind: 'map', key: key.type, value }));
}

function uniteStructs(a: ReadonlyMap<string, ParquetType>, b: ReadonlyMap<string, ParquetType>): United | undefined {
  const members = new Map(a);
  for (const [name, type] of b) {
    const known = members.get(name);
    const united = known === undefined ? always(type) : within(unite(known, type), (both) => both);
    if (united === undefined) return undefined;
    members.set(name, united.type);
  }
  return always({ kind: 'struct', members });
}

function uniteNumbers(a: ParquetType, b: ParquetType): United | undefined {
  const [left, right] = [integerOf(a), integerOf(b)];
  if (left !== undefined && right !== undefined) {
    const isSigned = left.isSigned || right.isSigned;
    const bits = Math.max(left.bits, right.bits);
    const found = Object.entries(integers).find(([, type]) => type.isSigned === isSigned && type.bits >= bits);
    return found && always(scalar(found[0]));
  }
  if (left !== undefined && b.kind === 'decimal') return decimalOf(Math.max(left.digits, b.width - b.scale), b.scale);
  if (a.kind === 'decimal' && b.kind === 'decimal')
    return decimalOf(Math.max(a.width - a.scale, b.width - b.scale), Math.max(a.scale, b.scale));
  const [name, other] = [nameOf(a), nameOf(b)];
  if (name === 'FLOAT' && other === 'DOUBLE') return always(b);
  if (left !== undefined && other !== undefined && floats[other] !== undefined) {
    // A float may be widened, too: every double that was one stays what it was.
    const limit = 2n ** 53n;
    return {
      type: scalar('DOUBLE'),
      holds: [left.bits <= 53 ? undefined : (value) => `${value} BETWEEN -${limit} AND ${limit}`, undefined],
    };
  }
  if (name === 'TIMESTAMP' && other === 'TIMESTAMP_NS') {
    return { type: b, holds: [(value) => `${value} BETWEEN TIMESTAMP '1677-09-22' AND TIMESTAMP '2262-04-11'`, undefined] };
  }
  return undefined;
}

function decimalOf(whole: number, scale: number): United | undefined {
  return whole + scale > maxDecimalWidth ? undefined : always({ kind: 'decimal', width: whole + scale, scale });
}

function nameOf(type: ParquetType): string | undefined {
  return type.kind === 'scalar' ? type.name : undefined;
}

function integerOf(type: ParquetType): (typeof integers)[string] | undefined {
  return type.kind === 'scalar' ? integers[type.name] : undefined;
}

/** @param text DuckDB's name of a type */
export function parseParquetType(text: string): ParquetType {
  const tokens = text.match(/"(?:[^"]|"")*"|[(),]|\[\d*\]|[^\s"(),[\]]+/g) ?? [];
  let at = 0;
  const next = () => tokens[at++] ?? '';
  const list = <T>(item: () => T): T[] => {
    const items: T[] = [];
    for (next(); tokens[at] !== ')' && at < tokens.length; ) {
      items.push(item());
      if (tokens[at] === ',') at += 1;
    }
    at += 1;
    return items;
  };
  const parse = (): ParquetType => {
    const word = next();
    let type: ParquetType;
    if (word === 'STRUCT') {
      type = { kind: 'struct', members: new Map(list(() => [unquoted(next()), parse()] as const)) };
    } else if (word === 'MAP') {
      const [key, value] = list(parse);
      type = { kind: 'map', key: key ?? scalar('VARCHAR'), value: value ?? scalar('VARCHAR') };
    } else if (word === 'DECIMAL') {
      const [width, scale] = list(() => Number(next()));
      type = { kind: 'decimal', width: width ?? 18, scale: scale ?? 0 };
    } else {
      const words = [word];
      while (/^[A-Z]+$/.test(tokens[at] ?? '')) words.push(next());
      type = scalar(words.join(' '));
    }
    while (tokens[at]?.startsWith('[')) {
      at += 1;
      type = { kind: 'list', item: type };
    }
    return type;
  };
  return parse();
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
