/** Types of single values: those of `const` and `enum`. */
import { isRecord } from './json-values.ts';
import { named, type TypeNode, unknown } from './type-nodes.ts';
import { quoted } from './type-text.ts';

/** @param value of JSON as the client reads it @returns the type that has this value alone; `unknown` for a number without a literal */
export function literalType(value: unknown): TypeNode {
  if (typeof value === 'string') return named(quoted(value));
  if (typeof value === 'bigint') return named(`${value}n`);
  if (value === null || typeof value === 'boolean' || Number.isFinite(value)) return named(String(value));
  if (Array.isArray(value)) {
    return { kind: 'tuple', elements: value.map((one) => ({ type: literalType(one), isOptional: false })), rest: undefined };
  }
  if (!isRecord(value)) return unknown;
  const members = Object.entries(value).map(([name, one]) => ({ name, type: literalType(one), isOptional: false, notes: [] }));
  return { kind: 'object', members, others: undefined };
}
