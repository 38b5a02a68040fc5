/** Converts any value into plain data that JSON can hold. It never throws and marks what it left out, so that a log line or an error's details never fail a job. */
import { exactNumber, isExactNumber } from '../../text/exact-json.ts';

/** The maximum nesting in a log line: deeper structures are hard to read and cost money. */
const defaultDepth = 12;
/** The maximum number of values in all. */
const maxNodes = 10_000;
const omitted = '[omitted]';

/**
 * @param value anything: errors are shown with message, stack, causes and own members, Maps and Sets as arrays, BigInts digit by digit
 * @param options `maxDepth`: the levels of nesting that are kept. `hasStacks`: false removes stacks, whose paths callers must not see.
 * @returns strings, numbers, booleans, null, exact numbers, arrays and plain objects of these; undefined for undefined
 */
export function loggable(value: unknown, { maxDepth = defaultDepth, hasStacks = true } = {}): unknown {
  return new Conversion(maxDepth, hasStacks).convert(value, 0);
}

class Conversion {
  private readonly ancestors = new Set<object>();
  private readonly maxDepth: number;
  private readonly hasStacks: boolean;
  private nodes = 0;

  constructor(maxDepth: number, hasStacks: boolean) {
    this.maxDepth = maxDepth;
    this.hasStacks = hasStacks;
  }

  convert(value: unknown, depth: number): unknown {
    this.nodes += 1;
    if (this.nodes > maxNodes) return omitted;
    try {
      return this.convertAny(value, depth);
    } catch (error) {
      return `[unreadable: ${safeText(() => (error as Error).message)}]`;
    }
  }

  private convertAny(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        return value.toWellFormed();
      case 'number':
        return Number.isFinite(value) ? value : String(value);
      case 'bigint':
        return exactNumber(String(value));
      case 'symbol':
        return String(value);
      case 'function':
        return `[function ${value.name}]`;
      case 'object':
        return value === null || isExactNumber(value) ? value : this.convertObject(value, depth);
      default:
        return value;
    }
  }

  private convertObject(value: object, depth: number): unknown {
    if (this.ancestors.has(value)) return '[circular]';
    if (depth >= this.maxDepth) return omitted;
    this.ancestors.add(value);
    try {
      if (value instanceof Error) return this.convertError(value, depth);
      if ('toJSON' in value && typeof value.toJSON === 'function') return this.convert(value.toJSON(), depth + 1);
      if (ArrayBuffer.isView(value)) return `[${value.constructor.name} of ${value.byteLength} bytes]`;
      if (value instanceof Map) return this.convert([...value], depth + 1);
      if (value instanceof Set) return this.convert([...value], depth + 1);
      if (Array.isArray(value)) return this.items(value, depth);
      return this.members(value, Object.keys(value), depth);
    } finally {
      this.ancestors.delete(value);
    }
  }

  private convertError(error: Error, depth: number): unknown {
    const inherited = ['name', 'message', ...(this.hasStacks ? ['stack'] : []), 'cause', 'errors'].filter((name) => name in error);
    return this.members(error, [...new Set([...inherited, ...Object.keys(error)])], depth);
  }

  private items(list: readonly unknown[], depth: number): readonly unknown[] {
    const items: unknown[] = [];
    for (const item of list) {
      items.push(this.convert(item, depth + 1) ?? null);
      if (this.nodes > maxNodes) break;
    }
    return items;
  }

  private members(value: object, names: readonly string[], depth: number): Record<string, unknown> {
    const members: [string, unknown][] = [];
    for (const name of names) {
      if (this.nodes > maxNodes) break;
      let member: unknown;
      try {
        member = this.convert(Reflect.get(value, name), depth + 1);
      } catch {
        member = '[unreadable]';
      }
      if (member !== undefined) members.push([name.toWellFormed(), member]);
    }
    return Object.fromEntries(members);
  }
}

/** @returns what a callback returns, as text, or `[unreadable]` if it throws */
function safeText(read: () => unknown): string {
  try {
    return String(read()).toWellFormed();
  } catch {
    return '[unreadable]';
  }
}
